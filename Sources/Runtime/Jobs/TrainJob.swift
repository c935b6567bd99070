import Episodes
import Foundation
import Policies

/// Clones the base policy from demonstrations.
public struct TrainJob: Sendable {
    /// What `train` prints.
    public struct Result: Codable, Sendable {
        /// Updates made, those of an interrupted training included.
        public var steps: Int
        /// Flow-matching loss of the averaged parameters on the held-out demonstrations; NaN where none are held out, or no policy
        /// was trained.
        public var heldOutLoss: Double
        /// The policy's file; left out where the job's base policy is not trained here, but an image encoder is.
        public var checkpoint: String?
        /// The image encoder's file; left out where the policy sees no images.
        public var encoder: String?
        /// The encoder's mean squared error of standardised actions on the held-out demonstrations; left out with it.
        public var encoderHeldOutLoss: Double?
        /// Demonstrations learned from, those held out included.
        public var demonstrations: Int
        /// The run folder.
        public var run: String

        /// For people: how it went, and where it is.
        public var text: String {
            let loss = heldOut.map { ", held-out loss \(Results.rounded($0))" } ?? ""
            return "\(steps) updates\(loss): \(checkpoint ?? encoder ?? run)"
        }

        /// The loss of the policy, or where none was trained of the encoder; nil where no demonstrations were held out.
        var heldOut: Double? {
            let loss = checkpoint == nil ? encoderHeldOutLoss ?? .nan : heldOutLoss
            return loss.isNaN ? nil : loss
        }
    }

    /// One line of `metrics.jsonl`.
    struct Line: Codable {
        var step: Int
        var loss: Double
        var heldOutLoss: Double?
    }

    let context: JobContext
    let dataset: String?
    let demonstrations: Int?
    let out: String?
    let resume: String?

    /// - Parameters:
    ///   - context: the job; its policy and training settings say what to train and for how long.
    ///   - dataset: the demonstrations' folder; nil takes the last ones recorded for this job.
    ///   - demonstrations: how many of them; nil takes all.
    ///   - out: the run folder to make; nil chooses one.
    ///   - resume: the run folder of a training to go on with; nil begins anew.
    public init(context: JobContext, dataset: String?, demonstrations: Int? = nil, out: String?, resume: String?) {
        self.context = context
        self.dataset = dataset
        self.demonstrations = demonstrations
        self.out = out
        self.resume = resume
    }

    /// Trains to the last step.
    public func run() throws -> Result {
        if let remote = context.job.policy.remote, context.job.images == nil { throw remote.notHere(context.job) }
        if let resume { _ = try RunFolder(existing: resume) }
        let result = try context.job.images.map(trainSeeing) ?? trainPlain()
        let run = try RunFolder(existing: result.run)
        try run.write(Results.data(result, isPretty: true), to: run.results)
        try LatestRun.note(run, command: "train", job: context.job.name)
        return result
    }

    /// Trains a policy that sees what the task observes.
    private func trainPlain() throws -> Result {
        let set = try context.loadDemonstrations(dataset: dataset, count: demonstrations)
        let trainer = try makeTrainer(set)
        let run = try makeFolder()
        let lock = try WriterLock(folder: run.path, writing: "a training")
        defer { withExtendedLifetime(lock) {} }
        if resume != nil { try trainer.resume(from: run.checkpoints) }
        try begin(run)
        return try train(trainer, run: run, demonstrations: set.episodes.count)
    }

    /// Trains an encoder of images, freezes it, and trains a policy that sees its features, if the job has one of its own.
    private func trainSeeing(_ images: JobConfiguration.ImageSettings) throws -> Result {
        let training = try EncoderTraining(context, images, dataset: dataset, count: demonstrations)
        let run = try makeFolder()
        let lock = try WriterLock(folder: run.path, writing: "a training")
        defer { withExtendedLifetime(lock) {} }
        if resume != nil { try training.resume(run) }
        try begin(run)
        let outcome = try training.run(run)
        // A base policy of its own eyes is trained elsewhere: the encoder is for the small policy.
        if context.job.policy.remote != nil || context.job.policy.onnx != nil {
            return Result(
                steps: images.steps, heldOutLoss: .nan, encoder: outcome.encoder,
                encoderHeldOutLoss: outcome.heldOutLoss, demonstrations: outcome.demonstrations.episodes.count,
                run: run.path)
        }
        let trainer = try makeTrainer(outcome.demonstrations)
        // A run that was cut off while its encoder was trained has left no policy yet.
        let left = run.checkpoints + "/" + FlowTrainer.fileName
        if resume != nil, FileManager.default.fileExists(atPath: left) { try trainer.resume(from: run.checkpoints) }
        var result = try train(trainer, run: run, demonstrations: outcome.demonstrations.episodes.count)
        result.encoder = outcome.encoder
        result.encoderHeldOutLoss = outcome.heldOutLoss
        return result
    }

    private func makeFolder() throws -> RunFolder {
        try RunFolder(creating: resume ?? out, name: context.job.name, command: "train", isResuming: resume != nil)
    }

    private func begin(_ run: RunFolder) throws {
        try RunManifest(command: "train", context: context).write(to: run)
        try TerminationWatch.install()
    }

    private func train(_ trainer: FlowTrainer, run: RunFolder, demonstrations: Int) throws -> Result {
        let heldOut = try train(trainer, run: run)
        return Result(
            steps: trainer.step, heldOutLoss: heldOut ?? .nan,
            checkpoint: run.checkpoints + "/" + FlowPolicy.fileName, demonstrations: demonstrations, run: run.path)
    }

    private func train(_ trainer: FlowTrainer, run: RunFolder) throws -> Double? {
        let settings = context.job.training
        let log = try MetricsLog(path: run.metrics, keepingStepsThrough: trainer.step)
        let (progress, begun) = (Progress("training", total: settings.steps), trainer.step)
        var lastHeldOut = trainer.step == settings.steps ? trainer.heldOutLoss() : nil
        var note = ""
        let tick: (Int, Double) -> Bool = { step, loss in
            // The last update is shown with what its report says.
            if step < settings.steps {
                let now = note.isEmpty ? "loss \(Results.rounded(loss, digits: 3))" : note
                progress.update(step, since: begun, note: now)
            }
            return TerminationWatch.status() == nil
        }
        try trainer.train(reportingEvery: settings.evaluateEvery, tick: tick) { report in
            try log.append(Line(step: report.step, loss: report.loss, heldOutLoss: report.heldOutLoss))
            lastHeldOut = report.heldOutLoss
            let held = report.heldOutLoss.map { ", held out \(Results.rounded($0, digits: 3))" } ?? ""
            note = "loss \(Results.rounded(report.loss, digits: 3))\(held), \(Int(report.stepsPerSecond)) steps/s"
            progress.update(report.step, since: begun, note: note)
            let isDue = report.step % settings.checkpointEvery < settings.evaluateEvery
            if isDue || report.step == settings.steps { try trainer.save(to: run.checkpoints) }
            return true
        }
        if let signal = TerminationWatch.status(), trainer.step < settings.steps {
            try trainer.save(to: run.checkpoints)
            progress.finish("\(trainer.step) updates")
            throw JobError(signal, "stopped by a signal at step \(trainer.step); go on with --resume \(run.path)")
        }
        progress.finish("\(trainer.step) updates")
        return lastHeldOut
    }

    private func makeTrainer(_ demonstrations: DemonstrationSet) throws -> FlowTrainer {
        let (policy, training) = (context.job.policy, context.job.training)
        return try FlowTrainer(
            configuration: FlowConfiguration(
                horizon: policy.horizon, hidden: policy.hidden, blocks: policy.blocks,
                samplingSteps: policy.samplingSteps),
            training: FlowTraining(
                steps: training.steps, batchSize: training.batchSize, learningRate: Float(training.learningRate),
                warmUpSteps: training.warmupSteps, weightDecay: Float(training.weightDecay),
                averageDecay: Float(training.ema), heldOutFraction: training.heldOut, workers: 2),
            demonstrations: demonstrations, seed: context.job.seed)
    }
}
