import Episodes
import Foundation
import Synchronization

/// Numbers and keeps the episodes of a recording: attempts are written beside the dataset, and moved into it in the order of their
/// numbers if they are to be kept, so that a recording on many cores comes out the same as on one.
final class EpisodeKeeper: Sendable {
    private struct Counts {
        var attempts = 0
        var kept = 0
        var successes = 0
        /// Number of the next episode that is kept.
        var next = 0
    }

    /// As many attempts have a seed of their own; operated episodes begin beyond.
    private static let mostSeeds: UInt64 = 500_000

    private let folder: String
    private let context: JobContext
    private let demonstrator: Demonstrator
    private let counts = Mutex(Counts())
    private let lock: WriterLock

    /// The folder that attempts are written to.
    private var attemptsFolder: String { folder + "/attempts" }

    /// - Parameters:
    ///   - folder: of the episodes; made where it is not there. Complete episodes in it count as kept.
    ///   - context: the job.
    ///   - demonstrator: who does the task, which decides about the seeds.
    ///   - schedule: how the episodes are recorded. In lockstep an attempt that was cut off comes out again; what a killed recording in
    ///     real time left is completed.
    /// - Throws: ``EpisodeError`` where episodes in it belong to another robot, task or variant; ``JobError`` if they have
    ///   other seeds than the job's, or the folder cannot be made.
    init(folder: String, context: JobContext, demonstrator: Demonstrator, schedule: ScheduleKind) throws {
        self.folder = folder
        self.context = context
        self.demonstrator = demonstrator
        do {
            try FileManager.default.createDirectory(
                atPath: folder + "/attempts", withIntermediateDirectories: true)
        } catch {
            throw JobError(.cannotCreate, "\(folder): the folder cannot be made: \(SystemReason.of(error))")
        }
        lock = try WriterLock(folder: folder)
        let dataset = try Dataset(path: folder)
        var expectation = DatasetExpectation(context.header(seed: 0, policy: demonstrator.name, schedule: .lockstep))
        expectation.variant = context.job.task.variant
        for path in dataset.episodePaths {
            let reader = try EpisodeReader(path: path)
            try expectation.check(reader)
            let attempt = reader.header.seed &- demonstrator.seed(attempt: 0, job: context.job)
            guard attempt < Self.mostSeeds else {
                throw JobError(
                    .badFile,
                    "\(path): it was recorded with seed \(reader.header.seed); this job's seeds begin at \(demonstrator.seed(attempt: 0, job: context.job))"
                )
            }
            let number = Int((path as NSString).lastPathComponent.prefix { $0.isNumber }) ?? 0
            counts.withLock { counts in
                counts.kept += 1
                if reader.outcome?.success == true { counts.successes += 1 }
                counts.attempts = max(counts.attempts, Int(attempt) + 1)
                counts.next = max(counts.next, number + 1)
            }
        }
        try takeOver(schedule: schedule)
    }

    /// Considers the attempts that a killed recording had completed but not moved, and clears away the rest.
    private func takeOver(schedule: ScheduleKind) throws {
        for partial in try EpisodeRecovery.partialPaths(in: attemptsFolder) {
            guard schedule == .realtime, try EpisodeRescue.complete(partial) else {
                try FileManager.default.removeItem(atPath: partial)
                continue
            }
        }
        while !isEnough,
            FileManager.default.fileExists(atPath: Dataset.episodePath(folder: attemptsFolder, index: attempts))
        {
            let reader = try EpisodeReader(path: Dataset.episodePath(folder: attemptsFolder, index: attempts))
            try consider(attempt: attempts, isSuccess: reader.outcome?.success == true)
        }
        for path in try Dataset(path: attemptsFolder).episodePaths { try FileManager.default.removeItem(atPath: path) }
    }

    var attempts: Int { counts.withLock { $0.attempts } }
    var kept: Int { counts.withLock { $0.kept } }
    var successes: Int { counts.withLock { $0.successes } }
    var isEnough: Bool { kept >= context.job.record.episodes }

    /// The episode of an attempt: its seed counts up from the job's.
    func request(attempt: Int) -> EpisodeRequest {
        EpisodeRequest(index: attempt, seed: demonstrator.seed(attempt: attempt, job: context.job))
    }

    /// Opens an attempt's file.
    func makeWriter(_ request: EpisodeRequest, schedule: ScheduleKind) throws -> EpisodeWriter {
        try EpisodeWriter(
            folder: attemptsFolder, index: request.index,
            header: context.header(seed: request.seed, policy: demonstrator.name, schedule: schedule))
    }

    /// Keeps or removes an attempt that is complete; call it in the order of the attempts.
    func consider(_ result: EpisodeResult) throws {
        try consider(attempt: result.request.index, isSuccess: result.isSuccess)
    }

    /// Takes an attempt that something stopped out of the dataset, to `stopped/` beside it; call it in the order of the attempts.
    ///
    /// - Returns: its file; nil where it ended before anything was recorded of it.
    func setAside(_ result: EpisodeResult) throws -> String? {
        let attempt = Dataset.episodePath(folder: attemptsFolder, index: result.request.index)
        counts.withLock { $0.attempts += 1 }
        guard FileManager.default.fileExists(atPath: attempt) else { return nil }
        let aside = (folder as NSString).deletingLastPathComponent + "/stopped"
        try FileManager.default.createDirectory(atPath: aside, withIntermediateDirectories: true)
        let path = Dataset.episodePath(folder: aside, index: result.request.index)
        guard rename(attempt, path) == 0 else {
            throw JobError(
                .inputOutput, "\(path): the episode cannot be moved here: \(String(cString: strerror(errno)))")
        }
        return path
    }

    private func consider(attempt number: Int, isSuccess: Bool) throws {
        let attempt = Dataset.episodePath(folder: attemptsFolder, index: number)
        let isKept = isSuccess || context.job.record.keep == .all
        if isKept {
            let path = Dataset.episodePath(folder: folder, index: counts.withLock { $0.next })
            guard rename(attempt, path) == 0 else {
                throw JobError(
                    .inputOutput, "\(path): the episode cannot be moved here: \(String(cString: strerror(errno)))")
            }
        } else {
            try FileManager.default.removeItem(atPath: attempt)
        }
        counts.withLock { counts in
            counts.attempts += 1
            if isKept { (counts.kept, counts.next) = (counts.kept + 1, counts.next + 1) }
            if isKept && isSuccess { counts.successes += 1 }
        }
    }

    /// Removes what was begun beyond the last kept episode and links the episodes into a dataset.
    ///
    /// - Returns: the dataset's folder.
    func finish() throws -> String {
        try FileManager.default.removeItem(atPath: attemptsFolder)
        try Dataset(path: folder).rebuildLinks()
        return folder
    }
}
