import CRealtime

/// What one joint is held to. All but the ends of the range are positive magnitudes.
public struct JointLimits: BitwiseCopyable, Sendable {
    /// rad.
    public var lower: Double
    /// rad.
    public var upper: Double
    /// rad/s.
    public var velocity: Double
    /// rad/s².
    public var acceleration: Double
    /// rad/s³.
    public var jerk: Double

    /// See the properties.
    @inlinable
    @_noLocks
    public init(lower: Double, upper: Double, velocity: Double, acceleration: Double, jerk: Double) {
        self.lower = lower
        self.upper = upper
        self.velocity = velocity
        self.acceleration = acceleration
        self.jerk = jerk
    }
}

/// Holds one joint's motion to its limits, so that at any moment it can still be stopped within all of them.
///
/// The motion between two cycles has constant jerk. A wanted acceleration is taken as it is if, at the end of the cycle, the
/// quickest stop (``StopProfile``) stays within the joint's range and the velocity limit would not be passed by bringing
/// the acceleration to zero. Otherwise the nearest acceleration that does is taken, found by bisection: both conditions are
/// monotonic in it. If there is none, the joint follows its quickest stop, which is always within the limits because the
/// last cycle made sure of it. So, for any sequence of wanted accelerations whatever, a joint that starts at rest within
/// its range never leaves it and never passes its velocity, acceleration or jerk limit.
///
/// A measured motion (of an arm under torques) may be outside of the limits. Then nothing is accepted that would lead
/// further out than the quickest stop from the present motion does.
///
/// libfranka's limiter has the same order of limits (jerk, acceleration, velocity); it does not look at positions.
public struct JointLimiter: BitwiseCopyable, Sendable {
    /// What came of a cycle.
    public struct Result: BitwiseCopyable, Sendable {
        /// The motion at the end of the cycle.
        public var motion: JointMotion
        /// What had to be limited.
        public var flags: LimiterFlags
        /// Whether the wanted acceleration was taken as it was.
        public var isUnchanged: Bool
    }

    /// What the joint is held to.
    public var limits: JointLimits
    /// Jerk that a stop may count on, rad/s³; at most that of the limits.
    public var stopJerk: Double
    /// s.
    public let period: Double

    /// - Parameters:
    ///   - limits: What to hold the joint to.
    ///   - period: Length of a cycle, s.
    @_noLocks
    public init(limits: JointLimits, period: Double) {
        self.limits = limits
        self.stopJerk = limits.jerk
        self.period = period
    }

    /// One cycle from `motion` towards an acceleration (rad/s²) at its end, which need not be finite.
    @_noLocks
    public func step(_ motion: JointMotion, towards wanted: Double) -> Result {
        let stop = StopProfile(from: motion, acceleration: limits.acceleration, jerk: stopJerk)
        let stopRange = stop.range
        let lower = min(limits.lower, stopRange.lowest)
        let upper = max(limits.upper, stopRange.highest)
        let stopped = stop.motion(after: period)
        guard wanted.isFinite else {
            return Result(motion: stopped, flags: .notFinite, isUnchanged: false)
        }

        var flags: UInt32 = 0
        var target = wanted
        if abs(target) > limits.acceleration {
            target = target > 0 ? limits.acceleration : -limits.acceleration
            flags |= LimiterFlags.acceleration.rawValue
        }
        let change = limits.jerk * period
        if abs(target - motion.acceleration) > change * (1 + 1e-12) {
            target = motion.acceleration + (target > motion.acceleration ? change : -change)
            flags |= LimiterFlags.jerk.rawValue
        }

        let first = candidate(motion, target)
        let violated = violations(first, lower: lower, upper: upper)
        if violated == 0 {
            return Result(motion: first, flags: LimiterFlags(rawValue: flags), isUnchanged: flags == 0)
        }
        flags |= violated

        var best = stopped
        var refused = target
        var accepted = stopped.acceleration
        for _ in 0..<30 {
            let middle = refused + (accepted - refused) / 2
            let tried = candidate(motion, middle)
            if violations(tried, lower: lower, upper: upper) == 0 {
                best = tried
                accepted = middle
            } else {
                refused = middle
            }
        }
        return Result(motion: best, flags: LimiterFlags(rawValue: flags), isUnchanged: false)
    }

    @_noLocks
    private func candidate(_ motion: JointMotion, _ acceleration: Double) -> JointMotion {
        var end = motion.after(period, jerk: (acceleration - motion.acceleration) / period)
        end.acceleration = acceleration
        return end
    }

    /// The flags of the limits that a cycle ending in `motion` does not leave room for.
    @_noLocks
    private func violations(_ motion: JointMotion, lower: Double, upper: Double) -> UInt32 {
        // Bringing the acceleration to zero cycle by cycle takes up to half a cycle longer than a²/(2J) says.
        let coming = motion.acceleration * (abs(motion.acceleration) / (2 * stopJerk) + period / 2)
        let fastest = max(motion.velocity, motion.velocity + coming)
        let slowest = min(motion.velocity, motion.velocity + coming)
        if fastest > limits.velocity || slowest < -limits.velocity { return LimiterFlags.velocity.rawValue }
        let range = StopProfile(from: motion, acceleration: limits.acceleration, jerk: stopJerk).range
        if range.highest > upper || range.lowest < lower { return LimiterFlags.position.rawValue }
        return 0
    }
}
