import Foundation
import Learning
import Numerics
import Policies

/// An improvement under way: the learner, what it has been told, and what has been measured. Who drives the robot meanwhile is
/// not its concern.
final class Improvement {
    /// The cloned policy's file in a run's checkpoints.
    static let clonedFileName = "cloned.safetensors"
    /// The small policy of the best evaluation on the way.
    static let bestFileName = "best.safetensors"

    let context: JobContext
    let base: any ChunkPolicy
    let folder: RunFolder
    let cloned: SmallPolicy
    let learner: CoherentLearner
    private(set) var state: ImprovementState
    private let log: MetricsLog
    private var lastSaturation = 0.0

    var settings: JobConfiguration.ImproveSettings { context.job.improve }
    private var evaluation: CompositeEvaluation { CompositeEvaluation(context: context, base: base) }

    /// Begins, or goes on with what a run that was cut off has left.
    ///
    /// - Throws: what is wrong with demonstrations, settings or files, and ``JobError`` if a gate is not passed.
    convenience init(_ input: ImprovementInput) throws {
        let state = input.isResuming ? try ImprovementState.load(input.folder) : nil
        let log = try MetricsLog(path: input.folder.metrics, keepingLines: state.map(\.lines) ?? 0)
        if let state {
            try self.init(resuming: state, input, log: log)
        } else {
            do {
                try self.init(beginning: input, log: log)
            } catch let error as JobError {
                throw Self.resumable(error, run: input.folder, step: 0)
            }
        }
        if input.isResuming { try input.writeManifest() }
        try pretrain()
    }

    /// Clones the small policy, checks that its reward can be learnt from, and measures where the improvement starts.
    private init(beginning input: ImprovementInput, log: MetricsLog) throws {
        (context, base, folder, self.log) = (input.context, input.base, input.folder, log)
        // First of all: a run that is cut off from here on can be gone on with.
        try input.keepBase()
        let composition = try context.job.improve.makeComposition(actionSize: context.setting.actionSize)
        let rows = try DemonstrationRows(
            showing: input.demonstrations, base: base, context: context, composition: composition)
        let clone =
            if let start = input.start {
                try ClonedPolicy(start, rows: rows, context: input.context)
            } else {
                try ClonedPolicy(
                    showing: rows, context: input.context, composition: composition, horizon: input.base.horizon,
                    checkpoints: input.folder.checkpoints)
            }
        try clone.check(context)
        cloned = clone.small
        state = ImprovementState(
            states: InitialStates(context.job.evaluation), measurement: clone.measurement)
        learner = try Self.makeLearner(context, cloned, clone.measurement, rows)
        try log.append(ImprovementLine.reward(.init(clone.measurement)))
        try cloned.save(to: folder.checkpoints + "/" + Self.clonedFileName)
        try cloned.save(to: folder.checkpoints + "/" + SmallPolicy.fileName)
        state.references = try input.start?.state.references ?? evaluation.references(cloned)
        for line in state.references { try log.append(ImprovementLine.reference(line)) }
        try save()
        // What cloning has saved on its way is not needed from here on.
        let cloning = folder.checkpoints + "/" + CloningTrainer.fileName
        if FileManager.default.fileExists(atPath: cloning) { try FileManager.default.removeItem(atPath: cloning) }
    }

    private init(resuming state: ImprovementState, _ input: ImprovementInput, log: MetricsLog) throws {
        (context, base, folder, self.log) = (input.context, input.base, input.folder, log)
        self.state = state
        cloned = try SmallPolicy(checkpoint: folder.checkpoints + "/" + Self.clonedFileName, for: context.purpose)
        try cloned.check(fits: context, in: folder)
        try cloned.check(fits: base, path: folder.path)
        let rows = try DemonstrationRows(
            showing: input.demonstrations, base: base, context: context, composition: cloned.composition)
        learner = try Self.makeLearner(context, cloned, state.measurement, rows)
        try learner.resume(from: folder.checkpoints + "/" + state.learner)
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
        let demonstrations = try replay(
            rows.set.inputs.rows + 2 * rows.set.episodeLengths.count + 3 * settings.returnSteps + 3)
        // A learner measures the range of its values on the demonstrations when it is made.
        rows.tell(demonstrations)
        let longest = settings.steps + (settings.environments + 1) * context.setting.horizon
        return try CoherentLearner(
            configuration: settings.learnerConfiguration(shift: measurement.modeQuantile), network: cloned.network,
            cloned: cloned.parameters, demonstrations: demonstrations,
            experience: try replay(min(settings.replay, max(longest, 1000))), seed: context.job.seed)
    }

    /// Pretrains the critics, unless that is done.
    private func pretrain() throws {
        guard state.steps == 0, learner.pretrainingStep < settings.pretrainingSteps else { return }
        func error() -> String { "critics' error \(Results.rounded(learner.metrics.criticError, digits: 3))" }
        let (progress, begun) = (Progress("pretraining", total: settings.pretrainingSteps), learner.pretrainingStep)
        while learner.pretrainingStep < settings.pretrainingSteps {
            try learner.pretrain()
            progress.update(learner.pretrainingStep, since: begun, note: error())
            if let signal = TerminationWatch.status() {
                try save()
                throw stopped(by: signal)
            }
        }
        progress.finish(error())
        try save()
    }

    // MARK: - Learning

    /// Takes in an episode.
    ///
    /// - Throws: ``JobError`` if the disk does not take its line.
    func absorb(_ experience: EpisodeExperience) throws {
        experience.tell(learner.experience, lane: 0)
        state.take(experience, updatesPerStep: settings.updatesPerStep)
        lastSaturation = experience.saturation
        try log.append(
            ImprovementLine.episode(
                .init(
                    step: state.steps, episode: state.episodes - 1, seed: experience.seed,
                    success: experience.isSuccess, ending: experience.ending?.rawValue ?? "", steps: experience.steps,
                    saturation: experience.saturation, policyVersion: experience.versions.last ?? 0)))
        try rollBackIfWorse()
        if state.episodes % 10 == 0 { try logLearning() }
    }

    /// Updates that the steps so far call for.
    var dueUpdates: Int { learner.experience.sampleableCount > 0 ? Int(state.pendingUpdates) : 0 }

    /// Makes updates, which must be due.
    ///
    /// - Throws: `LearningError` if too many numbers are not finite.
    func learn(updates: Int) throws {
        let began = ProcessInfo.processInfo.systemUptime
        for _ in 0..<updates { try learner.update() }
        state.updateSeconds += ProcessInfo.processInfo.systemUptime - began
        state.pendingUpdates -= Double(updates)
    }

    /// Puts the policy back to step 0 if the last episodes went worse than the base alone, by more than their interval.
    private func rollBackIfWorse() throws {
        guard settings.rollsBack, learner.step > settings.policyDelay, let rolling = state.rolling,
            let base = state.references.first(where: { $0.name == .base }), rolling.interval.upperBound < base.rate
        else { return }
        learner.rollBack()
        state.recent.removeAll()
        try log.append(ImprovementLine.rollback(.init(step: state.steps, rate: rolling.rate, base: base.rate)))
    }

    private func logLearning() throws {
        var line = ImprovementLine.Learning(step: state.steps, updates: learner.step)
        line.updatesPerSecond = updatesPerSecond
        line.trainingSuccess = state.recentRate
        line.saturation = lastSaturation
        line.divergenceTarget = Double(learner.divergenceTarget)
        line.randomReward = state.measurement.randomMean
        line.take(learner.metrics)
        try log.append(ImprovementLine.learning(line))
    }

    /// Updates for each second that was spent on them.
    var updatesPerSecond: Double { Double(learner.step) / max(state.updateSeconds, 1e-9) }

    /// How it goes, for people.
    var note: String {
        "exploring \(Results.percent(state.recentRate ?? 0)), KL \(Results.rounded(learner.metrics.divergence, digits: 2)), "
            + "\(Int(updatesPerSecond)) updates/s"
    }

    /// The policy as it is now.
    func currentPolicy() throws -> SmallPolicy {
        try cloned.with(learner.acting.duplicate(), version: UInt64(learner.step))
    }

    /// Brings everything to disk.
    ///
    /// - Throws: ``JobError`` or `LearningError` if the disk does not take it.
    func save() throws {
        state.lines = log.count
        try state.save(learner, run: folder)
        try currentPolicy().save(to: folder.checkpoints + "/" + SmallPolicy.fileName)
    }

    // MARK: - Measuring

    /// Measures the policy as it is now, if that is due.
    ///
    /// - Throws: ``JobError`` if a signal ended it; what was learnt is on disk then.
    func evaluateIfDue() throws {
        if state.steps >= state.nextEvaluation { try evaluate() }
    }

    /// Measures the policy as it is now.
    ///
    /// - Throws: as ``evaluateIfDue()``.
    func evaluate() throws {
        try save()
        let policy = try currentPolicy()
        let line = try resumable {
            try evaluation.onTheWay(policy, step: state.steps, updates: learner.step)
        }
        state.evaluations.append(line)
        state.nextEvaluation = (state.steps / settings.evaluateEvery + 1) * settings.evaluateEvery
        try log.append(ImprovementLine.evaluation(line))
        // Of equally good ones the latest has learnt the most.
        if line.rate >= state.best?.rate ?? 0 {
            try policy.save(to: folder.checkpoints + "/" + Self.bestFileName)
            state.best = line
        }
        try rollBackToBest(line)
        try save()
    }

    /// Puts the policy back to that of the best evaluation if this one is surely worse, and holds it closer from then on.
    private func rollBackToBest(_ line: ImprovementLine.Evaluation) throws {
        guard settings.rollsBack, let best = state.best, line.success.isSurelyBelow(best.success) else { return }
        learner.rollBack(to: try bestPolicy().parameters)
        learner.halveDivergence()
        state.recent.removeAll()
        try log.append(
            ImprovementLine.rollback(
                .init(step: state.steps, policyStep: best.step, rate: line.rate, base: best.rate)))
    }

    private func bestPolicy() throws -> SmallPolicy {
        try SmallPolicy(checkpoint: folder.checkpoints + "/" + Self.bestFileName, for: context.purpose)
    }

    /// Makes the policy of the best evaluation the run's, measures it on fresh initial states and sums up.
    ///
    /// - Throws: ``JobError`` if a signal ended it.
    func finish() throws -> ImprovementResult {
        let kept = try keptPolicy()
        try kept.policy.save(to: folder.checkpoints + "/" + SmallPolicy.fileName)
        let final = try resumable {
            try evaluation.final(kept.policy, step: state.steps, policyStep: kept.step)
        }
        try log.append(ImprovementLine.final(final))
        return ImprovementResult(
            references: state.references, evaluations: state.evaluations, final: final,
            updatesPerSecond: updatesPerSecond, context: context, folder: folder)
    }

    /// The policy that the job's settings keep, and after how many steps it was what it is.
    private func keptPolicy() throws -> (policy: SmallPolicy, step: Int) {
        guard settings.keep == .best, let best = state.best else { return (try currentPolicy(), state.steps) }
        return (try bestPolicy(), best.step)
    }

    /// The error of a run that a signal stopped between two episodes.
    func stopped(by signal: ExitStatus) -> JobError { Self.stopped(by: signal, run: folder, step: state.steps) }

    private static func stopped(by signal: ExitStatus, run: RunFolder, step: Int) -> JobError {
        JobError(signal, "stopped by a signal at step \(step); go on with --resume \(run.path)")
    }

    /// The error, or where a signal is behind it, how to go on.
    private static func resumable(_ error: JobError, run: RunFolder, step: Int) -> JobError {
        TerminationWatch.status().map { stopped(by: $0, run: run, step: step) } ?? error
    }

    private func resumable<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as JobError {
            throw Self.resumable(error, run: folder, step: state.steps)
        }
    }
}
