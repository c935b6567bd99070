/// How the counts of one arm's motors become positions of its joints: what a file in `calibration/` says.
///
/// It belongs to one physical arm. A driver compares ids, models, firmware and homing offsets with what the motors
/// report and refuses an arm that it does not belong to.
public struct Calibration: Equatable, Sendable {
    /// Where the numbers come from.
    public enum Source: String, CaseIterable, Equatable, Sendable {
        /// The arm was moved through its ranges.
        case measured
        /// Taken over from LeRobot's file.
        case lerobot
    }

    /// The name of the robot file that it was made with.
    public var robot: String
    /// When it was made: `2026-11-24T15:20:00Z`.
    public var time: String
    /// Where the numbers come from.
    public var source: Source
    /// The file that it was read from; empty if it was made otherwise.
    public var path: String
    /// One entry for each motor that leads a joint, or the gripper.
    public var motors: [MotorCalibration]

    /// See the properties.
    public init(robot: String, time: String, source: Source, path: String = "", motors: [MotorCalibration]) {
        self.robot = robot
        self.time = time
        self.source = source
        self.path = path
        self.motors = motors
    }

    /// The motor that moves a joint of this name, or `gripper`.
    public func motor(named joint: String) -> MotorCalibration? { motors.first { $0.joint == joint } }
}

/// How the counts of one motor become the position of its joint.
///
/// Counts go round in a turn; those here are unwrapped, so that they grow through the whole span of the joint and may be
/// below zero or above a turn. They are what the motor reports, its own homing offset taken into account.
public struct MotorCalibration: Equatable, Sendable {
    /// The name of the joint that it moves, or `gripper`.
    public var joint: String
    /// Its address on the bus.
    public var id: Int
    /// What it is.
    public var model: MotorModel
    /// The firmware that it reported, such as `3.10`; nil where it is not known.
    public var firmware: String?
    /// What its homing offset register held, counts; a driver refuses a motor where that has changed.
    public var homingOffset: Int
    /// The counts where the joint's position is zero; for a gripper, where it is closed.
    public var zero: Int
    /// The lowest counts that it was moved to.
    public var lower: Int
    /// The highest counts that it was moved to.
    public var upper: Int

    /// See the properties.
    public init(
        joint: String, id: Int, model: MotorModel, firmware: String?, homingOffset: Int, zero: Int, lower: Int,
        upper: Int
    ) {
        self.joint = joint
        self.id = id
        self.model = model
        self.firmware = firmware
        self.homingOffset = homingOffset
        self.zero = zero
        self.lower = lower
        self.upper = upper
    }
}
