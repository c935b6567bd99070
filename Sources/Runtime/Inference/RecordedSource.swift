import Realtime
import Robots
import Teleoperation

/// A recorded episode as the inference loop asks for it: once in every step, on the inference thread alone.
///
/// A robot that begins where it is, is first brought to where the recording begins, slowly.
final class RecordedSource {
    private let actions: [[Float]]
    private let endsEpisode: Bool
    private let robot: RobotDescription?
    private let joints: JointActions?
    private var approach: Following?
    /// The step at which the first recorded action is carried out; nil while the robot is brought there.
    private var first: Int? = 0

    /// - Parameters:
    ///   - actions: one for each step, in order.
    ///   - endsEpisode: whether the episode is over with the last one; else its pose is held.
    ///   - robot: one that begins where it is, and whose actions are poses of its joints; nil for any other.
    ///   - rampSpeed: how fast its joints are brought to where the recording begins, rad/s.
    init(_ actions: [[Float]], endsEpisode: Bool, robot: RobotDescription? = nil, rampSpeed: Double = 0.5) {
        self.actions = actions
        self.endsEpisode = endsEpisode
        self.robot = robot
        joints = robot.map { JointActions(robot: $0) }
        // However far that is: a person started it.
        let limits = Following.Limits(distance: .infinity, rampSpeed: rampSpeed, age: 1)
        approach = robot.map { Following(robot: $0, limits: limits) }
    }

    /// Begins an episode: from where the robot is then.
    func begin() {
        approach?.restart()
        first = approach == nil || actions.isEmpty ? 0 : nil
    }

    /// Whether there is nothing more to be done from this step on.
    func isOver(at step: Int) -> Bool { endsEpisode && first.map { step - $0 >= actions.count } ?? false }

    /// The last action.
    var last: [Float]? { actions.last }

    /// The action for a step; nil where the recording is over.
    func action(at step: Int, state: borrowing RobotState, now: MonotonicTime) throws(LeaderTooFar) -> [Float]? {
        if first == nil, let beginning = actions.first, let way = try approach(beginning, state, now) { return way }
        let begin = first ?? step
        first = begin
        return step - begin < actions.count ? actions[step - begin] : nil
    }

    /// On the way to where an action has the robot; nil when it is there.
    private func approach(
        _ beginning: [Float], _ state: borrowing RobotState, _ now: MonotonicTime
    ) throws(LeaderTooFar) -> [Float]? {
        guard let joints, let robot, var approach else { return nil }
        let goal = joints.goal(of: beginning)
        let gripper = robot.gripper
        var pose = LeaderPose()
        (pose.positions, pose.time, pose.isComplete) = (goal.positions, now, true)
        pose.openness = (goal.opening - gripper.minimumOpening) / (gripper.maximumOpening - gripper.minimumOpening)
        let answer = try approach.step(leader: pose, follower: state, now: now)
        self.approach = approach
        guard case .go(let positions, let opening) = answer, !approach.hasArrived else { return nil }
        return joints.action(positions: positions, opening: opening)
    }
}
