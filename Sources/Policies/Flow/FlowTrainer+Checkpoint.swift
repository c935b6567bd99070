internal import Numerics

extension FlowTrainer {
    /// The file of a checkpoint folder that holds what training needs to go on.
    public static var fileName: String { "trainer.safetensors" }

    private var checkpoint: TrainingCheckpoint {
        TrainingCheckpoint(
            fileName: Self.fileName, format: "steadyhand-flow-trainer-1",
            conditions: [
                ("configuration", CheckpointText.encode(configuration)), ("training", CheckpointText.encode(training)),
                ("seed", String(seed)), ("demonstrations", String(demonstrationsDigest)),
            ],
            purpose: purpose,
            states: [
                ("parameters.", parameters), ("average.", average), ("moment1.", optimiser.firstMoment),
                ("moment2.", optimiser.secondMoment),
            ],
            steps: training.steps)
    }

    /// Writes a checkpoint folder: ``FlowTrainer/fileName``, from which training goes on, and ``FlowPolicy/fileName``.
    ///
    /// - Throws: ``PolicyError/storage(path:message:)`` with the system's reason.
    public func save(to folder: String) throws(PolicyError) {
        try checkpoint.save(step: step, to: folder)
        try policy().save(to: folder + "/" + FlowPolicy.fileName)
    }

    /// Goes on where a checkpoint folder stopped: further updates give the same bytes as if there had been no stop.
    ///
    /// - Throws: ``PolicyError/checkpoint(path:message:)`` if the checkpoint is missing or damaged, or comes from another
    ///   configuration, seed or set of demonstrations. The trainer is then as before.
    public func resume(from folder: String) throws(PolicyError) { step = try checkpoint.resume(from: folder) }
}
