import Learning

/// Where another improvement began: its cloned policy, and what was measured before it learnt. One that differs in how it
/// learns need not clone and measure the same again.
struct ImprovementStart {
    let run: RunFolder
    let cloned: SmallPolicy
    let state: ImprovementState

    /// - Parameters:
    ///   - path: the improvement's run folder.
    ///   - context: the job that is to begin there.
    /// - Throws: ``JobError`` or `LearningError` if that run has not come to its start, or is one of another job.
    init(of path: String, for context: JobContext) throws {
        run = try RunFolder(existing: path)
        guard let state = try ImprovementState.load(run) else {
            throw JobError(
                .badFile,
                "\(path): this run has no small policy yet that was cloned and measured; name an improvement that has begun to learn, or leave --start out"
            )
        }
        self.state = state
        cloned = try SmallPolicy(checkpoint: run.checkpoints + "/" + Improvement.clonedFileName, for: context.purpose)
        try cloned.check(fits: context, in: run)
        guard state.states == InitialStates(context.job.evaluation) else {
            throw misfit("its success was measured from other initial states")
        }
    }

    /// The error of a run that began elsewhere.
    func misfit(_ what: String) -> JobError {
        JobError(
            .badFile,
            "\(run.path): \(what); leave --start out, or name a run of the same seed, policy, demonstrations and evaluation"
        )
    }
}

/// Which initial states something was measured on.
struct InitialStates: Codable, Equatable {
    /// The first one's seed; each further one has the next.
    var seed: UInt64
    /// How many.
    var episodes: Int

    /// Those of a final evaluation.
    init(_ evaluation: JobConfiguration.EvaluationSettings) {
        (seed, episodes) = (evaluation.seed, evaluation.episodes)
    }
}
