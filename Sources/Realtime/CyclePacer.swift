internal import CRealtime

/// Wakes its thread at absolute deadlines on the monotonic clock.
///
/// It sleeps in the kernel until a little before each deadline and spins for the rest: the kernel wakes a thread some
/// tens of microseconds late, a spinning thread is not. Spinning costs `spin / period` of one processor; keep it well
/// below the 95 % that Linux leaves to real-time threads.
///
/// ```swift
/// var pacer = CyclePacer(period: 2_000_000, spin: 150_000, overrunBudget: OverrunBudget(limit: 5))
/// pacer.start()
/// while running {
///     let wake = pacer.wait()
///     loop.step(now: wake.woke)
/// }
/// ```
public struct CyclePacer: ~Copyable {
    /// Nanoseconds before a deadline at which sleeping ends and spinning begins.
    public let spin: UInt64
    private var schedule: CycleSchedule
    private var histogram: LatencyHistogram
    private var started = false

    /// A pacer at rest.
    ///
    /// - Parameters:
    ///   - period: nanoseconds from one deadline to the next.
    ///   - spin: nanoseconds of each period spent spinning before the deadline; less than the period. 0 never spins.
    ///   - overrunBudget: how many missed cycles are borne.
    public init(period: UInt64, spin: UInt64, overrunBudget: OverrunBudget) {
        precondition(spin < period, "spinning must leave time to sleep")
        self.spin = spin
        schedule = CycleSchedule(period: period, overrunBudget: overrunBudget, startingAt: .zero)
        histogram = LatencyHistogram()
    }

    /// Puts the first deadline one period from now and forgets what was counted.
    @_noLocks
    public mutating func start() {
        start(at: MonotonicClock.now())
    }

    /// Puts the first deadline one period after `moment` and forgets what was counted.
    @_noLocks
    public mutating func start(at moment: MonotonicTime) {
        let budget = OverrunBudget(limit: schedule.budget.limit)
        schedule = CycleSchedule(period: schedule.period, overrunBudget: budget, startingAt: moment)
        histogram.reset()
        started = true
    }

    /// Waits for the next deadline; the first call starts the pacer if nobody has.
    ///
    /// Returns at once when that deadline has passed already; the wake then says how late it is, and which later
    /// deadlines have passed as well.
    @_noLocks
    public mutating func wait() -> Wake {
        if !started { start() }
        let deadline = schedule.deadline.nanoseconds
        // The deadline is more than the spin away from the clock's origin: it was put a whole period after a moment on
        // it.
        _ = steadyhand_sleep_until(deadline &- spin)
        let woke = MonotonicTime(nanoseconds: steadyhand_spin_until(deadline))
        let wake = schedule.wake(at: woke)
        histogram.record(nanoseconds: wake.lateness)
        return wake
    }

    /// Nanoseconds from one deadline to the next.
    public var period: UInt64 {
        @_noLocks get { schedule.period }
    }

    /// Waits that have returned since the start.
    public var cycles: UInt64 {
        @_noLocks get { schedule.cycles }
    }

    /// Deadlines skipped since the start.
    public var missed: UInt64 {
        @_noLocks get { schedule.missed }
    }

    /// Calls `body` with the histogram of the lateness of all wakes since the start.
    public func withLateness<Result>(_ body: (borrowing LatencyHistogram) -> Result) -> Result {
        body(histogram)
    }

    /// A summary of the lateness of all wakes since the start.
    public var lateness: LatencySummary { histogram.summary }

    /// Ends the pacer and hands over the histogram of the lateness of its wakes.
    public consuming func finish() -> LatencyHistogram {
        histogram
    }
}
