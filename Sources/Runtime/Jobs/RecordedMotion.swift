import Episodes
import Robots
import Simulation

/// What the actions of an episode asked of the tool and the hand, whether they were motions of the tool or, with a leader,
/// positions of the joints.
struct RecordedMotion: ~Copyable {
    private let task: any ManipulationTask
    /// What the recorded actions ask of the joints; nil where they are motions of the tool.
    private let joints: JointActions?
    private let gripper: GripperDescription
    private let jointCount: Int
    private var arm: ArmModel
    private var isClosing = false

    /// A hand is on its way, or presses on something, where it is asked for an opening that differs from the measured one by
    /// this part of its travel.
    static let play = 0.03

    /// - Parameters:
    ///   - robot: the robot that the episode was recorded with.
    ///   - task: what was done.
    ///   - space: what the numbers of its actions stand for.
    init(robot: RobotDescription, task: any ManipulationTask, space: ActionSpace) throws {
        self.task = task
        joints = space == .joints ? JointActions(robot: robot) : nil
        gripper = robot.gripper
        jointCount = robot.jointCount
        arm = try ArmModel(robot: robot)
    }

    /// The next recorded step, as a demonstration's.
    mutating func demonstrated(_ step: StepRecord) -> SourceDemonstration.Step {
        let (scene, action) = (step.scene, step.executedAction)
        let opening = opening(in: scene)
        var positions = JointVector.zero
        for joint in 0..<jointCount { positions[joint] = scene[task.layout.positionOffset + joint] }
        let tool = toolPose(positions, opening)
        guard let joints else { return .init(scene: scene, tool: tool, opening: opening, action: action) }
        let asked = joints.goal(of: action)
        let play = Self.play * (gripper.maximumOpening - gripper.minimumOpening)
        // A leader's hand says how far, an action of the tool says which way: where neither way is asked for, it goes on.
        if abs(asked.opening - opening) > play { isClosing = asked.opening < opening }
        return .init(
            scene: scene, tool: tool, opening: opening, goal: toolPose(asked.positions, opening),
            isClosing: isClosing)
    }

    /// `tool_in_world` of an arm with these joints (rad) and this opening (m).
    private mutating func toolPose(_ positions: JointVector, _ opening: Double) -> Pose {
        arm.update(positions: positions, velocities: .zero, gripperOpening: opening)
        return task.basePose * arm.toolPose
    }

    private func opening(in scene: SceneSnapshot) -> Double {
        let first = task.layout.positionOffset + task.layout.armJointCount
        return (first..<(first + task.layout.fingerJointCount)).reduce(0) { $0 + scene[$1] }
    }
}
