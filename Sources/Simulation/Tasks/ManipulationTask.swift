public import Policies
public import Robots

/// Something to be done with a robot in a simulated scene: the objects, how an episode begins, what a policy sees, and
/// when the task is done.
///
/// Poses of the tool come in as `tool_in_base`, as the control loop publishes them; the task knows where the robot's
/// base stands in its world. A further task is one file that conforms to this and one line in ``TaskCatalogue``.
public protocol ManipulationTask: Sendable {
    /// The name that a job file gives.
    static var name: String { get }
    /// The variants that a job file may name, easiest first.
    static var variants: [String] { get }

    /// The task for one variant and one robot.
    init(variant: String, robot: RobotDescription) throws(TaskError)

    /// Which distribution of initial states this is.
    var variant: String { get }
    /// How many policy steps an episode may take.
    var horizon: Int { get }
    /// Policy steps per second, Hz.
    var controlRate: Double { get }
    /// Where the robot's base frame is in the world.
    var basePose: Pose { get }
    /// The world beside the robot.
    var scene: SceneDescription { get }
    /// Where the robot's joints and the scene's objects are in a `SceneSnapshot`.
    var layout: SceneLayout { get }
    /// What ``observe(_:toolPose:)`` returns.
    var observationLayout: ObservationLayout { get }
    /// The parts of the task, in order, that demonstrations are cut into to make others of them; empty where that is not
    /// foreseen.
    var subtasks: [Subtask] { get }

    /// The world at the beginning of the episode with this seed; the same seed gives the same bytes.
    func initialScene(seed: UInt64) -> SceneSnapshot
    /// What a policy sees, laid out as ``observationLayout`` says. `toolPose` is `tool_in_base`.
    func observe(_ measurement: borrowing Measurement, toolPose: Pose) -> [Float]
    /// Whether the task is done. `toolPose` is `tool_in_base`.
    func isSuccess(_ measurement: borrowing Measurement, toolPose: Pose) -> Bool
    /// Whether it looks at the scene, which only a simulator knows.
    var needsScene: Bool { get }
    /// Whether there is a scripted policy that does the task.
    var hasExpert: Bool { get }
    /// A scripted policy that does the task, with its own randomness. `noise` is the standard deviation of the noise
    /// added to the six motion components of its normalised actions.
    func makeExpert(seed: UInt64, noise: Double) -> any ScriptedExpert
}

extension ManipulationTask {
    /// The scene's cameras.
    public var cameras: [SceneCamera] { scene.cameras }

    /// None: demonstrations can only be recorded.
    public var subtasks: [Subtask] { [] }
    /// It does.
    public var needsScene: Bool { true }
    /// There is one.
    public var hasExpert: Bool { true }
}

/// A policy written by hand. It reads the true state of the scene, so it needs a simulator.
public protocol ScriptedExpert {
    /// The next normalised action, −1…1: translation (3), rotation vector (3), gripper (−1 open, +1 closed).
    ///
    /// Call it once per policy step. `toolPose` is `tool_in_base`.
    mutating func action(for measurement: borrowing Measurement, toolPose: Pose) -> [Float]
    /// What the expert is doing, in one word.
    var phase: String { get }
}

/// Why a task could not be made.
public struct TaskError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What is wrong, and what would be right.
    public var description: String

    /// An error with this message.
    public init(_ description: String) {
        self.description = description
    }
}
