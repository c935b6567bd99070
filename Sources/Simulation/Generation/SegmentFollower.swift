internal import Numerics
public import Robots

/// Does a task with segments of recorded demonstrations: for each subtask it picks one whose situation was like the present,
/// moves it to where the object is now, goes to its beginning on a straight line, and follows it.
///
/// The choice among the nearest ones and the noise on the actions are drawn from the seed.
public struct SegmentFollower: ScriptedExpert {
    /// Among how many of the most similar segments one is drawn.
    static let nearest = 3
    /// The fewest steps from where the tool is to a segment's first goal.
    static let fewestSteps = 5
    /// How much of a full action the way there may ask for in a step.
    static let approachSpeed = 0.6

    private let task: any ManipulationTask
    private let subtasks: [Subtask]
    private let sources: [SourceDemonstration]
    private var choice: RandomStream
    private var motion: ToolMotion
    private var goals: [(pose: Pose, grip: Float)] = []
    private var next = 0
    private var subtask = -1

    /// A follower for one episode.
    ///
    /// - Parameters:
    ///   - task: what is to be done.
    ///   - sources: recorded demonstrations of it, at least one.
    ///   - seed: of the choices and of the noise.
    ///   - noise: standard deviation of the noise on the six motion components of the normalised actions.
    public init(task: any ManipulationTask, sources: [SourceDemonstration], seed: UInt64, noise: Double) {
        self.task = task
        self.sources = sources
        subtasks = task.subtasks
        choice = RandomStream.derived(from: seed, 1)
        motion = ToolMotion(noise: noise, speed: 3.0.squareRoot(), random: RandomStream.derived(from: seed, 2))
    }

    /// The subtask's name.
    public var phase: String { subtasks.indices.contains(subtask) ? subtasks[subtask].name : "" }

    /// The next action. After the last segment its last goal is held.
    public mutating func action(for measurement: borrowing Measurement, toolPose: Pose) -> [Float] {
        let tool = task.basePose * toolPose
        while next >= goals.count, subtask + 1 < subtasks.count {
            subtask += 1
            begin(subtasks[subtask], scene: measurement.scene, tool: tool)
        }
        guard let goal = next < goals.count ? goals[next] : goals.last else { return [0, 0, 0, 0, 0, 0, -1] }
        next += 1
        var action = motion.action(from: tool, to: goal.pose, closed: goal.grip > 0)
        action[6] = goal.grip
        return action
    }

    private mutating func begin(_ subtask: Subtask, scene: SceneSnapshot, tool: Pose) {
        let object = subtask.frame.pose(in: scene)
        let hold = subtask.held.map { tool.inverse * scene.pose(at: $0.offset) }
        let ranked = sources.enumerated()
            .map { (difference: $1.segments[self.subtask].difference(object: object, hold: hold), index: $0) }
            .sorted { ($0.difference, $0.index) < ($1.difference, $1.index) }
        let chosen = ranked[choice.integer(below: min(Self.nearest, ranked.count))].index
        let segment = sources[chosen].segments[self.subtask]
        let moved = segment.goals(object: object, hold: hold)
        guard let first = moved.first, let grip = segment.grips.first else { return }
        // What the hand did last it goes on doing on the way.
        let present = goals.last?.grip ?? grip
        goals = Self.way(from: tool, to: first).map { ($0, present) } + zip(moved, segment.grips)
        next = 0
    }

    /// A straight line in equal steps, without its two ends.
    static func way(from start: Pose, to end: Pose) -> [Pose] {
        let shift = end.position - start.position
        let turn = (end.orientation * start.orientation.conjugate).rotationVector
        let steps = max(
            Double(fewestSteps), (shift.length / (ToolMotion.translation * approachSpeed)).rounded(.up),
            (turn.length / (ToolMotion.rotation * approachSpeed)).rounded(.up))
        return (1..<Int(steps)).map { step in
            let part = Double(step) / steps
            return Pose(
                position: start.position + part * shift,
                orientation: Quaternion(rotationVector: part * turn) * start.orientation)
        }
    }
}
