import Foundation
import Policies

/// Trains a job's image encoder from demonstrations, and freezes it.
struct EncoderTraining {
    /// The file of a run folder that says how it went.
    static let metricsName = "encoder.jsonl"

    private let context: JobContext
    private let demonstrations: PictureDemonstrations
    private let trainer: ImageEncoderTrainer
    private let evaluateEvery: Int

    /// Loads the demonstrations with their pictures.
    ///
    /// - Parameters:
    ///   - context: the job.
    ///   - images: its settings.
    ///   - dataset: the demonstrations' folder; nil takes the last ones recorded for this job.
    ///   - count: how many of them; nil takes all.
    /// - Throws: what is wrong with demonstrations or settings.
    init(
        _ context: JobContext, _ images: JobConfiguration.ImageSettings, dataset: String?, count: Int?
    ) throws {
        self.context = context
        demonstrations = try context.pictureDemonstrations(
            context.loadEpisodes(dataset: dataset, count: count), minimum: 2)
        trainer = try ImageEncoderTrainer(
            configuration: ImageEncoderConfiguration(keypoints: images.keypoints, features: images.features),
            training: ImageTraining(
                steps: images.steps, batchSize: images.batchSize, learningRate: Float(images.learningRate),
                warmUpSteps: images.warmupSteps, weightDecay: Float(images.weightDecay), largestShift: images.shift,
                // The same demonstrations are held out from the policy afterwards.
                heldOutFraction: context.job.training.heldOut),
            horizon: context.job.policy.horizon, demonstrations: demonstrations, seed: context.job.seed)
        evaluateEvery = images.evaluateEvery
    }

    /// Goes on where a run was cut off, if it had come to a checkpoint.
    ///
    /// - Throws: `PolicyError` if what it left does not fit the job.
    func resume(_ run: RunFolder) throws {
        guard FileManager.default.fileExists(atPath: run.checkpoints + "/" + ImageEncoderTrainer.fileName) else {
            return
        }
        try trainer.resume(from: run.checkpoints)
    }

    /// What training the encoder came to.
    struct Outcome {
        /// The demonstrations with features in place of pictures.
        var demonstrations: DemonstrationSet
        /// The encoder's file.
        var encoder: String
        /// The encoder's loss on held-out demonstrations; nil where none are held out.
        var heldOutLoss: Double?
    }

    /// Trains to the last step, and leaves the encoder in the run's checkpoints.
    ///
    /// - Throws: ``JobError`` if a signal ended it; the run can be gone on with.
    func run(_ run: RunFolder) throws -> Outcome {
        let log = try MetricsLog(path: run.path + "/" + Self.metricsName, keepingStepsThrough: trainer.step)
        let steps = trainer.training.steps
        let (progress, begun) = (Progress("training the encoder", total: steps), trainer.step)
        var (sum, count, note) = (0.0, 0, "")
        var heldOut = trainer.step == steps ? trainer.heldOutLoss() : nil
        while trainer.step < steps {
            sum += try trainer.update()
            count += 1
            if trainer.step % evaluateEvery == 0 || trainer.step == steps {
                heldOut = trainer.heldOutLoss()
                try log.append(TrainJob.Line(step: trainer.step, loss: sum / Double(count), heldOutLoss: heldOut))
                let held = heldOut.map { ", held out \(Results.rounded($0, digits: 3))" } ?? ""
                note = "loss \(Results.rounded(sum / Double(count), digits: 3))\(held)"
                (sum, count) = (0, 0)
                try trainer.save(to: run.checkpoints)
            }
            progress.update(trainer.step, since: begun, note: note)
            if let signal = TerminationWatch.status(), trainer.step < steps {
                try trainer.save(to: run.checkpoints)
                throw JobError(
                    signal,
                    "stopped by a signal at step \(trainer.step) of the encoder; go on with --resume \(run.path)")
            }
        }
        progress.finish("\(trainer.step) updates")
        let encoder = try trainer.encoder()
        let path = run.checkpoints + "/" + ImageEncoder.fileName
        try encoder.save(to: path)
        return Outcome(
            demonstrations: try demonstrations.encoded(by: encoder, workers: 2), encoder: path, heldOutLoss: heldOut)
    }
}
