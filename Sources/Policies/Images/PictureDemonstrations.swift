internal import Dispatch
internal import Numerics
internal import Synchronization

/// Demonstrations with what the cameras saw at every step, checked when made.
public struct PictureDemonstrations: Sendable {
    /// What was seen beside the pictures, and what was done.
    public let set: DemonstrationSet
    /// The cameras.
    public let cameras: [ImageEncoder.Camera]
    /// For each demonstration and camera the pictures of all steps: rows from the top, three bytes a pixel.
    let pictures: [[[UInt8]]]

    /// Checks sizes.
    ///
    /// - Parameters:
    ///   - set: observations without features of pictures.
    ///   - cameras: in the order of the pictures.
    ///   - pictures: for each demonstration and camera those of all steps, one after the other.
    /// - Throws: ``PolicyError/demonstrations(_:)`` naming the demonstration and camera at fault.
    public init(
        set: DemonstrationSet, cameras: [ImageEncoder.Camera], pictures: [[[UInt8]]]
    ) throws(PolicyError) {
        guard pictures.count == set.episodes.count else {
            throw .demonstrations("\(set.episodes.count) demonstrations with the pictures of \(pictures.count)")
        }
        for (episode, seen) in zip(set.episodes, pictures) {
            let steps = episode.actions.count / set.actionSize
            guard seen.count == cameras.count else {
                throw .demonstrations(
                    "demonstration '\(episode.name)' was seen by \(seen.count) cameras instead of \(cameras.count)")
            }
            for (camera, bytes) in zip(cameras, seen) where bytes.count != steps * camera.pictureBytes {
                throw .demonstrations(
                    "demonstration '\(episode.name)' has \(bytes.count) bytes of pictures of camera '\(camera.name)'; "
                        + "\(steps) steps need \(steps * camera.pictureBytes)")
            }
        }
        self.set = set
        self.cameras = cameras
        self.pictures = pictures
    }

    /// The same demonstrations with features in place of pictures: each observation is followed by its ``ImageEncoder/parts``.
    ///
    /// - Parameters:
    ///   - encoder: for these cameras.
    ///   - workers: threads that share the work.
    ///   - progress: told how many demonstrations are done; on any of these threads.
    /// - Throws: ``PolicyError`` if the encoder is for other cameras.
    public func encoded(
        by encoder: ImageEncoder, workers: Int, progress: @Sendable (Int) -> Void = { _ in }
    ) throws(PolicyError) -> DemonstrationSet {
        if let mismatch = encoder.mismatch(with: cameras) { throw .demonstrations("the image encoder: \(mismatch)") }
        let rows = Mutex<(done: Int, observations: [Int: [Float]])>((0, [:]))
        DispatchQueue.concurrentPerform(iterations: max(1, workers)) { worker in
            let reader = encoder.makeReader()
            for number in stride(from: worker, to: set.episodes.count, by: max(1, workers)) {
                let observations = encode(number, with: reader, size: encoder.configuration.features)
                let done = rows.withLock { state in
                    state.done += 1
                    state.observations[number] = observations
                    return state.done
                }
                progress(done)
            }
        }
        let observations = rows.withLock { $0.observations }
        let episodes = set.episodes.enumerated().map { number, episode in
            DemonstrationSet.Episode(
                name: episode.name, path: episode.path, observations: observations[number] ?? [],
                actions: episode.actions)
        }
        return try DemonstrationSet(
            layout: ObservationLayout(parts: set.layout.parts + encoder.parts), actionSize: set.actionSize,
            task: set.task, robot: set.robot, encoder: encoder.fingerprint, episodes: episodes)
    }

    private func encode(_ number: Int, with reader: ImageReader, size: Int) -> [Float] {
        let episode = set.episodes[number]
        let (steps, width) = (episode.actions.count / set.actionSize, set.layout.size)
        var observations: [Float] = []
        observations.reserveCapacity(steps * (width + cameras.count * size))
        for step in 0..<steps {
            observations += episode.observations[step * width..<(step + 1) * width]
            for index in cameras.indices {
                reader.encode(pictures[number][index], number: step, camera: index)
                observations += reader.features(index)
            }
        }
        return observations
    }

    /// The demonstrations of these numbers.
    func episodes(_ numbers: [Int]) -> (episodes: [DemonstrationSet.Episode], pictures: [[[UInt8]]]) {
        (numbers.map { set.episodes[$0] }, numbers.map { pictures[$0] })
    }

    /// A number that changes with any change of the demonstrations or their pictures.
    var digest: UInt64 {
        var fingerprint = Fingerprint(set.digest)
        for bytes in pictures.joined() { bytes.withUnsafeBytes { fingerprint.addWords($0) } }
        return fingerprint.value
    }
}
