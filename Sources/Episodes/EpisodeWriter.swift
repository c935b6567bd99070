import Cameras
public import Control
import Foundation
import Robots

/// Writes one episode while it runs.
///
/// The file is called `NNNNNN.hdf5.partial` until ``finish(_:)`` renames it to `NNNNNN.hdf5`. What was appended is with
/// the operating system, where the end of this process cannot harm it, at most three quarters of a second of recorded
/// time later; how the file is flushed follows from the records alone, so that the same records make the same bytes.
///
/// It belongs on the recorder's thread, never on the control loop's. Different writers may be used by different threads.
/// After an error the partial file stays as it is, and every further call throws the same error.
public final class EpisodeWriter {
    /// Where the complete episode will be.
    public let path: String
    /// Where it is until then.
    public let partialPath: String
    /// Steps appended so far.
    public private(set) var stepCount = 0
    /// Control cycles appended so far.
    public private(set) var cycleCount = 0

    private let header: EpisodeHeader
    /// What the cameras saw after the last step so far.
    private var lastFrames: [CameraFrame] = []
    private var contents: EpisodeContents?
    private var failure: EpisodeError?

    /// Creates `folder/NNNNNN.hdf5.partial`.
    ///
    /// - Throws: ``EpisodeError`` where a file of either name exists or the disk refuses.
    public convenience init(folder: String, index: Int, header: EpisodeHeader) throws(EpisodeError) {
        try self.init(path: folder + "/" + EpisodeNames.file(index), header: header)
    }

    init(
        path: String, suffix: String = EpisodeNames.partialSuffix, header: EpisodeHeader
    ) throws(EpisodeError) {
        self.path = path
        partialPath = path + suffix
        self.header = header
        precondition((1...JointVector.capacity).contains(header.jointCount), "an arm has 1 to 8 joints")
        precondition((0...SceneSnapshot.capacity).contains(header.sceneSize), "a scene has 0 to 96 values")
        for occupied in [path, partialPath] where FileManager.default.fileExists(atPath: occupied) {
            throw EpisodeError(.exists, path: occupied, message: "there is an episode already; it is not overwritten")
        }
        let partialPath = partialPath
        contents = try HDF5.serially { () throws(EpisodeError) in
            try EpisodeContents(path: partialPath, header)
        }
    }

    deinit {
        HDF5.serially { contents = nil }
    }

    /// Appends a control step.
    ///
    /// - Throws: ``EpisodeError`` where its sizes are not the header's, or the disk refuses.
    public func append(_ step: StepRecord) throws(EpisodeError) {
        try guarded { contents throws(EpisodeError) in
            if let objection = contents.stepColumns.objection(to: step) {
                throw EpisodeError(.content, path: partialPath, message: objection)
            }
            for (table, frame) in zip(contents.frames, step.frames) { try table.append(frame.image.pixels) }
            lastFrames = step.nextFrames.isEmpty ? step.frames : step.nextFrames
            contents.stepColumns.store(step, into: contents.steps)
            stepCount += 1
            try contents.gathered(at: step.time, full: contents.steps.isFull)
        }
    }

    /// Appends a control cycle.
    ///
    /// - Throws: ``EpisodeError`` where the disk refuses.
    public func append(_ cycle: CycleRecord) throws(EpisodeError) {
        try guarded { contents throws(EpisodeError) in
            contents.cycles.gather(cycle)
            cycleCount += 1
            try contents.gathered(at: cycle.time, full: contents.cycles.table.isFull)
        }
    }

    /// Appends a setpoint, as inference sent it, in the order of their numbers.
    ///
    /// - Throws: ``EpisodeError`` where its scene is larger than the header says, or the disk refuses.
    public func append(_ setpoint: Setpoint) throws(EpisodeError) {
        try guarded { contents throws(EpisodeError) in
            guard (0...header.sceneSize).contains(setpoint.scene.count) else {
                throw EpisodeError(
                    .content, path: partialPath,
                    message: "a setpoint's scene has \(setpoint.scene.count) values, expected 0 to \(header.sceneSize)")
            }
            contents.setpoints.gather(setpoint)
            try contents.gathered(at: setpoint.time, full: contents.setpoints.table.isFull)
        }
    }

    /// Hands everything appended so far to the operating system.
    public func flush() throws(EpisodeError) {
        try guarded { contents throws(EpisodeError) in try contents.flush() }
    }

    /// Completes the file, brings it to disk and gives it its final name.
    ///
    /// - Throws: ``EpisodeError`` where the disk refuses; the file is then still the partial one.
    public func finish(_ outcome: EpisodeOutcome) throws(EpisodeError) {
        try guarded { contents throws(EpisodeError) in
            try contents.close()
            // No attribute can be added to a file that is being appended to: it is opened once more.
            let file = try HDF5File(path: partialPath, .change)
            if stepCount > 0 {
                for (camera, frame) in zip(header.cameras, lastFrames) {
                    try FrameTable.makeNext(in: file, camera: camera, steps: stepCount, last: frame.image.pixels)
                }
            }
            try outcome.write(to: file, steps: stepCount)
            try file.close()
        }
        failure = EpisodeError(.storage, path: path, message: "the episode is finished; nothing can be appended")
        HDF5.serially { contents = nil }
        try Disk.publish(partialPath, as: path)
    }

    /// Runs `body` inside the library; after an error the file is let go of, and the error stays.
    private func guarded(_ body: (EpisodeContents) throws(EpisodeError) -> Void) throws(EpisodeError) {
        if let failure { throw failure }
        do throws(EpisodeError) {
            try HDF5.serially { () throws(EpisodeError) in
                guard let contents else { preconditionFailure("a writer without a failure has its file open") }
                try body(contents)
            }
        } catch {
            failure = error
            HDF5.serially { contents = nil }
            throw error
        }
    }
}
