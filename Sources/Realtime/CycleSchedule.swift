/// One return of a periodic wait.
public struct Wake: BitwiseCopyable, Hashable, Sendable {
    /// The deadline that was waited for.
    public var scheduled: MonotonicTime
    /// When the wait returned; at or after `scheduled`.
    public var woke: MonotonicTime
    /// Nanoseconds from `scheduled` to `woke`.
    public var lateness: UInt64
    /// Deadlines after `scheduled` that had passed as well and are skipped.
    public var missed: Int
    /// Whether the overrun budget is exhausted.
    public var exhausted: Bool

    @_noLocks
    init(scheduled: MonotonicTime, woke: MonotonicTime, lateness: UInt64, missed: Int, exhausted: Bool) {
        self.scheduled = scheduled
        self.woke = woke
        self.lateness = lateness
        self.missed = missed
        self.exhausted = exhausted
    }
}

/// The arithmetic of a periodic loop, without a clock: deadlines at `start + k·period`, k = 1, 2, …
///
/// A deadline is the one before plus the period, never "now plus the period": lateness does not add up. A loop that is
/// late by whole periods skips them and keeps the phase.
public struct CycleSchedule: BitwiseCopyable, Hashable, Sendable {
    /// Nanoseconds from one deadline to the next.
    public let period: UInt64
    /// The next moment to wake at.
    public private(set) var deadline: MonotonicTime
    /// Deadlines skipped so far.
    public private(set) var missed: UInt64 = 0
    /// Returned waits so far.
    public private(set) var cycles: UInt64 = 0
    /// What is left of the tolerance for misses.
    public private(set) var budget: OverrunBudget

    /// The first deadline is one `period` (nanoseconds, not 0) after `start`.
    @_noLocks
    public init(period: UInt64, overrunBudget: OverrunBudget, startingAt start: MonotonicTime) {
        precondition(period > 0, "a period is longer than nothing")
        self.period = period
        budget = overrunBudget
        deadline = start.advanced(byNanoseconds: period)
    }

    /// Notes that the wait for `deadline` returned at `moment`, and moves on to the next deadline that lies after it.
    @_noLocks
    public mutating func wake(at moment: MonotonicTime) -> Wake {
        let scheduled = deadline
        let lateness = moment.nanoseconds(since: scheduled)
        let skipped = lateness / period
        deadline = scheduled.advanced(byNanoseconds: (skipped &+ 1) &* period)
        cycles &+= 1
        missed &+= skipped
        if skipped > 0 {
            _ = budget.miss(cycles: Int(clamping: skipped))
        } else {
            budget.good()
        }
        return Wake(
            scheduled: scheduled, woke: moment, lateness: lateness, missed: Int(clamping: skipped),
            exhausted: budget.isExhausted)
    }
}
