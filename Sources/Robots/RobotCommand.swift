public import Realtime

/// What the control loop sends to a driver in one cycle.
public struct RobotCommand: BitwiseCopyable, Sendable {
    /// What the arm's motors are asked to do.
    public enum Mode: UInt8, BitwiseCopyable, Sendable {
        /// No torque: the arm hangs, or its brakes hold it.
        case idle
        /// Follow ``RobotCommand/jointPositions``.
        case position
        /// Apply ``RobotCommand/jointTorques``.
        case torque
    }

    /// When the command was made.
    public var time: MonotonicTime = .zero
    /// The control cycle that made it.
    public var cycle: UInt64 = 0
    /// What the arm's motors are asked to do.
    public var mode: Mode = .idle
    /// Joint positions to go to, rad, in mode ``Mode/position``.
    public var jointPositions: JointVector = .zero
    /// Joint torques to apply, N·m, gravity included, in mode ``Mode/torque``.
    public var jointTorques: JointVector = .zero
    /// Distance between the fingers to go to, m.
    public var gripperOpening: Double = 0

    /// No torque, everything else zero.
    @inlinable
    @_noLocks
    public init() {}
}
