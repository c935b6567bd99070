internal import CRealtime

/// The machine's monotonic clock (`CLOCK_MONOTONIC`): never set back, not moved by the date, shared by all threads.
public enum MonotonicClock {
    /// The present moment. Costs about 25 ns, needs no system call and may be called in the real-time path.
    @_noLocks
    public static func now() -> MonotonicTime {
        MonotonicTime(nanoseconds: steadyhand_monotonic_nanoseconds())
    }

    /// Sleeps until `deadline`; returns at once when it has passed. A signal does not cut the sleep short.
    @_noLocks
    public static func sleep(until deadline: MonotonicTime) {
        _ = steadyhand_sleep_until(deadline.nanoseconds)
    }
}

/// A clock that moves only when told to. Lockstep runs, training and tests use it in place of the monotonic clock.
public struct VirtualClock: BitwiseCopyable, Hashable, Sendable {
    /// The present moment.
    public private(set) var now: MonotonicTime

    /// A clock that shows `start`.
    @_noLocks
    public init(startingAt start: MonotonicTime = .zero) {
        now = start
    }

    /// Moves the clock on by `nanoseconds`.
    @_noLocks
    public mutating func advance(byNanoseconds nanoseconds: UInt64) {
        now = now.advanced(byNanoseconds: nanoseconds)
    }
}
