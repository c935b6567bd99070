import Episodes
import Foundation
import Testing

@testable import Runtime

@Suite struct RecordJobTests {
    private func context(
        episodes: Int, variant file: String = "square", adjust: (inout JobConfiguration) -> Void = { _ in }
    ) throws -> JobContext {
        try TestJob.context(horizon: 2, file) { job in
            job.record.episodes = episodes
            job.record.workers = 1
            adjust(&job)
        }
    }

    private func record(_ context: JobContext, _ out: String, resume: Bool = false) throws -> RecordJob.Result {
        try RecordJob(context: context, schedule: .lockstep, out: out, isResuming: resume).run()
    }

    private func names(_ dataset: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: dataset).sorted()
    }

    private func seeds(_ dataset: String) throws -> [UInt64] {
        try Dataset(path: dataset).episodePaths.map { try EpisodeReader(path: $0).header.seed }
    }

    @Test func aRunFolderHoldsTheDatasetAndItsStory() throws {
        let folder = try TemporaryFolder()
        let result = try record(context(episodes: 2), folder.path + "/run")
        #expect(result.dataset == folder.path + "/run/episodes")
        #expect(try names(result.dataset) == ["000000.hdf5", "000001.hdf5", "dataset.hdf5"])
        #expect(try names(folder.path + "/run") == ["episodes", "results.json", "robot.yaml", "run.yaml"])
        let written = try JSONDecoder().decode(
            RecordJob.Result.self, from: Data(contentsOf: URL(fileURLWithPath: folder.path + "/run/results.json")))
        #expect(written.episodes == 2 && written.attempts == 2 && written.dataset == result.dataset)
        #expect(LatestRun.folder(of: "record", job: "runtime-tests") != nil)
    }

    @Test func aRecordingIsGoneOnWith() throws {
        let folder = try TemporaryFolder()
        let (run, whole) = (folder.path + "/run", folder.path + "/whole")
        _ = try record(context(episodes: 2), run)
        let first = try Data(contentsOf: URL(fileURLWithPath: run + "/episodes/000000.hdf5"))
        let result = try record(context(episodes: 4), run, resume: true)
        #expect(result.episodes == 4 && result.attempts == 4)
        #expect(try seeds(result.dataset) == [0, 1, 2, 3])
        #expect(
            try Data(contentsOf: URL(fileURLWithPath: run + "/episodes/000000.hdf5")) == first, "what was there stays")
        // The last episodes are those that one recording without a break has.
        _ = try record(context(episodes: 4), whole)
        for name in ["000002.hdf5", "000003.hdf5"] {
            #expect(
                FileManager.default.contentsEqual(
                    atPath: run + "/episodes/" + name, andPath: whole + "/episodes/" + name))
        }
    }

    @Test func aFinishedRecordingHasNothingToGoOnWith() throws {
        let folder = try TemporaryFolder()
        _ = try record(context(episodes: 2), folder.path + "/run")
        let result = try record(context(episodes: 2), folder.path + "/run", resume: true)
        #expect(result.episodes == 2 && result.attempts == 2)
    }

    @Test func anEpisodeThatSomebodyRemovedIsNotReplacedByOverwritingAnother() throws {
        let folder = try TemporaryFolder()
        let run = folder.path + "/run"
        _ = try record(context(episodes: 3), run)
        let last = try Data(contentsOf: URL(fileURLWithPath: run + "/episodes/000002.hdf5"))
        try FileManager.default.removeItem(atPath: run + "/episodes/000000.hdf5")
        let result = try record(context(episodes: 3), run, resume: true)
        #expect(
            try names(result.dataset) == ["000001.hdf5", "000002.hdf5", "000003.hdf5", "dataset.hdf5"])
        #expect(try Data(contentsOf: URL(fileURLWithPath: run + "/episodes/000002.hdf5")) == last)
        #expect(try seeds(result.dataset) == [1, 2, 3])
    }

    @Test func whatAnInterruptedRecordingLeftIsRemoved() throws {
        let folder = try TemporaryFolder()
        let run = folder.path + "/run"
        _ = try record(context(episodes: 1), run)
        try FileManager.default.createDirectory(atPath: run + "/episodes/attempts", withIntermediateDirectories: true)
        try Data("cut off".utf8).write(to: URL(fileURLWithPath: run + "/episodes/attempts/000001.hdf5.partial"))
        let result = try record(context(episodes: 2), run, resume: true)
        #expect(try names(result.dataset) == ["000000.hdf5", "000001.hdf5", "dataset.hdf5"])
    }

    @Test func aFolderWithSomethingInItIsRefusedUnlessItIsGoneOnWith() throws {
        let folder = try TemporaryFolder()
        try Data("mine".utf8).write(to: URL(fileURLWithPath: folder.path + "/letter.txt"))
        let job = try context(episodes: 1)
        #expect {
            try record(job, folder.path)
        } throws: { error in
            (error as? JobError)?.status == .cannotCreate && "\(error)".contains("not empty")
                && "\(error)".contains("--resume")
        }
        #expect(try names(folder.path) == ["letter.txt"])
    }

    @Test func episodesOfAnotherVariantAreRefused() throws {
        let folder = try TemporaryFolder()
        let run = folder.path + "/run"
        _ = try record(context(episodes: 1), run)
        let other = try context(episodes: 2, variant: "square-d1")
        #expect {
            try record(other, run, resume: true)
        } throws: { error in
            (error as? EpisodeError)?.kind == .mismatch
                && "\(error)".hasSuffix("/000000.hdf5: it was recorded with variant d0, expected d1")
        }
    }

    @Test(arguments: [5, 1_000_000] as [UInt64]) func episodesOfAnotherSeedAreRefused(seed: UInt64) throws {
        let folder = try TemporaryFolder()
        let run = folder.path + "/run"
        _ = try record(context(episodes: 1), run)
        let other = try context(episodes: 2) { $0.seed = seed }
        #expect {
            try record(other, run, resume: true)
        } throws: { error in
            (error as? JobError)?.status == .badFile
                && "\(error)".contains("recorded with seed 0; this job's seeds begin at \(seed)")
        }
    }

    @Test func anExpertThatNeverSucceedsIsGivenUpOn() throws {
        let folder = try TemporaryFolder()
        let job = try context(episodes: 1) { $0.record.keep = .successes }
        #expect {
            try record(job, folder.path + "/run")
        } throws: { error in
            (error as? JobError)
                == JobError(
                    .failure, "only 0 of 40 attempts succeeded; what was kept is in the run folder")
        }
    }
}
