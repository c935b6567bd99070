import Foundation
import Learning
import Numerics
import Policies

/// An improvement under way: the learner, the environments that it learns from, and what has been measured.
final class Improvement {
    /// The base policy's file in a run's checkpoints.
    static let baseFileName = "base.safetensors"
    /// The cloned policy's file in a run's checkpoints.
    static let clonedFileName = "cloned.safetensors"

    let context: JobContext
    let base: FlowPolicy
    let folder: RunFolder
    let log: MetricsLog
    let cloned: SmallPolicy
    let learner: CoherentLearner
    var state: ImprovementState

    private var settings: JobConfiguration.ImproveSettings { context.job.improve }

    /// Begins: clones the small policy, checks that its reward can be learnt from, pretrains the critics, and measures where
    /// the improvement starts.
    ///
    /// - Throws: what is wrong with demonstrations or settings, and ``JobError`` if a gate is not passed.
    init(
        context: JobContext, base: FlowPolicy, demonstrations: DemonstrationSet, folder: RunFolder, log: MetricsLog
    ) throws {
        (self.context, self.base, self.folder, self.log) = (context, base, folder, log)
        let composition = try context.job.improve.makeComposition(actionSize: context.setting.actionSize)
        let rows = try Self.rows(demonstrations, base, context, composition)
        let clone = try Self.clone(rows, context, composition, horizon: base.horizon)
        cloned = clone.small
        state = ImprovementState(measurement: clone.measurement)
        learner = try Self.makeLearner(context, cloned, clone.measurement, rows)
        rows.tell(learner.demonstrations)
        let measured = clone.measurement
        try log.append(
            ImprovementLine.reward(
                .init(
                    step: 0, demonstrationMean: measured.demonstrationMean,
                    demonstrationDeviation: measured.demonstrationDeviation, randomMean: measured.randomMean,
                    modeQuantile: measured.modeQuantile, medianDeviation: measured.medianDeviation)))
        try base.save(to: folder.checkpoints + "/" + Self.baseFileName)
        try cloned.save(to: folder.checkpoints + "/" + Self.clonedFileName)
        try cloned.save(to: folder.checkpoints + "/" + SmallPolicy.fileName)
        try measureReferences()
        try pretrain()
        try state.save(learner, run: folder)
    }

    /// Goes on where a run was cut off.
    ///
    /// - Throws: what is wrong with its files.
    init(
        resuming state: ImprovementState, context: JobContext, base: FlowPolicy, demonstrations: DemonstrationSet,
        folder: RunFolder, log: MetricsLog
    ) throws {
        (self.context, self.base, self.folder, self.log, self.state) = (context, base, folder, log, state)
        cloned = try SmallPolicy(checkpoint: folder.checkpoints + "/" + Self.clonedFileName, for: context.purpose)
        let rows = try Self.rows(demonstrations, base, context, cloned.composition)
        learner = try Self.makeLearner(context, cloned, state.measurement, rows)
        try learner.resume(from: folder.checkpoints + "/" + state.learner)
    }

    private static func rows(
        _ demonstrations: DemonstrationSet, _ base: FlowPolicy, _ context: JobContext, _ composition: Composition
    ) throws -> DemonstrationRows {
        let progress = Progress("proposing", total: demonstrations.episodes.count)
        let rows = try DemonstrationRows(
            demonstrations, base: base, setting: context.setting, composition: composition, seed: context.job.seed
        ) {
            progress.update($0)
            try throwIfTerminated()
        }
        let clipped = String(format: "%.1f %%", 100 * rows.clipped)
        progress.finish("\(demonstrations.episodes.count) demonstrations, \(clipped) of the labels beyond reach")
        return rows
    }

    private static func clone(
        _ rows: DemonstrationRows, _ context: JobContext, _ composition: Composition, horizon: Int
    ) throws -> ClonedPolicy {
        let settings = context.job.improve
        let progress = Progress("cloning", total: settings.cloningSteps)
        let clone = try ClonedPolicy(rows, context: context, composition: composition, horizon: horizon) {
            progress.update($0)
            try throwIfTerminated()
        }
        let measured = clone.measurement
        progress.finish(
            "reward \(Results.rounded(measured.demonstrationMean, digits: 3)) on demonstrations, "
                + "\(Results.rounded(measured.randomMean, digits: 3)) on random actions")
        let failures = RewardGates().failures(of: measured)
        guard failures.isEmpty else {
            throw JobError(
                .failure,
                "\(context.job.path): nothing can be learnt from these demonstrations: "
                    + failures.map(\.description).joined(separator: "; "))
        }
        return clone
    }

    private static func makeLearner(
        _ context: JobContext, _ cloned: SmallPolicy, _ measurement: RewardMeasurement, _ rows: DemonstrationRows
    ) throws -> CoherentLearner {
        let settings = context.job.improve
        func replay(_ capacity: Int) throws -> ReplayBuffer {
            try ReplayBuffer(
                shape: .init(
                    capacity: capacity, stateSize: cloned.stateSize, actionSize: context.setting.actionSize,
                    returnSteps: settings.returnSteps))
        }
        let episodes = rows.set.episodeLengths
        let longest = settings.steps + (settings.environments + 1) * context.setting.horizon
        return try CoherentLearner(
            configuration: settings.learnerConfiguration(shift: measurement.modeQuantile), network: cloned.network,
            cloned: cloned.parameters,
            demonstrations: try replay(rows.set.inputs.rows + 2 * episodes.count + 3 * settings.returnSteps + 3),
            experience: try replay(min(settings.replay, max(longest, 1000))), seed: context.job.seed)
    }

    /// Throws if a signal asked for the end.
    static func throwIfTerminated() throws(JobError) {
        if let signal = TerminationWatch.status() { throw JobError(signal, "stopped by a signal before learning began") }
    }

    private func pretrain() throws {
        let progress = Progress("pretraining", total: settings.pretrainingSteps)
        while learner.pretrainingStep < settings.pretrainingSteps {
            try learner.pretrain()
            progress.update(learner.pretrainingStep, note: "error \(Results.rounded(learner.metrics.criticError, digits: 3))")
            try Self.throwIfTerminated()
        }
        progress.finish("critics' error \(Results.rounded(learner.metrics.criticError, digits: 3))")
    }

    // MARK: - Measuring

    private func measureReferences() throws {
        let episodes = context.job.evaluation.episodes
        let seed = EpisodeSeeds.evaluation(0, job: context.job)
        func measure(_ name: ImprovementLine.Reference.Name, _ results: [EpisodeResult]) throws {
            let line = ImprovementLine.Reference(step: 0, name: name, success: SuccessRate(results))
            state.references.append(line)
            try log.append(ImprovementLine.reference(line))
        }
        let (base, cloned, jobSeed) = (base, cloned, context.job.seed)
        let alone = try Evaluation(context: context, label: "base alone", seed: seed) {
            .policy(PolicyWorker(policy: try base.replica(), mode: .immediate), seed: jobSeed)
        }.run(episodes: episodes, workers: context.job.evaluation.workers)
        try measure(.base, alone)
        let composite = try evaluate(cloned, label: "step zero", seed: seed, episodes: episodes)
        if cloned.composition.kind == .ensemble {
            try measure(
                .cloned,
                try evaluate(cloned, label: "cloned alone", actsAlone: true, seed: seed, episodes: episodes))
        } else {
            // A correction is nothing without what it corrects.
            try measure(.cloned, composite)
        }
        try measure(.stepZero, composite)
    }

    private func evaluate(
        _ small: SmallPolicy, label: String, actsAlone: Bool = false, seed: UInt64, episodes: Int
    ) throws -> [EpisodeResult] {
        let (base, jobSeed) = (base, context.job.seed)
        return try Evaluation(context: context, label: label, seed: seed) {
            .composed(
                PolicyWorker(policy: try base.replica(), mode: .immediate), seed: jobSeed,
                actor: SmallPolicyActor(small, behaviour: .mode, seed: jobSeed, actsAlone: actsAlone))
        }.run(episodes: episodes, workers: context.job.evaluation.workers)
    }

    /// Measures the policy as it is now, on the initial states that are looked at on the way.
    private func evaluateNow() throws {
        let results = try evaluate(
            try currentPolicy(), label: "evaluating at step \(state.steps)", seed: settings.evaluationSeed,
            episodes: settings.evaluationEpisodes)
        let lengths = results.filter(\.isSuccess).map { Double($0.steps) }
        let line = ImprovementLine.Evaluation(
            step: state.steps, updates: learner.step, success: SuccessRate(results),
            meanSuccessSteps: lengths.isEmpty ? nil : lengths.reduce(0, +) / Double(lengths.count))
        state.evaluations.append(line)
        state.nextEvaluation = (state.steps / settings.evaluateEvery + 1) * settings.evaluateEvery
        try log.append(ImprovementLine.evaluation(line))
    }

    private func currentPolicy() throws -> SmallPolicy {
        try cloned.with(learner.policy.duplicate(), version: UInt64(learner.step))
    }

    // MARK: - Learning

    /// Learns to the last step.
    func run() throws -> ImprovementResult {
        let rounds = try ExperienceRounds(
            context: context, base: base, small: cloned, count: settings.environments,
            exploration: Float(settings.exploration))
        let progress = Progress("improving", total: settings.steps)
        while true {
            if state.steps >= state.nextEvaluation {
                try state.save(learner, run: folder)
                try stoppable { try evaluateNow() }
                try state.save(learner, run: folder)
                try currentPolicy().save(to: folder.checkpoints + "/" + SmallPolicy.fileName)
            }
            if state.steps >= settings.steps { break }
            try runRound(rounds)
            progress.update(state.steps, note: note)
            if let signal = TerminationWatch.status() {
                try state.save(learner, run: folder)
                throw stopped(by: signal)
            }
        }
        progress.finish("\(state.steps) steps, \(learner.step) updates; \(note)")
        return try finish()
    }

    private func runRound(_ rounds: ExperienceRounds) throws {
        let requests = (0..<rounds.count).map { index in
            EpisodeRequest(
                index: state.episodes + index,
                seed: EpisodeSeeds.improvement(state.episodes + index, job: context.job))
        }
        // What is known now is learnt from while the round runs with the parameters of now.
        let updates = learner.experience.sampleableCount > 0 ? Int(state.pendingUpdates) : 0
        let outcomes = try rounds.run(requests, parameters: learner.policy, version: UInt64(learner.step)) {
            let began = ProcessInfo.processInfo.systemUptime
            for _ in 0..<updates { try learner.update() }
            state.updateSeconds += ProcessInfo.processInfo.systemUptime - began
        }
        state.pendingUpdates -= Double(updates)
        for outcome in outcomes {
            outcome.experience.tell(learner.experience, lane: 0)
            state.steps += outcome.experience.steps
            state.pendingUpdates += Double(outcome.experience.steps) * settings.updatesPerStep
            state.note(success: outcome.result.isSuccess)
            try log.append(
                ImprovementLine.episode(
                    .init(
                        step: state.steps, episode: outcome.result.request.index, seed: outcome.result.request.seed,
                        success: outcome.result.isSuccess, ending: outcome.result.ending.rawValue,
                        steps: outcome.experience.steps, saturation: outcome.experience.saturation,
                        policyVersion: outcome.experience.versions.last ?? 0)))
        }
        state.episodes += outcomes.count
        state.rounds += 1
        if state.rounds % 5 == 0 { try logLearning(outcomes) }
    }

    private func logLearning(_ outcomes: [ExperienceRounds.Outcome]) throws {
        let metrics = learner.metrics
        var line = ImprovementLine.Learning(step: state.steps, updates: learner.step)
        line.updatesPerSecond = updatesPerSecond
        line.trainingSuccess = Double(state.recent.count { $0 }) / Double(max(state.recent.count, 1))
        line.saturation = outcomes.reduce(0) { $0 + $1.experience.saturation } / Double(max(outcomes.count, 1))
        line.divergenceTarget = settings.divergenceTarget
        line.randomReward = state.measurement.randomMean
        line.take(metrics)
        try log.append(ImprovementLine.learning(line))
    }

    private var updatesPerSecond: Double { Double(learner.step) / max(state.updateSeconds, 1e-9) }

    private var note: String {
        let success = state.recent.isEmpty ? 0 : Double(state.recent.count { $0 }) / Double(state.recent.count)
        return "exploring \(Results.percent(success)), KL \(Results.rounded(learner.metrics.divergence, digits: 2)), "
            + "\(Int(updatesPerSecond)) updates/s"
    }

    private func stopped(by signal: ExitStatus) -> JobError {
        JobError(signal, "stopped by a signal at step \(state.steps); go on with --resume \(folder.path)")
    }

    private func stoppable(_ body: () throws -> Void) throws {
        do {
            try body()
        } catch let error as JobError {
            guard let signal = TerminationWatch.status() else { throw error }
            throw stopped(by: signal)
        }
    }

    private func finish() throws -> ImprovementResult {
        var results: [EpisodeResult] = []
        try stoppable {
            results = try evaluate(
                try currentPolicy(), label: "final", seed: EpisodeSeeds.evaluation(0, job: context.job),
                episodes: context.job.evaluation.episodes)
        }
        let final = SuccessRate(results)
        try log.append(ImprovementLine.final(.init(step: state.steps, success: final)))
        let evaluations = state.evaluations.map { SuccessRate(successes: $0.successes, trials: $0.episodes) }
        func reference(_ name: ImprovementLine.Reference.Name) -> ImprovementResult.Rate {
            let line = state.references.first { $0.name == name }
            return .init(SuccessRate(successes: line?.successes ?? 0, trials: line?.episodes ?? 0))
        }
        return ImprovementResult(
            base: reference(.base), cloned: reference(.cloned), stepZero: reference(.stepZero), final: .init(final),
            lowest: .init(evaluations.min { $0.rate < $1.rate } ?? final),
            best: .init(evaluations.max { $0.rate < $1.rate } ?? final), steps: state.steps,
            updatesPerSecond: updatesPerSecond, method: settings.method.rawValue,
            composition: settings.composition.rawValue, seed: context.job.seed, run: folder.path)
    }
}

extension SuccessRate {
    /// How episodes went.
    init(_ results: [EpisodeResult]) {
        self.init(successes: results.count { $0.isSuccess }, trials: results.count)
    }
}

extension ImprovementLine.Learning {
    /// Takes over what the learner measured, as far as it is a number.
    mutating func take(_ metrics: LearnerMetrics) {
        func finite(_ value: Double) -> Double? { value.isFinite ? value : nil }
        criticError = finite(metrics.criticError)
        value = finite(metrics.value)
        demonstrationReward = finite(metrics.demonstrationReward)
        experienceReward = finite(metrics.experienceReward)
        divergence = finite(metrics.divergence)
        divergenceWeight = finite(metrics.divergenceWeight)
        deviation = finite(metrics.deviation)
        policyGradientNorm = finite(metrics.policyGradientNorm)
        criticGradientNorm = finite(metrics.criticGradientNorm)
        slope = finite(metrics.slope)
    }
}
