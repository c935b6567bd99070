import CRealtime

/// Takes CAP_SYS_NICE and CAP_IPC_LOCK from the calling thread alone. Returns whether that was possible.
func giveUpRealtimeCapabilities() -> Bool {
    steadyhand_realtime_capabilities(false) == 0
}
