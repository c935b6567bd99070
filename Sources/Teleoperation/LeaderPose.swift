public import Realtime
public import Robots

/// Where a leader is: what its follower is to do, before any ramp.
public struct LeaderPose: BitwiseCopyable, Sendable {
    /// When the oldest of its joints was measured.
    public var time: MonotonicTime = .zero
    /// Whether every joint, and the gripper, has been measured at least once, to a finite number.
    public var isComplete = false
    /// rad, in the order of the joints.
    public var positions: JointVector = .zero
    /// How far its handle or jaw is open: 0 closed, 1 open; a little beyond where it is moved beyond its calibrated ends.
    public var openness: Double = 0

    /// Nothing measured yet.
    @inlinable
    public init() {}

    /// What a leader of this description measured.
    public init(_ state: borrowing RobotState, of robot: RobotDescription) {
        positions = state.jointPositions
        let gripper = robot.gripper
        openness = (state.gripper.opening - gripper.minimumOpening) / (gripper.maximumOpening - gripper.minimumOpening)
        var oldest = state.gripper.time
        var sum = openness
        for joint in 0..<robot.jointCount {
            oldest = min(oldest, state.jointTimes[joint])
            sum += positions[joint]
        }
        time = oldest
        isComplete = oldest > .zero && sum.isFinite
    }
}
