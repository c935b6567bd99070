public import Cameras

/// What a chunk of actions is asked for with.
public struct ChunkRequest: Sendable {
    /// In the order of the policy's ``ObservationLayout``.
    public var observation: [Float]
    /// What the job's cameras saw, in the order in which it lists them; none where it has no cameras.
    public var frames: [CameraFrame]
    /// What the robot said about itself at the same moment, for policies that see more of it than the task shows; empty
    /// where nobody asks for it.
    public var robotState: [Float]
    /// The control step at which the observation was made; the chunk's first action belongs to it.
    public var step: Int
    /// What the chunk has to join; nil where nothing is under way, or where nobody asks for it to join.
    public var continuation: ChunkContinuation?

    /// A request with the observation of a step.
    public init(
        observation: [Float], frames: [CameraFrame] = [], robotState: [Float] = [], step: Int,
        continuation: ChunkContinuation? = nil
    ) {
        self.observation = observation
        self.frames = frames
        self.robotState = robotState
        self.step = step
        self.continuation = continuation
    }
}

/// What a new chunk has to join without a seam: the chunk that is carried out while the new one is made.
///
/// The terms are those of real-time chunking (Black et al., "Real-time execution of action chunking flow policies", 2025). A
/// policy behind a server is sent them as `prev_chunk`, `delay` and `execution_horizon`, where the server's metadata say that
/// it takes them.
public struct ChunkContinuation: Equatable, Sendable {
    /// What is scheduled from the request's step on: `previous[0]` belongs to that step. Each action is normalised to −1…1.
    /// At least one; fewer than the policy's horizon once some of the chunk has been carried out.
    public var previous: [[Float]]
    /// Control steps until the new chunk takes over: its first `delay` actions will not be carried out, so they have to be
    /// those of ``previous``.
    public var delay: Int
    /// Control steps from the observation of the chunk under way to that of the new one.
    public var executionHorizon: Int

    /// All of it.
    ///
    /// - Precondition: `previous` is not empty, and neither number is negative.
    public init(previous: [[Float]], delay: Int, executionHorizon: Int) {
        precondition(!previous.isEmpty && delay >= 0 && executionHorizon >= 0, "there is nothing to continue")
        self.previous = previous
        self.delay = delay
        self.executionHorizon = executionHorizon
    }
}
