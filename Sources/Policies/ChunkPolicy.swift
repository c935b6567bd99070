public import Numerics

/// Something that proposes a chunk of actions for an observation.
public protocol ChunkPolicy: AnyObject, Sendable {
    /// How many actions a chunk has.
    var horizon: Int { get }
    /// How many numbers an action has.
    var actionSize: Int { get }
    /// Identifies the parameters in use; recorded beside every action.
    var version: UInt64 { get }

    /// The chunk for `observation` (in the order of the policy's ``ObservationLayout``), which was made at control step
    /// `step`. Equal observations, steps and random states give equal chunks.
    ///
    /// - Throws: ``PolicyError`` if the observation does not fit or is not finite, or if the result is not finite.
    func propose(observation: [Float], step: Int, random: inout RandomStream) throws -> ActionChunk
}
