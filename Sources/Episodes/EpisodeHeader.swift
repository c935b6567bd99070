public import Policies

/// What is known of an episode before it begins; stored in the episode file's attributes.
public struct EpisodeHeader: Sendable {
    /// The robot's name, as its file gives it.
    public var robotName: String
    /// The robot file, as it was read.
    public var robotText: String
    /// How many joints of the arm are recorded, at most `JointVector.capacity`.
    public var jointCount: Int
    /// The task's name, such as `square`.
    public var task: String
    /// The task's variant, such as `d0`.
    public var variant: String
    /// The seed that the episode's initial scene and randomness follow from.
    public var seed: UInt64
    /// `lockstep` or `realtime`.
    public var schedule: String
    /// `simulated`, `emulated` or `real`.
    public var hardware: String
    /// What drove the robot, such as `expert`, `base` or a checkpoint's path.
    public var policy: String
    /// The resolved configuration of the job, as text.
    public var configurationText: String
    /// Versions of the program and its libraries, by name.
    public var versions: [String: String]
    /// The parts of an observation.
    public var layout: ObservationLayout
    /// The cameras whose frames are recorded with every step.
    public var cameras: [EpisodeCamera]
    /// How many numbers an action has.
    public var actionSize: Int
    /// How many values a scene snapshot has (rows of `states`); 0 where the backend knows no scene.
    public var sceneSize: Int
    /// Control steps a second (Hz).
    public var stepRate: Double
    /// Control cycles a second (Hz).
    public var cycleRate: Double
    /// When the episode began, in seconds since 1970; nil leaves it out.
    ///
    /// It is the only content of the file that two runs with the same seed do not share.
    public var startWallClock: Double?

    /// Takes what is known; nothing that matters to the episode's meaning has a default.
    public init(
        robotName: String, robotText: String, jointCount: Int, task: String, variant: String, seed: UInt64,
        schedule: String, hardware: String, policy: String, configurationText: String, versions: [String: String],
        layout: ObservationLayout, cameras: [EpisodeCamera] = [], actionSize: Int = 7, sceneSize: Int,
        stepRate: Double = 20, cycleRate: Double = 500, startWallClock: Double?
    ) {
        self.robotName = robotName
        self.robotText = robotText
        self.jointCount = jointCount
        self.task = task
        self.variant = variant
        self.seed = seed
        self.schedule = schedule
        self.hardware = hardware
        self.policy = policy
        self.configurationText = configurationText
        self.versions = versions
        self.layout = layout
        self.cameras = cameras
        self.actionSize = actionSize
        self.sceneSize = sceneSize
        self.stepRate = stepRate
        self.cycleRate = cycleRate
        self.startWallClock = startWallClock
    }
}

/// How an episode ended.
public enum EpisodeEnding: String, Sendable, CaseIterable {
    /// The task says it is done.
    case success
    /// The task's horizon was reached.
    case horizon
    /// A person ended it.
    case stopped
    /// The process was asked to end.
    case interrupted
    /// The safety machine ended it.
    case fault
    /// The policy answered too late, or never, and the robot was stopped.
    case policyLate
    /// The policy failed, or produced something that is not an action.
    case policyFailed
    /// A camera gave no frame in time.
    case cameraFault
    /// The process that recorded it was cut off; what had been flushed was recovered.
    case recovered
}

/// What is known of an episode once it has ended.
public struct EpisodeOutcome: Sendable, Equatable {
    /// Whether the task was done.
    public var success: Bool
    /// What ended it.
    public var ending: EpisodeEnding

    /// Takes both.
    public init(success: Bool, ending: EpisodeEnding) {
        self.success = success
        self.ending = ending
    }
}
