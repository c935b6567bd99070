import Realtime

// What a user of the module writes in the real-time path. That this file compiles in a debug build is the proof that
// the exchange types, the pacer and the histogram can be used there from another module.

/// A payload of about 2 kB whose size is not a multiple of the word.
struct LargePayload: BitwiseCopyable, Sendable {
    var words = InlineArray<250, UInt64>(repeating: 0)
    var tail: UInt32 = 0
    var end: UInt8 = 0
}

/// A loop that owns its channels, and reaches them through the handles.
struct ExampleLoop: ~Copyable {
    private let latest: Latest<LargePayload>
    private let ring: Ring<LargePayload>
    private let latestHandle: Latest<LargePayload>.Handle
    private let ringHandle: Ring<LargePayload>.Handle
    private(set) var payload = LargePayload()
    private var seen: UInt64 = 0
    let heartbeat = Heartbeat()
    private let heartbeatHandle: Heartbeat.Handle

    init(latest: Latest<LargePayload>, ring: Ring<LargePayload>) {
        self.latest = latest
        self.ring = ring
        latestHandle = latest.handle
        heartbeatHandle = heartbeat.handle
        ringHandle = ring.handle
    }

    @_noLocks
    mutating func step(_ tail: UInt32) -> Bool {
        heartbeatHandle.beat()
        payload.tail = tail
        latestHandle.publish(payload)
        let pushed = ringHandle.push(payload)
        let popped = ringHandle.pop(into: &payload)
        let fresh = latestHandle.read(into: &payload, newerThan: &seen)
        return latestHandle.read(into: &payload) && pushed && popped && fresh && latestHandle.version > 0
            && ringHandle.dropped == 0
    }
}

@_noLocks
func exchange(_ latest: borrowing Latest<LargePayload>, _ payload: inout LargePayload) -> Bool {
    latest.publish(payload)
    return latest.read(into: &payload)
}

@_noLocks
func queue(_ ring: borrowing Ring<LargePayload>, _ payload: inout LargePayload) -> Bool {
    let pushed = ring.push(payload)
    let popped = ring.pop(into: &payload)
    return pushed && popped
}

@_noLocks @_noExistentials @_noObjCBridging
func runCycles(_ count: Int, _ pacer: inout CyclePacer, _ loop: inout ExampleLoop) -> Int {
    var good = 0
    for cycle in 0..<count {
        let wake = pacer.wait()
        if loop.step(UInt32(truncatingIfNeeded: cycle)) && wake.woke >= wake.scheduled { good += 1 }
    }
    return good
}
