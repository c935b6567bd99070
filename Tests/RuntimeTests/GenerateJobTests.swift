import Episodes
import Foundation
import Simulation
import Testing

@testable import Runtime

@Suite struct GenerateJobTests {
    /// Six demonstrations by the expert, for all tests.
    private static let source = Result {
        let folder = try TemporaryFolder()
        let context = try TestJob.context(horizon: 400) { job in
            job.record.episodes = 6
            job.record.keep = .successes
        }
        _ = try RecordJob(context: context, schedule: .lockstep, out: folder.path + "/run").run()
        return folder
    }

    private func generate(
        _ episodes: Int, _ out: String, from source: String, horizon: Int = 400, resume: Bool = false, workers: Int = 2
    ) throws -> GenerateJob.Result {
        let context = try TestJob.context(horizon: horizon) { job in
            job.record.episodes = episodes
            job.record.workers = workers
        }
        return try GenerateJob(context: context, source: source, out: out, isResuming: resume).run()
    }

    @Test func generatedEpisodesDoTheTaskAndComeOutTheSame() throws {
        let source = try Self.source.get().path + "/run"
        let folder = try TemporaryFolder()
        let result = try generate(3, folder.path + "/first", from: source)
        #expect(result.episodes == 3 && result.sources == 6 && result.attempts >= 3)
        #expect(result.rate == Double(result.episodes) / Double(result.attempts))
        #expect(result.low < result.rate && result.rate <= result.high)
        let paths = try Dataset(path: result.dataset).episodePaths
        #expect(paths.count == 3)
        for path in paths {
            let reader = try EpisodeReader(path: path)
            #expect(reader.outcome?.success == true && reader.header.policy == "segments")
            #expect(reader.header.seed >= 5_000_000)
        }
        // Broken off after one episode, which was made on one core, and gone on with: the job, which a file holds, was another
        // at the first episode; from then on not a byte differs.
        _ = try generate(1, folder.path + "/second", from: source, workers: 1)
        let second = try generate(3, folder.path + "/second", from: source, resume: true)
        #expect(second.attempts == result.attempts)
        let others = try Dataset(path: second.dataset).episodePaths
        #expect(
            try EpisodeReader(path: paths[0]).column("actions") == EpisodeReader(path: others[0]).column("actions"))
        for (path, other) in zip(paths, others).dropFirst() {
            #expect(FileManager.default.contentsEqual(atPath: path, andPath: other))
        }
        #expect(LatestRun.folder(of: "generate", job: "runtime-tests") != nil)
    }

    @Test func whatCannotBeASourceIsRefusedInOneLine() throws {
        let folder = try TemporaryFolder()
        let out = folder.path + "/out"
        #expect {
            try generate(1, out, from: folder.path + "/nowhere")
        } throws: { error in
            (error as? JobError) == JobError(.missingFile, "\(folder.path)/nowhere: no such run")
        }
        // Episodes that were cut short did not do the task.
        let short = try TestJob.context(horizon: 2) { $0.record.episodes = 1 }
        _ = try RecordJob(context: short, schedule: .lockstep, out: folder.path + "/short").run()
        #expect {
            try generate(1, out, from: folder.path + "/short")
        } throws: { error in
            (error as? JobError)?.status == .badFile && "\(error)".contains("none of these episodes did the task")
        }
        var other = try JobContext(path: packagePath + "/configs/threading.yaml")
        other.job.record.episodes = 1
        let source = try Self.source.get().path + "/run"
        #expect {
            try GenerateJob(context: other, source: source, out: out).run()
        } throws: { error in
            (error as? EpisodeError)?.kind == .mismatch && "\(error)".contains("task square, expected threading")
        }
        var slow = try TestJob.context(horizon: 400) { $0.action.translation = 0.03 }
        slow.job.record.episodes = 1
        #expect {
            try GenerateJob(context: slow, source: source, out: out).run()
        } throws: { error in
            (error as? JobError)?.status == .badFile && "\(error)".contains("a full action was 0.05 m and 0.5 rad")
        }
        // Nothing was made.
        #expect(!FileManager.default.fileExists(atPath: out))
    }
}
