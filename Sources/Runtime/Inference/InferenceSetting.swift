import Policies
public import Robots
public import Simulation

/// What the inference loop needs to know of the job, worked out once.
public struct InferenceSetting: Sendable {
    /// What is to be done.
    public var task: any ManipulationTask
    /// What it is done with.
    public var robot: RobotDescription
    /// What the numbers of an action stand for.
    public var actionSpace: ActionSpace
    /// How many numbers an action has.
    public var actionSize: Int
    /// Motion of a full translation, m.
    public var translationScale: Double
    /// Motion of a full rotation, rad.
    public var rotationScale: Double
    /// Control steps after which an episode ends without success.
    public var horizon: Int
    /// How chunks of actions are scheduled.
    public var chunks: ChunkQueue.Settings
    /// Steps for which the robot is held after a reset, until objects have come to rest.
    public var settlingSteps: Int
    /// Steps for which the robot waits for an episode's first chunk, or for any where it is held until it comes.
    public var chunkPatienceSteps: Int
    /// Whether an episode begins where the robot is; in the simulator the world is put into its initial scene.
    public var beginsInPlace = false
    /// Whether policies see nothing of where objects are.
    var hidesObjects = false
    /// What makes features of the cameras' pictures for policies; nil where none sees any.
    var images: ImageEncoder?
    let jointActions: JointActions

    /// The setting of a job.
    public init(job: JobConfiguration, task: any ManipulationTask, robot: RobotDescription) {
        self.task = task
        self.robot = robot
        actionSpace = job.action.space
        actionSize = job.action.space.size(of: robot)
        jointActions = JointActions(robot: robot)
        translationScale = job.action.translation
        rotationScale = job.action.rotation
        horizon = job.teleoperation.map { Int(($0.duration * job.inference.rate).rounded()) } ?? task.horizon
        chunks = ChunkQueue.Settings(
            executedSteps: job.policy.execute, leadSteps: job.policy.lead, seam: job.policy.seam,
            fadeSteps: job.policy.fade)
        settlingSteps = Int((0.4 * job.inference.rate).rounded())
        chunkPatienceSteps = Int((10 * job.inference.rate).rounded())
    }
}

/// An episode to be run.
public struct EpisodeRequest: Hashable, Sendable {
    /// Number of the episode in its run, from 0.
    public var index: Int
    /// What its initial scene and randomness follow from.
    public var seed: UInt64

    /// An episode of this number and seed.
    public init(index: Int, seed: UInt64) {
        self.index = index
        self.seed = seed
    }
}

/// Where the seeds of a command's episodes begin, so that no command meets the initial scenes of another one, nor those of
/// the same command with another seed; but evaluations meet the same ones whatever the job's seed, so that rates compare.
public enum EpisodeSeeds {
    /// The seed of an attempt at a demonstration.
    public static func demonstration(_ attempt: Int, job: JobConfiguration) -> UInt64 {
        first(job) &+ UInt64(attempt)
    }

    /// The seed of an episode of an evaluation, which has a seed of its own.
    public static func evaluation(_ index: Int, job: JobConfiguration) -> UInt64 {
        job.evaluation.seed &+ UInt64(index)
    }

    /// The seed of an episode driven by `operate`: half a million beyond those of demonstrations.
    public static func operation(_ index: Int, job: JobConfiguration) -> UInt64 {
        first(job) &+ 500_000 &+ UInt64(index)
    }

    /// The seed of an episode that `improve` learns from: three million beyond those of demonstrations.
    public static func improvement(_ index: Int, job: JobConfiguration) -> UInt64 {
        first(job) &+ 3_000_000 &+ UInt64(index)
    }

    /// The seed of an attempt at generating a demonstration: five million beyond those of recorded ones.
    public static func generation(_ attempt: Int, job: JobConfiguration) -> UInt64 {
        first(job) &+ 5_000_000 &+ UInt64(attempt)
    }

    private static func first(_ job: JobConfiguration) -> UInt64 { job.seed &* 10_000_000 }
}
