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
        let reward: RewardMix =
            switch method {
            case .coherent: .coherent(shift: Float(shift))
            case .coherentAndSuccess:
                RewardMix(coherent: Float(coherentWeight), shift: Float(shift), success: 1)
            case .sparse: .sparse
            }
        var learner = LearnerConfiguration(reward: reward)
        learner.discount = Float(discount)
        learner.batchSize = batchSize
        learner.criticHidden = [criticHidden, criticHidden]
        learner.policyDelay = policyDelay
        learner.policyRate = Float(policyRate)
        learner.divergenceTarget = Float(divergenceTarget)
        learner.divergenceLimit = max(1.5, 2.5 * Float(divergenceTarget))
        learner.divergenceWeight = Float(divergenceWeight)
        learner.gradientPenalty = Float(gradientPenalty)
        learner.refinementInterval = refineEvery
        if method != .coherent {
            // Returns of success are about 1, those of the coherent reward about 10.
            learner.valueScale = 1
        }
        return learner
    }
}

/// A cloned small policy and what the learner starts from.
struct ClonedPolicy {
    /// The policy.
    let small: SmallPolicy
    /// What its coherent reward says.
    let measurement: RewardMeasurement
    /// Likelihood of held-out demonstrations, nats.
    let heldOut: Double

    /// Clones a small policy from rows of demonstrations.
    ///
    /// - Parameters:
    ///   - rows: of the demonstrations.
    ///   - context: the job; its improvement settings say how long.
    ///   - composition: goes with the rows' labels.
    ///   - horizon: actions in a chunk of the base policy.
    ///   - progress: told how many updates are done; throws to end it.
    /// - Throws: `LearningError`.
    init(
        _ rows: DemonstrationRows, context: JobContext, composition: Composition, horizon: Int,
        progress: (Int) throws -> Void
    ) throws {
        let settings = context.job.improve
        let actionSize = context.setting.actionSize
        var shape = StationaryConfiguration()
        shape.features = settings.features
        shape.take(deviationFloor: Float(settings.deviationFloor))
        let network = StationaryNetwork(
            configuration: shape,
            inputs: SmallPolicy.inputs(
                of: composition.kind, layout: context.task.observationLayout, actionSize: actionSize),
            actionSize: actionSize)
        var training = CloningTraining()
        training.steps = settings.cloningSteps
        let trainer = try CloningTrainer(
            network: network, training: training, set: rows.set, seed: context.job.seed)
        while trainer.step < training.steps {
            try trainer.update()
            if trainer.step % 50 == 0 { try progress(trainer.step) }
        }
        heldOut = trainer.bestHeldOut
        small = try SmallPolicy(
            purpose: context.purpose, composition: composition, network: network, parameters: trainer.best,
            normaliser: rows.normaliser, horizon: horizon, version: 0)
        let reward = try CoherentReward(
            configuration: CoherentRewardConfiguration(), network: network, cloned: trainer.best, capacity: 256)
        measurement = try RewardMeasurement(
            of: reward, on: rows.set, rows: trainer.heldOutRows, seed: context.job.seed)
    }
}
