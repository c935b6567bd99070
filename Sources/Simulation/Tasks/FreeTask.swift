public import Policies
public import Robots

/// Nothing in particular: an arm at a table without objects, moved by whoever moves it.
///
/// What a policy sees of it is what a robot without a simulator measures too, so that it can be run and recorded on any
/// hardware. There is no predicate: an episode succeeded if the person who moved the arm says so.
public struct FreeTask: ManipulationTask {
    /// The name that a job file gives.
    public static let name = "free"
    /// `table`: an empty table.
    public static let variants = ["table"]

    /// Which distribution of initial states this is.
    public let variant: String
    /// As many steps as a minute has.
    public let horizon: Int
    /// As many as the robot has control cycles: a person's hand is followed in every one.
    public let controlRate: Double
    /// `base_in_world`: the arm stands on the table.
    public let basePose: Pose
    /// The table.
    public let scene: SceneDescription
    /// The robot alone.
    public let layout: SceneLayout
    /// Joints, tool (in the base frame) and gripper.
    public let observationLayout: ObservationLayout
    let robot: RobotDescription

    /// The task for any robot.
    public init(variant: String, robot: RobotDescription) throws(TaskError) {
        self.variant = variant
        self.robot = robot
        controlRate = robot.control.rate
        horizon = Int((60 * robot.control.rate).rounded())
        let height = 0.82
        basePose = Pose(position: SIMD3(-0.25, 0, height))
        scene = SceneDescription(
            tableHeight: height, objects: [],
            cameras: [
                SceneCamera(name: "agentview", position: SIMD3(0.75, -0.55, 1.35), lookingAt: SIMD3(-0.1, 0, 0.95)),
                SceneCamera(name: "overview", position: SIMD3(0.9, -0.9, 1.5), lookingAt: SIMD3(-0.15, 0, 0.95)),
            ])
        layout = SceneLayout(
            armJointCount: robot.jointCount, fingerJointCount: robot.gripper.joints.count, objects: [])
        let joints: [ObservationLayout.Part] =
            robot.jointCount == 0
            ? []
            : [
                .init(name: "robot0_joint_pos", fields: [.values(robot.jointCount)]),
                .init(name: "robot0_joint_vel", fields: [.values(robot.jointCount)]),
            ]
        observationLayout = ObservationLayout(
            parts: joints + [
                .init(name: "robot0_eef_pos", fields: [.values(3)]),
                .init(name: "robot0_eef_quat", fields: [.quaternion]),
                .init(name: "robot0_gripper_opening", fields: [.values(1)]),
            ])
    }

    /// The arm at home with its gripper open; the same for every seed.
    public func initialScene(seed: UInt64) -> SceneSnapshot {
        var scene = SceneSnapshot()
        scene.count = layout.count
        for joint in 0..<robot.jointCount { scene[layout.positionOffset + joint] = robot.joints[joint].home }
        let fingers = robot.gripper.joints.count
        for finger in robot.jointCount..<(robot.jointCount + fingers) {
            scene[layout.positionOffset + finger] = robot.gripper.fingerPosition(at: robot.gripper.maximumOpening)
        }
        return scene
    }

    /// Joint positions (rad) and velocities (rad/s), tool pose (m, x-y-z-w) and opening (m), all as measured.
    public func observe(_ measurement: borrowing Measurement, toolPose: Pose) -> [Float] {
        var observation: [Float] = []
        observation.reserveCapacity(observationLayout.size)
        for joint in 0..<robot.jointCount { observation.append(Float(measurement.state.jointPositions[joint])) }
        for joint in 0..<robot.jointCount { observation.append(Float(measurement.state.jointVelocities[joint])) }
        observation.append(toolPose.position)
        observation.append(toolPose.orientation)
        observation.append(Float(measurement.state.gripper.opening))
        return observation
    }

    /// Never: only a person knows.
    public func isSuccess(_ measurement: borrowing Measurement, toolPose: Pose) -> Bool { false }

    /// What it shows, every robot measures.
    public var needsScene: Bool { false }

    /// Nobody knows what is to be done.
    public var hasExpert: Bool { false }

    /// One that holds still; see ``hasExpert``.
    public func makeExpert(seed: UInt64, noise: Double) -> any ScriptedExpert { StillExpert() }
}

/// Asks for no motion.
private struct StillExpert: ScriptedExpert {
    let phase = "still"
    mutating func action(for measurement: borrowing Measurement, toolPose: Pose) -> [Float] {
        [0, 0, 0, 0, 0, 0, -1]
    }
}
