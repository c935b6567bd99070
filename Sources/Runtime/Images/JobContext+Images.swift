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
        guard job.images != nil else { return task.observationLayout }
        return ObservationLayout(parts: task.observationLayout.withoutObjects.parts + (images?.parts ?? []))
    }

    /// The job with the encoder that a policy was trained with; as it is where policies see no images, or the expert drives.
    ///
    /// - Throws: ``JobError`` or `PolicyError` if there is none, or it was trained with other cameras.
    func seeing(_ policy: PolicyChoice) throws -> JobContext {
        guard job.images != nil, let places = try policy.places(job: job) else { return self }
        return try seeing(encoderBeside: places.base)
    }

    /// The job with the encoder in the folder of a policy's checkpoint; as it is where policies see no images.
    ///
    /// - Throws: as ``seeing(_:)``.
    func seeing(encoderBeside policy: BasePlace) throws -> JobContext {
        guard job.images != nil, case .file(let policy) = policy else { return self }
        let path = (policy as NSString).deletingLastPathComponent + "/" + ImageEncoder.fileName
        guard FileManager.default.fileExists(atPath: path) else {
            throw JobError(
                .missingFile,
                "\(path): there is no image encoder beside the policy, so it was trained without images; \(job.path) shows its policies images"
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
