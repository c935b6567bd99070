import Foundation
import Learning
import Numerics
import Policies

extension JobConfiguration.ImproveSettings {
    /// How a small policy with an action of this size is joined with the base policy.
    func makeComposition(actionSize: Int) throws(LearningError) -> Composition {
        let reach = Array(repeating: Float(reach), count: actionSize - 1) + [Float(gripperReach)]
        return switch composition {
        case .ensemble: try .ensemble(baseShare: Float(baseShare), range: reach)
        case .residual: try .residual(scales: reach)
        }
    }

    /// How the learner learns, for a coherent reward that is shifted by `shift`.
    func learnerConfiguration(shift: Double) -> LearnerConfiguration {
        var learner = LearnerConfiguration(
            objective: LearningObjective(rawValue: method.rawValue) ?? .coherent, shift: Float(shift))
        if method == .coherentAndSuccess { learner.reward.coherent = Float(coherentWeight) }
        // Coherent rewards are of order one, and their sums of the order of the steps that count.
        if learner.reward.success == 0 { learner.valueScale *= (1 - learner.discount) / (1 - Float(discount)) }
        learner.discount = Float(discount)
        learner.batchSize = batchSize
        learner.demonstrationShare = Float(demonstrationShare)
        learner.criticHidden = [criticHidden, criticHidden]
        learner.policyDelay = policyDelay
        learner.policyRate = Float(policyRate)
        learner.divergenceTarget = Float(divergenceTarget)
        learner.divergenceRise = divergenceRise
        learner.divergenceLimit = max(1.5, 2.5 * Float(divergenceTarget))
        learner.divergenceWeight = Float(divergenceWeight)
        learner.gradientPenalty = Float(gradientPenalty)
        learner.refinementInterval = refineEvery
        learner.actingRate = Float(actingRate)
        learner.exploration = Float(exploration)
        learner.critic = critic == .plain ? .plain : .categorical
        return learner
    }
}

extension JobConfiguration.ImproveSettings {
    /// The shape of the small policy's network.
    var smallShape: StationaryConfiguration {
        var shape = StationaryConfiguration()
        (shape.features, shape.bottleneck) = (features, bottleneck)
        shape.take(deviationFloor: Float(deviationFloor))
        return shape
    }

    /// What to say where the values do not see to the end of demonstrations of this many steps, and what would.
    func advice(demonstrationSteps: Double) -> String? {
        let sight = 1 / (1 - discount)
        guard demonstrationSteps > 1.6 * sight else { return nil }
        let longer = Results.rounded(1 - 1.25 / demonstrationSteps, digits: 4)
        return
            "demonstrations take \(Int(demonstrationSteps.rounded())) steps, and values with the discount \(discount) hardly see beyond \(Int(sight.rounded())): learning may come to prefer standing still; 'discount: \(longer)' would see their ends"
    }

    /// Whether they fit together, as far as that can be said before anything was cloned.
    ///
    /// - Throws: ``JobError`` naming the job file.
    func check(_ context: JobContext) throws(JobError) {
        do {
            try learnerConfiguration(shift: 0).check()
            _ = try makeComposition(actionSize: context.setting.actionSize)
        } catch {
            throw JobError(.badFile, "\(context.job.path): improve: \(error)")
        }
        guard cloningSteps == 0 else { return }
        guard composition == .residual, method == .sparse else {
            throw JobError(
                .badFile,
                "\(context.job.path): improve: 'cloning_steps: 0' begins with no correction of the base policy, which only 'composition: residual' can, and without a cloned policy for a reward: 'method: sparse'"
            )
        }
    }
}

extension SmallPolicy {
    /// Whether this is the policy that the job would clone.
    ///
    /// - Throws: ``JobError`` if the job was changed since.
    func check(fits context: JobContext, in run: RunFolder) throws {
        let settings = context.job.improve
        let wanted = try settings.makeComposition(actionSize: purpose.actionSize)
        guard composition == wanted, network.configuration == settings.smallShape,
            detail.octaves == settings.detail
        else {
            throw JobError(
                .badFile,
                "\(run.path): its small policy is of the kind '\(composition.kind.rawValue)' with \(network.configuration.features) features; \(context.job.path) asks for another one (composition, base_share, reach, gripper_reach, features, bottleneck, detail or deviation_floor); go on with the job that it began with"
            )
        }
    }
}

extension SmallPolicy {
    /// Whether this base policy's chunks are as long as those that it was cloned beside: it sees how far a chunk has come.
    ///
    /// - Throws: ``JobError`` naming where the small policy comes from.
    func check(fits base: any ChunkPolicy, path: String) throws(JobError) {
        guard base.horizon == horizon else {
            throw JobError(
                .badFile,
                "\(path): its small policy belongs to a base policy with chunks of \(horizon) actions; this one's have \(base.horizon)"
            )
        }
    }
}

extension DemonstrationSet {
    /// Whether something is shown at all. The reward's gates would take a cloned policy that is surer in one state than in
    /// another for variety, and the noise on the gripper's labels as well.
    ///
    /// - Throws: ``JobError`` if every demonstrated motion is the same.
    func checkVariety(_ context: JobContext) throws(JobError) {
        let deviations = (0..<actionSize - 1).map { component in
            let values = episodes.flatMap { episode in
                stride(from: component, to: episode.actions.count, by: actionSize).map { Double(episode.actions[$0]) }
            }
            let mean = values.reduce(0, +) / Double(values.count)
            return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot()
        }
        let (largest, needed) = (deviations.max() ?? 0, RewardGates().smallestDeviation)
        guard largest < needed else { return }
        throw JobError(
            .badFile,
            "\(context.job.path): nothing can be learnt from these demonstrations: their motion hardly varies (deviation \(Results.rounded(largest, digits: 4)) of a full action, at least \(needed) needed); record some that do the task"
        )
    }
}

extension DemonstrationRows {
    /// Asks the base policy and shows how far it is.
    ///
    /// - Throws: `PolicyError`, `LearningError`, and ``JobError`` if a signal ended it.
    init(
        showing demonstrations: DemonstrationSet, base: any ChunkPolicy, context: JobContext, composition: Composition
    ) throws {
        try demonstrations.checkVariety(context)
        let progress = Progress("proposing", total: demonstrations.episodes.count)
        try self.init(
            demonstrations, base: base, context: context, composition: composition
        ) {
            progress.update($0)
            try TerminationWatch.throwIfSignalled()
        }
        let clipped = String(format: "%.1f %%", 100 * clipped)
        progress.finish("\(demonstrations.episodes.count) demonstrations, \(clipped) of the labels beyond reach")
        let settings = context.job.improve
        let steps = Double(set.inputs.rows) / Double(set.episodeLengths.count)
        if settings.method != .cloning, let advice = settings.advice(demonstrationSteps: steps) {
            StandardError.write("warning: \(context.job.path): \(advice)\n")
        }
    }
}

extension ImprovementLine.Reward {
    /// What was measured before learning.
    init(_ measured: RewardMeasurement) {
        self.init(
            step: 0, demonstrationMean: measured.demonstrationMean,
            demonstrationDeviation: measured.demonstrationDeviation, randomMean: measured.randomMean,
            modeQuantile: measured.modeQuantile, medianDeviation: measured.medianDeviation)
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
        edgeAtoms = finite(metrics.edgeAtoms)
        skippedUpdates = metrics.skippedUpdates
    }
}
