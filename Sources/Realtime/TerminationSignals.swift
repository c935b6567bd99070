internal import CRealtime

/// SIGINT (Ctrl-C), SIGTERM and SIGHUP (the terminal was closed) as something to look at, in place of dying of them.
///
/// The handlers only count in lock-free atomics. Looking costs one load and may be done in the real-time path. By
/// convention the first signal asks for an orderly stop and the second for an immediate one.
public enum TerminationSignals {
    /// Counts the signals from now on.
    ///
    /// The kernel hands them to a thread that has not blocked them: the main thread, if it has not. ``RealtimeThread``
    /// blocks them in its own.
    ///
    /// - Throws: ``RealtimeError/noSignalHandler(_:)`` when they are counted already or the kernel refuses.
    public static func install() throws(RealtimeError) {
        let error = steadyhand_termination_install()
        if error != 0 { throw .noSignalHandler(error) }
    }

    /// Gives the signals back the meaning they had before ``install()``.
    ///
    /// - Throws: ``RealtimeError/noSignalHandler(_:)`` when they were not counted or the kernel refuses.
    public static func restore() throws(RealtimeError) {
        let error = steadyhand_termination_restore()
        if error != 0 { throw .noSignalHandler(error) }
    }

    /// How many termination signals have come since ``install()``.
    public static var count: Int {
        @_noLocks get { Int(steadyhand_termination_count()) }
    }

    /// The number of the first one (2: SIGINT, 15: SIGTERM); nil when none has come.
    public static var first: Int32? {
        @_noLocks get {
            let number = steadyhand_termination_first()
            return number == 0 ? nil : number
        }
    }
}
