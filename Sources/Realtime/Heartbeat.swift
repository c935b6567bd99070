internal import Synchronization

/// A counter that a loop moves on once in every cycle, for a ``Supervisor`` to watch.
///
/// The loop holds its ``handle``, for the reason given at ``Latest``.
public final class Heartbeat: Sendable {
    /// What the real-time path holds: no reference count. Must not be used after its ``Heartbeat`` is gone.
    public let handle: Handle

    /// A counter at 0.
    public init() {
        handle = Handle()
    }

    deinit {
        handle.deallocate()
    }

    /// One more cycle.
    public func beat() {
        handle.beat()
    }

    /// Cycles so far.
    public var count: UInt64 { handle.count }

    /// A reference to the counter of a ``Heartbeat`` that counts no references: for the real-time path.
    @safe
    public struct Handle: BitwiseCopyable, @unchecked Sendable {
        private let counter: UnsafeMutablePointer<Atomic<UInt64>>

        fileprivate init() {
            counter = UnsafeMutablePointer.allocate(capacity: 1)
            counter.initialize(to: Atomic(0))
        }

        fileprivate func deallocate() {
            counter.deinitialize(count: 1)
            counter.deallocate()
        }

        /// One more cycle. Wait-free.
        @_noLocks
        public func beat() {
            counter.pointee.add(1, ordering: .relaxed)
        }

        /// Cycles so far.
        public var count: UInt64 {
            @_noLocks get { counter.pointee.load(ordering: .relaxed) }
        }
    }
}

/// Judges from the readings of a counter whether what moves it is alive. A pure value: the times come from any clock.
public struct HeartbeatWatch: BitwiseCopyable, Hashable, Sendable {
    /// What one reading of the counter says.
    public enum Verdict: BitwiseCopyable, Hashable, Sendable {
        /// The counter has moved within the limit.
        case alive
        /// The counter has now stood still for the limit or longer. Said once for each standstill.
        case stopped(nanoseconds: UInt64)
        /// The counter still stands still, as was said before.
        case stillStopped(nanoseconds: UInt64)
        /// The counter has moved again after a standstill of this length.
        case resumed(nanoseconds: UInt64)
    }

    /// Nanoseconds without a beat that make a standstill.
    public let limit: UInt64
    private var count: UInt64
    private var movedAt: MonotonicTime
    private var isStopped = false

    /// A watch that begins at `start`, when the counter shows `count`.
    ///
    /// - Parameters:
    ///   - limit: nanoseconds without a beat that make a standstill; not 0.
    ///   - count: the first reading.
    ///   - start: when it was taken.
    @_noLocks
    public init(limit: UInt64, count: UInt64, at start: MonotonicTime) {
        precondition(limit > 0, "a heart may rest between two beats")
        self.limit = limit
        self.count = count
        movedAt = start
    }

    /// Notes that the counter shows `count` at `moment`.
    @_noLocks
    public mutating func observe(count: UInt64, at moment: MonotonicTime) -> Verdict {
        let silence = moment.nanoseconds(since: movedAt)
        if count != self.count {
            self.count = count
            movedAt = moment
            if !isStopped { return .alive }
            isStopped = false
            return .resumed(nanoseconds: silence)
        }
        if silence < limit { return .alive }
        if isStopped { return .stillStopped(nanoseconds: silence) }
        isStopped = true
        return .stopped(nanoseconds: silence)
    }
}
