import Learning
import Policies

/// Measures the base policy alone and together with a small policy, in lockstep, over fixed initial states.
struct CompositeEvaluation {
    let context: JobContext
    let base: any ChunkPolicy

    /// The base policy alone.
    ///
    /// - Throws: ``JobError`` if a signal ended it.
    func baseAlone(label: String, seed: UInt64, episodes: Int) throws -> [EpisodeResult] {
        let (context, base, jobSeed) = (context, base, context.job.seed)
        return try Evaluation(context: context, label: label, seed: seed) {
            .policy(try context.makeWorker(base.makeReplica(), mode: .immediate), seed: jobSeed)
        }.run(episodes: episodes, workers: context.job.evaluation.workers)
    }

    /// The base policy and the small policy's most likely actions; or an ensemble's small policy by itself.
    ///
    /// - Throws: ``JobError`` if a signal ended it.
    func composite(
        _ small: SmallPolicy, label: String, actsAlone: Bool = false, seed: UInt64, episodes: Int
    ) throws -> [EpisodeResult] {
        let (context, base, jobSeed) = (context, base, context.job.seed)
        return try Evaluation(context: context, label: label, seed: seed) {
            .composed(
                try context.makeWorker(base.makeReplica(), mode: .immediate), seed: jobSeed,
                actor: SmallPolicyActor(small, behaviour: .mode, seed: jobSeed, actsAlone: actsAlone))
        }.run(episodes: episodes, workers: context.job.evaluation.workers)
    }

    /// The policies that do not learn, on the initial states of the final evaluation.
    ///
    /// - Throws: ``JobError`` if a signal ended it.
    func references(_ cloned: SmallPolicy) throws -> [ImprovementLine.Reference] {
        let episodes = context.job.evaluation.episodes
        let seed = EpisodeSeeds.evaluation(0, job: context.job)
        let alone = try baseAlone(label: "base alone", seed: seed, episodes: episodes)
        let composite = try composite(cloned, label: "step zero", seed: seed, episodes: episodes)
        // A correction is nothing without what it corrects.
        let clonedAlone =
            cloned.composition.kind == .residual
            ? composite
            : try self.composite(cloned, label: "cloned alone", actsAlone: true, seed: seed, episodes: episodes)
        return [
            .init(step: 0, name: .base, success: SuccessRate(alone)),
            .init(step: 0, name: .cloned, success: SuccessRate(clonedAlone)),
            .init(step: 0, name: .stepZero, success: SuccessRate(composite)),
        ]
    }

    /// Success on the initial states that are looked at on the way.
    ///
    /// - Throws: ``JobError`` if a signal ended it.
    func onTheWay(_ small: SmallPolicy, step: Int, updates: Int) throws -> ImprovementLine.Evaluation {
        let settings = context.job.improve
        let results = try composite(
            small, label: "evaluating at step \(step)", seed: settings.evaluationSeed,
            episodes: settings.evaluationEpisodes)
        let lengths = results.filter(\.isSuccess).map { Double($0.steps) }
        return ImprovementLine.Evaluation(
            step: step, updates: updates, success: SuccessRate(results),
            meanSuccessSteps: lengths.isEmpty ? nil : lengths.reduce(0, +) / Double(lengths.count))
    }

    /// Success on fresh initial states.
    ///
    /// - Throws: ``JobError`` if a signal ended it.
    func final(_ small: SmallPolicy, step: Int, policyStep: Int) throws -> ImprovementLine.Final {
        let results = try composite(
            small, label: "final", seed: EpisodeSeeds.evaluation(0, job: context.job),
            episodes: context.job.evaluation.episodes)
        return ImprovementLine.Final(step: step, policyStep: policyStep, success: SuccessRate(results))
    }
}

extension SuccessRate {
    /// How episodes went.
    init(_ results: [EpisodeResult]) {
        self.init(successes: results.count { $0.isSuccess }, trials: results.count)
    }
}
