import Foundation

/// Completes episodes whose writer was cut off.
public enum EpisodeRecovery {
    /// The partial episodes in a folder, in order.
    ///
    /// - Throws: ``EpisodeError`` where the folder cannot be read.
    public static func partialPaths(in folder: String) throws(EpisodeError) -> [String] {
        try Disk.names(in: folder).filter {
            $0.hasSuffix(EpisodeNames.partialSuffix)
                && EpisodeNames.index(ofFile: String($0.dropLast(EpisodeNames.partialSuffix.count))) != nil
        }.map { "\(folder)/\($0)" }
    }

    /// Makes a complete episode, marked as ``EpisodeEnding/recovered``, of what a partial file holds.
    ///
    /// Every table is cut to the rows that all of its columns have, and written anew; then the partial file is removed.
    /// Only call it when its writer is gone.
    ///
    /// - Returns: The path of the complete episode.
    /// - Throws: ``EpisodeError``, of kind ``EpisodeError/Kind/incomplete`` where not one control step was flushed: the
    ///   file then stays as it is.
    @discardableResult
    public static func recover(_ partialPath: String) throws(EpisodeError) -> String {
        guard partialPath.hasSuffix(EpisodeNames.partialSuffix) else {
            throw EpisodeError(
                .content, path: partialPath, message: "a partial episode's name ends in \(EpisodeNames.partialSuffix)")
        }
        let path = String(partialPath.dropLast(EpisodeNames.partialSuffix.count))
        try Disk.extendToPromisedEnd(partialPath)
        let reader: EpisodeReader
        do throws(EpisodeError) {
            reader = try EpisodeReader(partial: partialPath)
        } catch  where error.kind == .storage {
            throw EpisodeError(
                .incomplete, path: partialPath,
                message: "nothing had been flushed when its writer was cut off; it can be deleted (\(error.message))")
        }
        let steps = try reader.steps()
        guard !steps.isEmpty else {
            throw EpisodeError(
                .incomplete, path: partialPath,
                message: "not one control step had been flushed when its writer was cut off; it can be deleted")
        }
        let scratch = path + ".recovering"
        if FileManager.default.fileExists(atPath: scratch), unlink(scratch) != 0 {
            throw EpisodeError(.storage, path: scratch, message: "an earlier attempt's file cannot be removed")
        }
        let writer = try EpisodeWriter(path: path, suffix: ".recovering", header: reader.header)
        for (row, step) in steps.enumerated() {
            var step = step
            for camera in reader.header.cameras { step.frames.append(try reader.frame(camera, step: row)) }
            try writer.append(step)
        }
        for setpoint in try reader.setpoints() { try writer.append(setpoint) }
        for cycle in try reader.cycles() { try writer.append(cycle) }
        let success = steps.contains { $0.isDone && $0.reward > 0 }
        try writer.finish(EpisodeOutcome(success: success, ending: .recovered))
        guard unlink(partialPath) == 0 else {
            throw EpisodeError(.storage, path: partialPath, message: "it was recovered, but cannot be removed")
        }
        return path
    }
}
