public import Policies

extension CloningTrainer {
    /// The file of a checkpoint folder that holds what cloning needs to go on.
    public static var fileName: String { "cloning.safetensors" }

    private var checkpoint: TrainingCheckpoint {
        TrainingCheckpoint(
            fileName: Self.fileName, format: "steadyhand-cloning-1",
            conditions: [
                ("network", CheckpointText.encode(network.configuration)), ("inputs", String(network.inputs)),
                ("training", CheckpointText.encode(training)), ("seed", String(seed)),
                ("demonstrations", String(demonstrationsDigest)),
            ],
            states: [
                ("parameters.", parameters), ("best.", best), ("moment1.", optimiser.firstMoment),
                ("moment2.", optimiser.secondMoment),
            ],
            steps: training.steps)
    }

    /// Writes ``fileName`` into a folder; at any moment the old or the new one is there.
    ///
    /// - Throws: `PolicyError.storage` with the system's reason.
    public func save(to folder: String) throws(PolicyError) { try checkpoint.save(step: step, to: folder) }

    /// Goes on where a checkpoint stopped: further updates give the same bytes as if there had been no stop.
    ///
    /// - Throws: `PolicyError.checkpoint` if the checkpoint is missing or damaged, or comes from another network, training, seed
    ///   or set of demonstrations. The trainer is then as before.
    public func resume(from folder: String) throws(PolicyError) {
        step = try checkpoint.resume(from: folder)
        let wasEvaluated = step >= training.evaluationInterval || step == training.steps
        bestHeldOut = wasEvaluated ? evaluate(best, rows: heldOutRows).negativeLogLikelihood : .infinity
    }
}
