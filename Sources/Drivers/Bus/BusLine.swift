internal import Realtime

/// A line with its buffers and the deadlines of the transaction that is under way.
///
/// Each request begins with empty input, so that a late reply to the one before is not taken for an answer to this one.
public struct BusLine<Line: Transport & ~Copyable>: ~Copyable {
    /// What the bytes go through.
    public var transport: Line
    /// The request; to be filled before ``start(replyBytes:replies:)``.
    public var request = FrameBuffer(capacity: 512)
    /// What has come in since the request, the adapter's echo at its beginning if there is one.
    public var input = FrameBuffer(capacity: 2048)
    /// Whether the adapter hears what it sends itself.
    public var echoes = false
    /// How long is waited.
    public var timing: BusTiming
    /// What has happened.
    public var counts = BusCounts()
    /// Whether the device is gone.
    public private(set) var isGone = false
    private var deadline = MonotonicTime.zero
    /// Where the reading of the cycle that is under way has to be over; nil outside of cycles.
    private var cycleEnd: MonotonicTime?
    private var gap: UInt64 = 0

    /// A line that nothing has been sent on.
    public init(transport: consuming Line, timing: BusTiming) {
        self.transport = transport
        self.timing = timing
    }

    /// Where replies begin in ``input``.
    public var firstReply: Int { echoes ? request.count : 0 }

    /// From now on all transactions together are over within this time, until ``endCycles()``. What nobody replies to is
    /// sent all the same.
    public mutating func beginCycle(nanoseconds: UInt64) {
        cycleEnd = transport.now().advanced(byNanoseconds: nanoseconds)
    }

    /// What is left of the cycle that is under way, ns; without end outside of cycles.
    public var cycleRest: UInt64 {
        guard let cycleEnd else { return .max }
        return cycleEnd.nanoseconds(since: transport.now())
    }

    /// Each transaction has a deadline of its own again.
    public mutating func endCycles() { cycleEnd = nil }

    /// Counts bytes that were passed over to find a frame.
    mutating func skip(_ bytes: Int) {
        guard bytes > 0 else { return }
        counts.noise &+= UInt64(bytes)
        counts.resyncs &+= 1
    }

    /// Empties the input, sends the request and sets the deadlines.
    ///
    /// - Parameters:
    ///   - replyBytes: All replies together.
    ///   - replies: How many.
    /// - Returns: Whether it was sent.
    public mutating func start(replyBytes: Int, replies: Int) -> Bool {
        input.removeAll()
        if isGone { return false }
        transport.discardInput()
        let begin = transport.now()
        let turns = UInt64(replies) &* (timing.turnRound &+ timing.returnDelay)
        let wire = transport.wireTime(bytes: request.count &+ replyBytes)
        let wanted = wire &+ turns &+ transport.latency &+ transport.latency &+ timing.reserve
        deadline = begin.advanced(byNanoseconds: wanted < timing.longest ? wanted : timing.longest)
        if replies > 0, let cycleEnd, cycleEnd < deadline {
            guard begin < cycleEnd else { return false }
            deadline = cycleEnd
        }
        gap = timing.turnRound &+ timing.returnDelay &+ transport.latency &+ timing.reserve
        counts.requests &+= 1
        switch transport.send(request.bytes, by: deadline) {
        case .done: return true
        case .late:
            counts.timeouts &+= 1
            return false
        case .gone:
            isGone = true
            return false
        }
    }

    /// Waits for more bytes.
    ///
    /// - Returns: False when none came before the deadline, or too long after the last ones, or there is no more room.
    public mutating func receiveMore() -> Bool {
        var limit = deadline
        if input.count > firstReply {
            let next = transport.now().advanced(byNanoseconds: gap)
            if next < limit { limit = next }
        }
        switch transport.receive(into: &input, by: limit) {
        case .done: return true
        case .late:
            counts.timeouts &+= 1
            return false
        case .gone:
            isGone = true
            return false
        }
    }

    /// Takes everything that comes within a time, as far as there is room. Not for the real-time path.
    public mutating func collect(forSeconds seconds: Double) {
        let end = transport.now().advanced(byNanoseconds: UInt64(seconds * 1e9))
        while !isGone, input.room > 0 {
            switch transport.receive(into: &input, by: end) {
            case .done: continue
            case .late: return
            case .gone: isGone = true
            }
        }
    }

    /// Throws away what comes until nothing has for a while (``BusTiming/quiet``), at most ten times as long. Not for the
    /// real-time path.
    public mutating func waitForQuiet() {
        let begin = transport.now()
        let end = begin.advanced(byNanoseconds: 10 &* timing.quiet)
        while !isGone, transport.now() < end {
            input.removeAll()
            let limit = transport.now().advanced(byNanoseconds: timing.quiet)
            switch transport.receive(into: &input, by: limit) {
            case .done: counts.noise &+= UInt64(input.count)
            case .late:
                input.removeAll()
                return
            case .gone: isGone = true
            }
        }
        input.removeAll()
    }
}
