public import Numerics

/// Something that proposes a chunk of actions for an observation.
public protocol ChunkPolicy: AnyObject, Sendable {
    /// How many actions a chunk has.
    var horizon: Int { get }
    /// How many numbers an action has.
    var actionSize: Int { get }
    /// Identifies the parameters in use; recorded beside every action.
    var version: UInt64 { get }
    /// Whether it makes use of ``ChunkRequest/continuation``: real-time chunking needs that. No, unless a policy says so.
    var continuesChunks: Bool { get }
    /// Whether it looks at ``ChunkRequest/frames`` and ``ChunkRequest/robotState``. No, unless a policy says so.
    var looksAround: Bool { get }

    /// The chunk for a request. Equal requests and random states give equal chunks, where the policy can promise that.
    ///
    /// - Throws: ``PolicyError`` if the observation does not fit or is not finite, or if the result is not finite.
    func propose(_ request: ChunkRequest, random: inout RandomStream) throws -> ActionChunk

    /// The same policy for another thread, so that neither waits for the other. Itself, unless a policy says otherwise.
    ///
    /// - Throws: what loading it again throws.
    func makeReplica() throws -> any ChunkPolicy
}

extension ChunkPolicy {
    /// No.
    public var continuesChunks: Bool { false }

    /// No.
    public var looksAround: Bool { false }

    /// Itself.
    public func makeReplica() throws -> any ChunkPolicy { self }

    /// The chunk for an observation made at control step `step`, with nothing to continue.
    ///
    /// - Throws: as ``propose(_:random:)``.
    public func propose(observation: [Float], step: Int, random: inout RandomStream) throws -> ActionChunk {
        try propose(ChunkRequest(observation: observation, step: step), random: &random)
    }
}
