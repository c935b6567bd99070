import CRealtime
public import Robots

/// Stands between the controllers and the motors: whatever is asked, the joints stay within their limits.
///
/// Commands are looked at as joint accelerations. For an arm that follows positions they move a reference
/// (``advance(_:wanted:)``), and the guarantee of ``JointLimiter`` is exact. For an arm that is sent torques they are what the
/// model says the torques would do (``limit(torques:model:inertia:positions:velocities:)``), starting each cycle from the
/// measured positions and velocities: the guarantee then holds for the commanded accelerations, friction and the model's
/// errors aside; the position margin is there for those, and a joint measured beyond its range is a fault.
///
/// Acceleration and jerk are limited by one factor for all joints, so that an arm in a hurry still moves in the direction that
/// was asked, only later: limiting each joint alone bends the tool's path (three times as far from where it would have gone,
/// when the tool is asked to turn fast while it moves). Range and velocity are limited joint by joint: there
/// a common factor would let one joint at the end of its range stop all others from braking.
///
/// Torque limits and torque rates come last, again with one factor. A stop counts on no more jerk than the torque rate
/// gives: `Σⱼ|Mᵢⱼ|·jerkⱼ ≤ rateᵢ` for every joint `i`.
public struct SafetyFilter: BitwiseCopyable, Sendable {
    /// How the acceleration and jerk limits treat the joints.
    enum Scaling: UInt8, BitwiseCopyable, Sendable {
        case common
        case separate
        /// No acceleration and jerk limits, no torque rate; only for comparison in tests.
        case unlimited
    }

    /// How many joints there are.
    public let jointCount: Int
    /// Accelerations commanded in the last cycle, rad/s².
    public private(set) var accelerations: JointVector = .zero
    /// Torques sent in the last cycle, N·m.
    public private(set) var torques: JointVector = .zero
    var scaling: Scaling = .common
    private var limiters: InlineArray<8, JointLimiter>
    private let period: Double
    private let torqueLimits: JointVector
    private let torqueSteps: JointVector
    private let jerks: JointVector

    /// Takes the limits from a robot file; joints keep its position margin away from the ends of their ranges.
    public init(robot: RobotDescription) {
        let period = robot.controlPeriod
        let margin = robot.safety.positionMargin
        let unused = JointLimits(lower: 0, upper: 0, velocity: 1, acceleration: 1, jerk: 1)
        var limiters = InlineArray<8, JointLimiter>(repeating: JointLimiter(limits: unused, period: period))
        for (index, joint) in robot.joints.enumerated() {
            let limits = JointLimits(
                lower: joint.lower + margin, upper: joint.upper - margin, velocity: joint.velocity,
                acceleration: joint.acceleration, jerk: joint.jerk)
            limiters[index] = JointLimiter(limits: limits, period: period)
        }
        self.limiters = limiters
        self.period = period
        jointCount = robot.jointCount
        torqueLimits = JointVector(robot.joints.map(\.torque))
        torqueSteps = JointVector(robot.joints.map { $0.torqueRate * period })
        jerks = JointVector(robot.joints.map(\.jerk))
    }

    /// Starts over from an arm at rest that these torques (N·m) hold up.
    @_noLocks
    public mutating func restart(torques: borrowing JointVector) {
        accelerations = JointVector(repeating: 0)
        self.torques = copy torques
    }

    /// What a joint is held to; the position margin is taken off its range.
    @_noLocks
    public func limits(_ joint: Int) -> JointLimits { limiters[joint].limits }

    /// Moves a reference by one cycle with these accelerations (rad/s²), or as near to them as the limits allow.
    ///
    /// An acceleration that is not finite brings its joint to a stop.
    @_noLocks
    public func advance(_ reference: inout JointReference, wanted: borrowing JointVector) -> LimiterFlags {
        var flags: UInt32 = 0
        let scaled = scale(wanted, from: reference.accelerations, &flags)
        for joint in 0..<jointCount {
            var limiter = limiters[joint]
            limiter.stopJerk = limiter.limits.jerk
            let result = limiter.step(reference.motion(joint), towards: scaled[joint])
            flags |= result.flags.rawValue
            reference.set(result.motion, joint)
        }
        return LimiterFlags(rawValue: flags)
    }

    /// Moves a reference by one cycle of its quickest stop.
    @_noLocks
    public func stop(_ reference: inout JointReference) {
        for joint in 0..<jointCount {
            let limits = limiters[joint].limits
            let profile = StopProfile(
                from: reference.motion(joint), acceleration: limits.acceleration, jerk: limits.jerk)
            reference.set(profile.motion(after: period), joint)
        }
    }

    /// Torques (N·m) that do what `wanted` asks as far as the limits allow; the very same ones where no limit is met.
    ///
    /// - Parameters:
    ///   - wanted: N·m, gravity included; where one is not finite, the arm brakes.
    ///   - model: Up to date for `positions` and `velocities`.
    ///   - inertia: The model's mass matrix, factorised.
    ///   - positions: Measured, rad.
    ///   - velocities: Measured, rad/s.
    @_noLocks
    public mutating func limit(
        torques wanted: borrowing JointVector, model: borrowing ArmModel, inertia: borrowing JointCholesky,
        positions: borrowing JointVector, velocities: borrowing JointVector
    ) -> (torques: JointVector, flags: LimiterFlags) {
        var flags: UInt32 = 0
        var excess = JointVector(repeating: 0)
        for joint in 0..<jointCount { excess[joint] = wanted[joint] - model.bias[joint] }
        let asked = inertia.solve(excess)
        let jerkShare = shareOfJerk(model.massMatrix)
        let scaled = scale(asked, from: accelerations, &flags)
        var limited = JointVector(repeating: 0)
        for joint in 0..<jointCount {
            limiters[joint].stopJerk = limiters[joint].limits.jerk * jerkShare
            let motion = JointMotion(
                position: positions[joint], velocity: velocities[joint], acceleration: accelerations[joint])
            if case .unlimited = scaling {
                limited[joint] = scaled[joint]
                continue
            }
            let result = limiters[joint].step(motion, towards: scaled[joint])
            flags |= result.flags.rawValue
            limited[joint] = result.motion.acceleration
        }
        var result = copy wanted
        if flags != 0 {
            result = model.massMatrix.times(limited, count: jointCount)
            for joint in 0..<jointCount { result[joint] += model.bias[joint] }
        }
        let cut = limitTorques(&result, bias: model.bias)
        if cut != 0 {
            flags |= cut
            for joint in 0..<jointCount { excess[joint] = result[joint] - model.bias[joint] }
            limited = inertia.solve(excess)
        }
        accelerations = limited
        torques = result
        return (result, LimiterFlags(rawValue: flags))
    }

    /// Notes torques that were sent without this filter's doing: the next torque rates count from them.
    @_noLocks
    public mutating func note(torques: borrowing JointVector) {
        self.torques = copy torques
        accelerations = JointVector(repeating: 0)
    }

    /// The part of the joints' jerk limits that the torque rates can bring about, 0…1.
    @_noLocks
    private func shareOfJerk(_ mass: borrowing JointMatrix) -> Double {
        let needed = mass.sizesTimes(jerks, count: jointCount)
        var share = 1.0
        for joint in 0..<jointCount { share = min(share, torqueSteps[joint] / (period * max(needed[joint], 1e-9))) }
        return share
    }

    /// Brings accelerations within the acceleration and jerk limits, all joints by the same factor.
    @_noLocks
    private func scale(
        _ wanted: borrowing JointVector, from last: borrowing JointVector, _ flags: inout UInt32
    ) -> JointVector {
        var result = copy wanted
        guard case .common = scaling else { return result }
        var factor = 1.0
        for joint in 0..<jointCount {
            let size = abs(wanted[joint])
            guard size.isFinite else { return result }
            if size > limiters[joint].limits.acceleration {
                factor = min(factor, limiters[joint].limits.acceleration / size)
                flags |= LimiterFlags.acceleration.rawValue
            }
        }
        var share = 1.0
        for joint in 0..<jointCount {
            result[joint] *= factor
            let change = abs(result[joint] - last[joint])
            let allowed = limiters[joint].limits.jerk * period
            if change > allowed * (1 + 1e-12) {
                share = min(share, allowed / change)
                flags |= LimiterFlags.jerk.rawValue
            }
        }
        if share < 1 {
            for joint in 0..<jointCount { result[joint] = last[joint] + share * (result[joint] - last[joint]) }
        }
        return result
    }

    @_noLocks
    private func limitTorques(_ result: inout JointVector, bias: borrowing JointVector) -> UInt32 {
        var flags: UInt32 = 0
        var factor = 1.0
        for joint in 0..<jointCount {
            let limit = torqueLimits[joint]
            let excess = result[joint] - bias[joint]
            if result[joint] > limit {
                factor = min(factor, max(0, limit - bias[joint]) / excess)
            } else if result[joint] < -limit {
                factor = min(factor, max(0, limit + bias[joint]) / -excess)
            }
        }
        if factor < 1 {
            flags |= LimiterFlags.torque.rawValue
            for joint in 0..<jointCount {
                let scaled = bias[joint] + factor * (result[joint] - bias[joint])
                result[joint] = min(max(scaled, -torqueLimits[joint]), torqueLimits[joint])
            }
        }
        if case .unlimited = scaling { return flags }
        var share = 1.0
        for joint in 0..<jointCount {
            let change = abs(result[joint] - torques[joint])
            if change > torqueSteps[joint] { share = min(share, torqueSteps[joint] / change) }
        }
        if share < 1 {
            flags |= LimiterFlags.torqueRate.rawValue
            for joint in 0..<jointCount {
                result[joint] = torques[joint] + share * (result[joint] - torques[joint])
            }
        }
        return flags
    }
}
