import CRealtime

/// Position (rad), velocity (rad/s) and acceleration (rad/s²) of one joint at one moment.
public struct JointMotion: BitwiseCopyable, Equatable, Sendable {
    /// rad.
    public var position: Double
    /// rad/s.
    public var velocity: Double
    /// rad/s².
    public var acceleration: Double

    /// See the properties.
    @inlinable
    @_noLocks
    public init(position: Double, velocity: Double, acceleration: Double) {
        self.position = position
        self.velocity = velocity
        self.acceleration = acceleration
    }

    /// The motion after `time` seconds of constant `jerk` (rad/s³).
    @inlinable
    @_noLocks
    public func after(_ time: Double, jerk: Double) -> JointMotion {
        JointMotion(
            position: position + time * (velocity + time * (acceleration / 2 + time * jerk / 6)),
            velocity: velocity + time * (acceleration + time * jerk / 2),
            acceleration: acceleration + time * jerk)
    }
}

/// The quickest way for a joint to come to a standstill within an acceleration and a jerk limit.
///
/// Three phases: jerk against the motion until the acceleration is `−peak`, constant acceleration, jerk back to zero. With
/// `σ` the direction of the velocity that would remain if the acceleration were brought to zero at once, `v + a|a|/(2J)`,
/// and with `v` and `a` counted along `σ`, the velocity reaches zero together with the acceleration for
/// `peak = min(A, √(J·v + a²/2))`, and the middle phase lasts `(v + a²/(2J) − A²/J)/A` where the peak is `A`. The rest of a
/// quickest stop is the quickest stop from there, hence following one never needs a check.
public struct StopProfile: BitwiseCopyable, Sendable {
    /// The motion that the stop begins with.
    public let start: JointMotion
    let firstJerk: Double
    let firstDuration: Double
    let middleDuration: Double
    let lastDuration: Double

    /// - Parameters:
    ///   - start: Must be finite.
    ///   - limit: Of the acceleration, rad/s²; positive.
    ///   - jerk: Its limit, rad/s³; positive.
    @_noLocks
    public init(from start: JointMotion, acceleration limit: Double, jerk: Double) {
        self.start = start
        let remaining = start.velocity + start.acceleration * abs(start.acceleration) / (2 * jerk)
        let direction: Double = remaining >= 0 ? 1 : -1
        let velocity = direction * start.velocity
        let acceleration = direction * start.acceleration
        // An acceleration beyond the limit (a disturbed measurement can bring one about) is brought down first.
        let allowed = max(limit, -acceleration)
        let peak = steadyhand_sqrt(max(0, jerk * velocity + acceleration * acceleration / 2))
        firstJerk = -direction * jerk
        if peak <= allowed {
            firstDuration = max(0, (acceleration + peak) / jerk)
            middleDuration = 0
            lastDuration = peak / jerk
        } else {
            firstDuration = (acceleration + allowed) / jerk
            middleDuration =
                (velocity + acceleration * acceleration / (2 * jerk) - allowed * allowed / jerk) / allowed
            lastDuration = allowed / jerk
        }
    }

    /// How long the stop takes, s.
    public var duration: Double { @_noLocks get { firstDuration + middleDuration + lastDuration } }

    /// The motion after `time` seconds of stopping.
    @_noLocks
    public func motion(after time: Double) -> JointMotion {
        if time <= firstDuration { return start.after(time, jerk: firstJerk) }
        let first = start.after(firstDuration, jerk: firstJerk)
        if time <= firstDuration + middleDuration { return first.after(time - firstDuration, jerk: 0) }
        let middle = first.after(middleDuration, jerk: 0)
        let last = time - firstDuration - middleDuration
        if last < lastDuration { return middle.after(last, jerk: -firstJerk) }
        // At the end, velocity and acceleration are zero but for rounding.
        return JointMotion(
            position: middle.after(lastDuration, jerk: -firstJerk).position, velocity: 0, acceleration: 0)
    }

    /// The lowest and highest position on the way, the start included, rad.
    public var range: (lowest: Double, highest: Double) {
        @_noLocks get {
            let end = motion(after: duration).position
            var lowest = min(start.position, end)
            var highest = max(start.position, end)
            // The joint turns round where it first moves against the direction in which the stop ends.
            let jerk = abs(firstJerk)
            let direction: Double = firstJerk < 0 ? 1 : -1
            let velocity = direction * start.velocity
            let acceleration = direction * start.acceleration
            if velocity < 0 {
                let root = steadyhand_sqrt(max(0, acceleration * acceleration + 2 * jerk * velocity))
                let turn = -2 * velocity / (acceleration + root)
                let position = start.after(turn, jerk: firstJerk).position
                lowest = min(lowest, position)
                highest = max(highest, position)
            }
            return (lowest, highest)
        }
    }
}
