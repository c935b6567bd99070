public import Cameras
public import Realtime
public import Robots

/// One control step of the inference loop (20 Hz): what the policy saw, what was asked, what came of it.
public struct StepRecord: Sendable {
    /// When the step's setpoint was made.
    public var time: MonotonicTime = .zero
    /// When the observation was measured.
    public var observationTime: MonotonicTime = .zero
    /// The observation, all parts in the layout's order.
    public var observation: [Float] = []
    /// The observation after the step, all parts in the layout's order.
    public var nextObservation: [Float] = []
    /// What each camera saw at the observation, in the header's order.
    public var frames: [CameraFrame] = []
    /// What each camera saw after the step, in the header's order; of the last step of an episode they are stored.
    public var nextFrames: [CameraFrame] = []
    /// The action requested, normalised to −1…1.
    public var action: [Float] = []
    /// The base policy's action scheduled for this step; the requested one where there is no other.
    public var baseAction: [Float] = []
    /// The action that was in effect executed, normalised to −1…1.
    public var executedAction: [Float] = []
    /// The reward of the step.
    public var reward: Float = 0
    /// Whether the episode ended with this step.
    public var isDone: Bool = false
    /// The world at the observation.
    public var scene = SceneSnapshot()
    /// Version of the parameters that produced the action.
    public var policyVersion: UInt64 = 0
    /// Number of the setpoint that carried the action to the control loop.
    public var setpointSequence: UInt64 = 0
    /// Place of the action in its chunk, from 0.
    public var chunkPhase: Int32 = 0
    /// Whether a person drove the robot.
    public var isTakeover: Bool = false

    /// An empty step, to be filled in.
    public init() {}
}
