internal import Numerics

/// What the flow of a new chunk is led to, in the flow's own numbers, with the memory for it.
struct FlowGoal: Sendable {
    /// The old chunk's actions for the same steps.
    let target: Tensor
    /// How much each number counts, 0 to 1.
    let mask: Tensor
    /// The fault of the chunk that the flow heads for.
    let fault: Tensor
    /// What the transposed Jacobian makes of it.
    let pulled: Tensor

    init(chunkSize: Int) {
        target = Tensor(rows: 1, columns: chunkSize)
        mask = Tensor(rows: 1, columns: chunkSize)
        fault = Tensor(rows: 1, columns: chunkSize)
        pulled = Tensor(rows: 1, columns: chunkSize)
    }

    /// Takes the chunk that is to be continued.
    ///
    /// - Throws: ``PolicyError/configuration(_:)`` if an action of it has another size or is not finite.
    func set(_ continuation: ChunkContinuation, horizon: Int, scaler: ActionScaler) throws(PolicyError) {
        let size = scaler.mean.count
        let end = min(continuation.previous.count, max(0, horizon - continuation.executionHorizon))
        let weights = FlowGuidance.mask(horizon: horizon, delay: continuation.delay, end: end)
        target.fill(0)
        for (step, action) in continuation.previous.prefix(end).enumerated() {
            guard action.count == size, action.allSatisfy(\.isFinite) else {
                throw .configuration(
                    "action \(step) of the chunk to continue is \(action): \(size) finite numbers are needed")
            }
            for component in 0..<size {
                target.base[step * size + component] = scaler.standardised(action[component], component)
            }
        }
        for index in 0..<mask.count { mask.base[index] = weights[index / size] }
    }
}
