public import Policies

/// What a job file says: the task, the robot, and how to record, learn, evaluate and drive.
///
/// A job says nothing about safety; that is the robot file's. Every property can be changed after loading, as the
/// command line does.
public struct JobConfiguration: Equatable, Sendable {
    /// What the job is called in run folders and reports.
    public var name: String
    /// The job file that this was read from; empty if it was made otherwise.
    public var path: String
    /// The task.
    public var task: TaskChoice
    /// Absolute path of the robot file; in the job file relative to that file's folder.
    public var robotPath: String
    /// Where every random stream of the job begins.
    public var seed: UInt64
    /// How large a full action is.
    public var action: ActionScale
    /// The cameras that policies see and episodes hold the pictures of, in this order; none where a policy sees numbers
    /// alone.
    public var cameras: [CameraSettings]
    /// How policies see the cameras' pictures; nil where they see numbers, or pictures as they are.
    public var images: ImageSettings?
    /// Leading the robot by hand; nil where the job has no leader.
    public var teleoperation: TeleoperationSettings?
    /// Collecting demonstrations.
    public var record: RecordSettings
    /// The base policy.
    public var policy: PolicySettings
    /// Cloning the base policy from demonstrations.
    public var training: TrainingSettings
    /// Improving the base policy.
    public var improve: ImproveSettings
    /// Measuring success.
    public var evaluation: EvaluationSettings
    /// The inference loop.
    public var inference: InferenceSettings
    /// Writing episodes.
    public var recording: RecordingSettings
    /// The report page.
    public var report: ReportSettings

    /// The task and its variant.
    public struct TaskChoice: Equatable, Sendable {
        /// Such as `square`.
        public var name: String
        /// Which initial distribution, such as `d0`.
        public var variant: String
    }

    /// What an action asks for, and for how much motion of the tool at ±1.
    public struct ActionScale: Equatable, Sendable {
        /// What the numbers of an action stand for.
        public var space: ActionSpace = .tool
        /// m along each axis.
        public var translation: Double
        /// rad about each axis.
        public var rotation: Double
    }

    /// Collecting demonstrations.
    public struct RecordSettings: Equatable, Sendable {
        /// Which episodes are kept.
        public enum Keep: String, CaseIterable, Equatable, Sendable {
            case successes
            case all
        }

        /// How many episodes to keep.
        public var episodes: Int
        /// Standard deviation of the noise on the six motion components of the expert's actions, as a fraction of the
        /// full action.
        public var noise: Double
        /// Which episodes are kept.
        public var keep: Keep
        /// Environments side by side; 0 takes one for each core.
        public var workers: Int
    }

    /// The base policy.
    public struct PolicySettings: Equatable, Sendable {
        /// Actions in a chunk.
        public var horizon: Int
        /// Actions of a chunk that are executed before the next takes over.
        public var execute: Int
        /// Control steps between the observation that a chunk is made from and its first executed action.
        public var lead: Int
        /// Width of the network.
        public var hidden: Int
        /// Residual blocks of the network.
        public var blocks: Int
        /// Integration steps from noise to a chunk.
        public var samplingSteps: Int
        /// The server that the base policy is behind; nil for one that is trained here.
        public var remote: RemoteSettings?
        /// The absolute path of an ONNX model that is the base policy; in the job file relative to that file's folder. nil: the one
        /// that is trained here.
        public var onnx: String?
        /// How one chunk becomes the next.
        public var seam: ChunkSeam
        /// The longest that a cross-fade takes, control steps.
        public var fade: Int
        /// How the policy trained here goes on from the chunk under way.
        public var guidance: FlowGuidance
        /// What the policy's answers are made to take, to see what comes of it.
        public var latency: PolicyLatency
    }

    /// Cloning the base policy.
    public struct TrainingSettings: Equatable, Sendable {
        /// Updates.
        public var steps: Int
        /// Samples in an update.
        public var batchSize: Int
        /// Largest learning rate, after warming up.
        public var learningRate: Double
        /// Updates over which the learning rate rises.
        public var warmupSteps: Int
        /// Decoupled weight decay.
        public var weightDecay: Double
        /// Decay of the running mean of the parameters, per update.
        public var ema: Double
        /// The fraction of the episodes held out to measure the loss on.
        public var heldOut: Double
        /// Updates between checkpoints.
        public var checkpointEvery: Int
        /// Updates between measurements of the held-out loss.
        public var evaluateEvery: Int
    }

    /// Measuring success.
    public struct EvaluationSettings: Equatable, Sendable {
        /// Episodes.
        public var episodes: Int
        /// Where the initial states' random stream begins; apart from the job's own, so that a rate compares with others.
        public var seed: UInt64
        /// Environments side by side; 0 takes one for each core.
        public var workers: Int
    }

    /// The inference loop.
    public struct InferenceSettings: Equatable, Sendable {
        /// Actions a second, Hz.
        public var rate: Double
    }

    /// Writing episodes.
    public struct RecordingSettings: Equatable, Sendable {
        /// Room for control cycles between the control loop and the recorder.
        public var cycleRing: Int
        /// Room for steps between inference and the recorder.
        public var stepRing: Int
    }

    /// The report page.
    public struct ReportSettings: Equatable, Sendable {
        /// How many pictures of an episode are shown; 0 for none.
        public var pictures: Int
    }
}
