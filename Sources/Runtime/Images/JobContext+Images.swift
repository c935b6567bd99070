import Episodes
import Foundation
import Policies

extension JobContext {
    /// The cameras whose pictures are encoded: all of the job's.
    var encodedCameras: [ImageEncoder.Camera] {
        job.cameras.map { .init(name: $0.name, width: $0.width, height: $0.height) }
    }

    /// What policies see: what the task observes or, in a job with images, what the robot knows of itself and the
    /// features of pictures, as far as there is an encoder yet.
    var policyLayout: ObservationLayout {
        ObservationLayout(parts: plainLayout.parts + (images?.parts ?? []))
    }

    /// What policies see beside features of pictures.
    var plainLayout: ObservationLayout {
        job.images == nil ? task.observationLayout : task.observationLayout.withoutObjects
    }

    /// The job with the encoder of the policies that were chosen: it lies in the folder of what was trained or improved here.
    /// As it is where policies see no images: the expert, or a base policy alone that looks at pictures itself.
    ///
    /// - Throws: ``JobError`` or `PolicyError` if there is none, or it was trained with other cameras.
    func seeing(_ policy: PolicyChoice) throws -> JobContext {
        guard job.images != nil, let places = try policy.places(job: job) else { return self }
        let trained = places.base.isTrainedHere ? places.base.path : nil
        guard let checkpoint = places.small ?? trained else { return self }
        return try seeing(encoderIn: (checkpoint as NSString).deletingLastPathComponent)
    }

    /// The job with the encoder for improving a base policy; as it is where policies see no images.
    ///
    /// - Parameters:
    ///   - base: has the encoder beside it, if it was trained here.
    ///   - run: the run that is gone on with, which has the encoder; nil where one begins.
    ///   - encoder: the run folder of the training that left the encoder, where the base policy was not trained here; nil takes
    ///     the job's last one.
    /// - Throws: as ``seeing(_:)``.
    func seeing(improving base: BasePlace, resuming run: String?, encoder: String?) throws -> JobContext {
        guard job.images != nil else { return self }
        if let run { return try seeing(encoderIn: run + "/checkpoints") }
        if let encoder { return try seeing(encoderIn: encoder + "/checkpoints") }
        if base.isTrainedHere, let path = base.path {
            return try seeing(encoderIn: (path as NSString).deletingLastPathComponent)
        }
        guard let training = LatestRun.folder(of: "train", job: job.name) else {
            throw JobError(
                .missingFile,
                "no image encoder of the job '\(job.name)' in runs/: train one with 'steadyhand train \(job.path)', or name a training's run folder with --encoder"
            )
        }
        return try seeing(encoderIn: training + "/checkpoints")
    }

    private func seeing(encoderIn folder: String) throws -> JobContext {
        let path = folder + "/" + ImageEncoder.fileName
        guard FileManager.default.fileExists(atPath: path) else {
            throw JobError(
                .missingFile,
                "\(path): there is no image encoder, so what lies there was trained without images; \(job.path) shows its policies images"
            )
        }
        var context = self
        context.images = try ImageEncoder(checkpoint: path, for: encodedCameras)
        return context
    }

    /// Recorded episodes with the pictures of the job's cameras.
    ///
    /// - Parameters:
    ///   - episodes: of the job's task.
    ///   - minimum: how many there have to be.
    /// - Throws: `EpisodeError` naming the file that lacks a camera or has pictures of another size.
    func pictureDemonstrations(_ episodes: [DatasetEpisode], minimum: Int = 1) throws -> PictureDemonstrations {
        let cameras = encodedCameras
        return try PictureDemonstrations(
            set: demonstrationSet(episodes, minimum: minimum), cameras: cameras,
            pictures: episodes.map { episode in
                let reader = try EpisodeReader(path: episode.path)
                return try cameras.map { try reader.pictures(Self.find($0, in: reader)) }
            })
    }

    private static func find(
        _ camera: ImageEncoder.Camera, in reader: EpisodeReader
    ) throws(EpisodeError) -> EpisodeCamera {
        let recorded = reader.header.cameras
        guard let found = recorded.first(where: { $0.name == camera.name }) else {
            let names = recorded.isEmpty ? "no cameras" : "the cameras \(recorded.map(\.name).joined(separator: ", "))"
            throw EpisodeError(
                .mismatch, path: reader.path,
                message: "it was recorded with \(names), expected '\(camera.name)' among them")
        }
        guard found.width == camera.width, found.height == camera.height else {
            throw EpisodeError(
                .mismatch, path: reader.path,
                message: "the pictures of camera '\(camera.name)' are \(found.width) × \(found.height), expected "
                    + "\(camera.width) × \(camera.height)")
        }
        return found
    }

    /// Recorded episodes with features in place of pictures, a few at a time: their pictures would fill the memory.
    func encode(_ episodes: [DatasetEpisode], by encoder: ImageEncoder, minimum: Int) throws -> DemonstrationSet {
        let progress = Progress("encoding", total: episodes.count)
        var (sets, group) = ([DemonstrationSet](), 16)
        for start in stride(from: 0, to: episodes.count, by: group) {
            group = min(group, episodes.count - start)
            sets.append(
                try pictureDemonstrations(Array(episodes[start..<start + group])).encoded(by: encoder, workers: 2))
            progress.update(start + group)
            try TerminationWatch.throwIfSignalled()
        }
        progress.finish("\(episodes.count) demonstrations")
        return try DemonstrationSet(
            layout: policyLayout, actionSize: setting.actionSize, task: taskName, robot: robot.name,
            encoder: encoder.fingerprint, episodes: sets.flatMap(\.episodes), minimumEpisodes: minimum)
    }
}
