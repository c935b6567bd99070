import CRealtime
public import Robots

/// Where the joints are meant to be: moves to a goal smoothly and never faster than the limits allow.
public struct JointReference: BitwiseCopyable, Sendable {
    /// rad.
    public private(set) var positions: JointVector
    /// rad/s.
    public private(set) var velocities: JointVector = .zero
    /// rad/s².
    public private(set) var accelerations: JointVector = .zero

    /// At rest.
    @_noLocks
    public init(at positions: JointVector) {
        self.positions = positions
    }

    /// In motion, as the arm is.
    @_noLocks
    public init(positions: JointVector, velocities: JointVector, accelerations: JointVector) {
        self.positions = positions
        self.velocities = velocities
        self.accelerations = accelerations
    }

    /// One joint's motion.
    @_noLocks
    public func motion(_ joint: Int) -> JointMotion {
        JointMotion(position: positions[joint], velocity: velocities[joint], acceleration: accelerations[joint])
    }

    /// Sets one joint's motion.
    @_noLocks
    public mutating func set(_ motion: JointMotion, _ joint: Int) {
        positions[joint] = motion.position
        velocities[joint] = motion.velocity
        accelerations[joint] = motion.acceleration
    }

    /// The acceleration (rad/s²) with which a joint at `motion` heads for `goal` (rad).
    ///
    /// It aims at the velocity from which half the acceleration limit still stops at the goal, `√(2·(A/2)·distance)`, made
    /// linear near the goal where the root would be infinitely steep, and at no more than `speed` (rad/s).
    @_noLocks
    public static func acceleration(
        from motion: JointMotion, to goal: Double, speed: Double, limits: JointLimits
    ) -> Double {
        let braking = limits.acceleration / 2
        let gain = 8.0
        let linear = braking / (gain * gain)
        let error = goal - motion.position
        let distance = abs(error)
        let fast =
            distance < linear ? gain * distance : steadyhand_sqrt(2 * braking * (distance - linear / 2))
        let wanted = min(fast, speed)
        return 4 * gain * ((error < 0 ? -wanted : wanted) - motion.velocity)
    }
}

/// Springs and dampers between the joints and where they are meant to be:
/// `τ = k·(reference − q) + d·(reference velocity − q̇) + bias`.
public struct JointImpedanceController: BitwiseCopyable, Sendable {
    let stiffness: JointVector
    let damping: JointVector

    /// Takes the gains from a robot file.
    public init(robot: RobotDescription) {
        stiffness = JointVector(robot.control.jointImpedance.stiffness)
        damping = JointVector(robot.control.jointImpedance.damping)
    }

    /// The torques (N·m, gravity included).
    @_noLocks
    public func torques(
        reference: borrowing JointReference, model: borrowing ArmModel,
        positions: borrowing JointVector, velocities: borrowing JointVector
    ) -> JointVector {
        var result = JointVector.zero
        for joint in 0..<model.jointCount {
            result[joint] =
                stiffness[joint] * (reference.positions[joint] - positions[joint])
                + damping[joint] * (reference.velocities[joint] - velocities[joint]) + model.bias[joint]
        }
        return result
    }
}

/// Moves the gripper's opening to its goal at the described speed.
public struct GripperRamp: BitwiseCopyable, Sendable {
    /// The opening commanded now, m.
    public private(set) var opening: Double = 0
    let minimum: Double
    let maximum: Double
    let stepSize: Double

    /// Takes range and speed from a robot file.
    public init(robot: RobotDescription) {
        minimum = robot.gripper.minimumOpening
        maximum = robot.gripper.maximumOpening
        stepSize = robot.gripper.speed * robot.controlPeriod
    }

    /// Starts over from a measured opening, m.
    @_noLocks
    public mutating func restart(at measured: Double) {
        opening = min(max(measured, minimum), maximum)
    }

    /// One cycle towards a goal, m.
    @_noLocks
    public mutating func step(towards goal: Double) -> LimiterFlags {
        guard goal.isFinite else { return .notFinite }
        var flags: UInt32 = 0
        let wanted = min(max(goal, minimum), maximum)
        if wanted != goal { flags |= LimiterFlags.gripperRange.rawValue }
        let change = wanted - opening
        if abs(change) > stepSize {
            opening += change > 0 ? stepSize : -stepSize
            flags |= LimiterFlags.gripperSpeed.rawValue
        } else {
            opening = wanted
        }
        return LimiterFlags(rawValue: flags)
    }
}
