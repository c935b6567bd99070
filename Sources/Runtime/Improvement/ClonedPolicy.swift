import Foundation
import Learning

/// A cloned small policy and what the learner starts from.
struct ClonedPolicy {
    /// The policy.
    let small: SmallPolicy
    /// What its coherent reward says.
    let measurement: RewardMeasurement

    /// Clones a small policy from rows of demonstrations; without any updates it is the prior, which corrects nothing.
    ///
    /// - Parameters:
    ///   - rows: of the demonstrations.
    ///   - context: the job; its improvement settings say how long.
    ///   - composition: goes with the rows' labels.
    ///   - horizon: actions in a chunk of the base policy.
    ///   - checkpoints: the folder where cloning is saved on its way, and gone on with; nil for what begins anew.
    ///   - progress: told how many updates are done, and how many of them before a stop; throws to end it.
    /// - Throws: `LearningError`, and `PolicyError` if what the folder has cannot be gone on with.
    init(
        _ rows: DemonstrationRows, context: JobContext, composition: Composition, horizon: Int,
        checkpoints: String? = nil, progress: (Int, Int) throws -> Void
    ) throws {
        let settings = context.job.improve
        let actionSize = context.setting.actionSize
        let network = StationaryNetwork(
            configuration: settings.smallShape,
            inputs: SmallPolicy.inputs(
                of: composition.kind, layout: context.purpose.layout, actionSize: actionSize),
            actionSize: actionSize)
        var training = CloningTraining()
        training.steps = max(settings.cloningSteps, 1)
        let trainer = try CloningTrainer(
            network: network, training: training, set: rows.set, seed: context.job.seed)
        if let checkpoints, FileManager.default.fileExists(atPath: checkpoints + "/" + CloningTrainer.fileName) {
            try trainer.resume(from: checkpoints)
        }
        let begun = trainer.step
        while trainer.step < settings.cloningSteps {
            try trainer.update()
            // What is done between two looks at the held-out demonstrations is soon done again.
            if let checkpoints, trainer.step % training.evaluationInterval == 0 || trainer.step == training.steps {
                try trainer.save(to: checkpoints)
            }
            if trainer.step % 50 == 0 { try progress(trainer.step, begun) }
        }
        small = try SmallPolicy(
            purpose: context.purpose, composition: composition, network: network, parameters: trainer.best,
            normaliser: rows.normaliser, octaves: settings.detail, horizon: horizon, version: 0)
        measurement = try Self.measure(small, on: rows, heldOut: trainer.heldOutRows, seed: context.job.seed)
    }

    /// Takes over what another improvement began with, if it was cloned from the same rows.
    ///
    /// - Throws: ``JobError`` naming that run if it was not.
    init(_ start: ImprovementStart, rows: DemonstrationRows, context: JobContext) throws {
        small = start.cloned
        // Which rows are held out follows from the demonstrations and the seed alone.
        let untrained = try CloningTrainer(
            network: small.network, training: CloningTraining(), set: rows.set, seed: context.job.seed)
        guard
            (context.job.improve.cloningSteps > 0) == (small.parameters.storage.values != untrained.best.storage.values)
        else {
            throw start.misfit("of its small policy and this job's, one is cloned and one is not")
        }
        measurement = try Self.measure(
            small, on: rows, heldOut: untrained.heldOutRows, seed: context.job.seed)
        guard small.normaliser == rows.normaliser, measurement == start.state.measurement else {
            throw start.misfit("its small policy was cloned from other demonstrations, or beside another base policy")
        }
    }

    private static func measure(
        _ small: SmallPolicy, on rows: DemonstrationRows, heldOut: [Int], seed: UInt64
    ) throws -> RewardMeasurement {
        let reward = try CoherentReward(
            configuration: CoherentRewardConfiguration(), network: small.network, cloned: small.parameters,
            capacity: 256)
        return try RewardMeasurement(of: reward, on: rows.set, rows: heldOut, seed: seed)
    }
}

extension ClonedPolicy {
    /// Clones and shows how far it is.
    ///
    /// - Throws: `LearningError`, `PolicyError`, and ``JobError`` if a signal ended it.
    init(
        showing rows: DemonstrationRows, context: JobContext, composition: Composition, horizon: Int,
        checkpoints: String? = nil
    ) throws {
        guard context.job.improve.cloningSteps > 0 else {
            try self.init(rows, context: context, composition: composition, horizon: horizon) { _, _ in }
            return
        }
        let progress = Progress("cloning", total: context.job.improve.cloningSteps)
        try self.init(
            rows, context: context, composition: composition, horizon: horizon, checkpoints: checkpoints
        ) {
            progress.update($0, since: $1)
            try TerminationWatch.throwIfSignalled()
        }
        progress.finish(
            "reward \(Results.rounded(measurement.demonstrationMean, digits: 3)) on demonstrations, "
                + "\(Results.rounded(measurement.randomMean, digits: 3)) on random actions")
    }

    /// Whether its reward can be learnt from; what was not cloned has none.
    ///
    /// - Throws: ``JobError`` naming every gate that is not passed, and what would help.
    func check(_ context: JobContext) throws(JobError) {
        guard context.job.improve.cloningSteps > 0 else { return }
        let failures = RewardGates().failures(of: measurement)
        guard failures.isEmpty else {
            throw JobError(
                .badFile,
                "\(context.job.path): nothing can be learnt from these demonstrations: "
                    + failures.map(\.description).joined(separator: "; "))
        }
    }
}
