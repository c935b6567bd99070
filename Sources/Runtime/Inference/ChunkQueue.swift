public import Policies

/// The actions that are scheduled, and when the next chunk has to be asked for.
///
/// Chunks are aligned by control step: a chunk made from the observation of step `s` holds the actions for steps
/// `s, s + 1, …`, and whatever has gone by when it arrives is left out. With a lead of `L` steps a chunk takes over at step
/// `s + L` even if it arrives earlier, so that a run on the virtual clock, where inference takes no time, executes what a
/// run in real time executes.
///
/// An episode's first chunk is the exception: the robot waits for it, so nothing of it has gone by.
public struct ChunkQueue: Sendable {
    /// How many actions of a chunk are executed before the next one takes over.
    public let executedSteps: Int
    /// How many steps before it takes over a chunk is asked for.
    public let leadSteps: Int

    private var current: ActionChunk?
    private var arrived: ActionChunk?
    private var takesOverAt = 0
    private var requestedAt: Int?

    /// - Parameters:
    ///   - executedSteps: at least 1.
    ///   - leadSteps: 0 or more, less than `executedSteps` unless that is 1.
    public init(executedSteps: Int, leadSteps: Int) {
        precondition(executedSteps >= 1 && leadSteps >= 0, "a chunk is executed for a step at least")
        self.executedSteps = executedSteps
        self.leadSteps = leadSteps
    }

    /// Whether a chunk has ever arrived in this episode.
    public var hasBegun: Bool { current != nil || arrived != nil }

    /// Forgets everything, for a new episode. A chunk that was asked for before is not accepted afterwards.
    public mutating func reset() {
        current = nil
        arrived = nil
        takesOverAt = 0
        requestedAt = nil
    }

    /// Whether a chunk should be asked for with the observation of `step`; the caller then calls ``requested(at:)``.
    public func wantsChunk(at step: Int) -> Bool {
        guard requestedAt == nil, arrived == nil else { return false }
        guard let current else { return true }
        return step >= takesOverAt + executedSteps - leadSteps && step > current.step
    }

    /// Notes that a chunk was asked for with the observation of `step`.
    public mutating func requested(at step: Int) {
        requestedAt = step
    }

    /// Takes a chunk that has arrived. One that answers no open request, as after a reset, is left out.
    ///
    /// - Returns: whether it was taken.
    @discardableResult
    public mutating func receive(_ chunk: ActionChunk) -> Bool {
        guard requestedAt == chunk.step else { return false }
        requestedAt = nil
        arrived = chunk
        return true
    }

    /// The action scheduled for `step` and its place in its chunk, or nil where none is.
    public mutating func action(at step: Int) -> (values: [Float], phase: Int, policyVersion: UInt64)? {
        if let next = arrived, current == nil || step >= next.step + leadSteps {
            takesOverAt = current == nil ? next.step : max(step, next.step + leadSteps)
            current = next
            arrived = nil
        }
        guard let current else { return nil }
        let phase = step - current.step
        guard phase >= 0, phase < current.actions.count else { return nil }
        return (current.actions[phase], phase, current.policyVersion)
    }
}
