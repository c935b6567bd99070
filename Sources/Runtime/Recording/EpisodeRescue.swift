import Episodes
import Foundation

/// Completes the episodes that a killed process left unfinished, and says so.
enum EpisodeRescue {
    /// Completes what was cut off in a folder of episodes, unless a process is still writing there.
    ///
    /// - Throws: ``EpisodeError`` if an episode holds something and cannot be completed.
    static func run(in folder: String) throws {
        let partial = try EpisodeRecovery.partialPaths(in: folder)
        guard !partial.isEmpty else { return }
        guard WriterLock.isFree(folder) else {
            Notice.show("\(folder): a process is writing an episode here; only complete episodes are looked at")
            return
        }
        let recovered = try partial.count { try complete($0) }
        if recovered > 0 { try Dataset(path: folder).rebuildLinks() }
    }

    /// Completes one file.
    ///
    /// - Returns: whether there was anything to complete.
    static func complete(_ partial: String) throws -> Bool {
        do throws(EpisodeError) {
            let path = try EpisodeRecovery.recover(partial)
            let reader = try EpisodeReader(path: path)
            Notice.show("\(path): recovered; its writer was cut off after step \(reader.stepCount)")
            return true
        } catch {
            guard error.kind == .incomplete else { throw error }
            Notice.show(error.description)
            return false
        }
    }
}

/// What a person should know, though nothing is wrong with the job: a line on standard error.
enum Notice {
    static func show(_ text: String) {
        StandardError.write("note: \(text)\n")
    }
}
