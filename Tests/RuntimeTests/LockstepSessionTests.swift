import Control
import Episodes
import Foundation
import Policies
import Realtime
import Robots
import Simulation
import Testing

@testable import Runtime

@Suite struct LockstepSessionTests {
    private func makeSession(
        _ context: JobContext, source: consuming ActionSource, into folder: String
    ) throws -> LockstepSession {
        try context.makeLockstepSession(source: source) { request in
            try EpisodeWriter(
                folder: folder, index: request.index,
                header: context.header(seed: request.seed, policy: "test", schedule: .lockstep))
        }
    }

    private func bytes(_ folder: String, _ index: Int) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: Dataset.episodePath(folder: folder, index: index)))
    }

    /// The phases of the cycles, each once for as long as it lasted.
    private func phases(_ cycles: [CycleRecord]) -> [StopPhase] {
        cycles.map(\.phase).reduce(into: []) { if $0.last != $1 { $0.append($1) } }
    }

    @Test func theSameSeedMakesTheSameFile() throws {
        let folder = try TemporaryFolder()
        let context = try TestJob.context(horizon: 12)
        for name in ["a", "b"] {
            try FileManager.default.createDirectory(atPath: "\(folder.path)/\(name)", withIntermediateDirectories: true)
            var session = try makeSession(
                context, source: .expert(of: context.task, noise: 0.05), into: "\(folder.path)/\(name)")
            let result = try session.run(EpisodeRequest(index: 0, seed: 3))
            #expect(result.ending == .horizon && result.steps == 12)
            // 8 steps of settling, the ones before, between and after, and the cycle that takes the end.
            #expect(session.cycles == (1 + 8 + 12) * 25 + 1)
        }
        #expect(try bytes("\(folder.path)/a", 0) == bytes("\(folder.path)/b", 0))
        let reader = try EpisodeReader(path: "\(folder.path)/a/000000.hdf5")
        #expect(reader.stepCount == 12)
        #expect(try reader.cycles().count == (1 + 8 + 12) * 25)
    }

    @Test func whatWasRunBeforeMakesNoDifference() throws {
        let folder = try TemporaryFolder()
        let context = try TestJob.context(horizon: 5)
        var first = try makeSession(context, source: .expert(of: context.task, noise: 0.05), into: folder.path)
        _ = try first.run(EpisodeRequest(index: 0, seed: 7))
        var second = try makeSession(context, source: .expert(of: context.task, noise: 0.05), into: folder.path)
        _ = try second.run(EpisodeRequest(index: 1, seed: 9))
        _ = try second.run(EpisodeRequest(index: 2, seed: 7))
        #expect(try bytes(folder.path, 0) == bytes(folder.path, 2))
        #expect(try bytes(folder.path, 0) != bytes(folder.path, 1))
    }

    @Test func oneWorkerAndTwoRecordTheSameDataset() throws {
        let folder = try TemporaryFolder()
        var datasets: [[Data]] = []
        for workers in [1, 2] {
            let context = try TestJob.context(horizon: 5) { job in
                job.record.episodes = 3
                job.record.workers = workers
            }
            let result = try RecordJob(context: context, schedule: .lockstep, out: "\(folder.path)/run\(workers)").run()
            #expect(result.episodes == 3 && result.attempts == 3 && result.successes == 0 && result.dropped == 0)
            var files = try (0..<3).map { try bytes(result.dataset, $0) }
            files.append(try Data(contentsOf: URL(fileURLWithPath: result.dataset + "/dataset.hdf5")))
            // The number of workers is part of the job, whose text every file holds.
            datasets.append(files.map { replacing(Data("workers: 2".utf8), by: Data("workers: 1".utf8), in: $0) })
        }
        #expect(datasets[0] == datasets[1])
        #expect(Set(datasets[0]).count == 4, "every seed has an episode of its own")
    }

    private func replacing(_ text: Data, by other: Data, in data: Data) -> Data {
        var data = data
        while let range = data.range(of: text) { data.replaceSubrange(range, with: other) }
        return data
    }

    @Test func anEvaluationComesOutTheSameTwice() throws {
        let folder = try TemporaryFolder()
        let context = try TestJob.context(horizon: 5) { job in
            job.evaluation.episodes = 3
            job.evaluation.workers = 2
        }
        var results: [String] = []
        var metrics: [Data] = []
        for name in ["a", "b"] {
            let run = "\(folder.path)/\(name)"
            _ = try EvaluateJob(context: context, policy: .expert, out: run).run()
            let text = try String(contentsOfFile: run + "/results.json", encoding: .utf8)
            results.append(text.replacingOccurrences(of: run, with: "RUN"))
            metrics.append(try Data(contentsOf: URL(fileURLWithPath: run + "/metrics.jsonl")))
        }
        #expect(results[0] == results[1] && results[0].contains("RUN"))
        #expect(metrics[0] == metrics[1] && !metrics[0].isEmpty)
    }

    @Test func aPolicyThatIsLateHasTheArmHeldAndThenStopped() throws {
        let folder = try TemporaryFolder()
        let context = try TestJob.context(horizon: 400)
        let policy = HangingPolicy(answers: 1)
        defer { policy.letGo() }
        var session = try makePatientSession(context, PolicyWorker(policy: policy, mode: .ownThread), into: folder.path)
        let result = try session.run(EpisodeRequest(index: 0, seed: 3))
        #expect(result.ending == .policyLate && result.detail.isEmpty, "the control loop noticed")
        let reader = try EpisodeReader(path: Dataset.episodePath(folder: folder.path, index: 0))
        let cycles = try reader.cycles()
        let sequence = phases(cycles)
        #expect(Array(sequence.prefix(3)) == [.running, .holding, .decelerating])
        #expect(sequence.dropFirst(3).allSatisfy { $0 == .stopped })
        let held = cycles.filter { $0.phase == .holding }
        #expect(held.dropFirst().allSatisfy { $0.interventions.contains(.setpointAge) })
        #expect(abs(Double(held.count) * 0.002 - context.robot.safety.holdDuration) < 0.005)
        #expect(reader.outcome == EpisodeOutcome(success: false, ending: .policyLate))
        #expect(reader.stepCount == 16, "as many as the chunk had actions")
        #expect(try reader.steps().last?.isDone == true)
        // And the next episode begins all the same.
        let next = try session.run(EpisodeRequest(index: 1, seed: 4), stop: { true })
        #expect(next.ending == .stopped)
    }

    /// A session whose policy answers from another thread, which the virtual clock knows nothing of: the first answer is
    /// waited for however long it takes.
    private func makePatientSession(
        _ context: JobContext, _ worker: PolicyWorker, into folder: String
    ) throws -> LockstepSession {
        var setting = context.setting
        setting.chunkPatienceSteps = .max
        let channels = context.makeChannels()
        let events = RecorderQueue(capacity: 256)
        let recorder = Recorder(cycles: channels.cycles, events: events) { request in
            try EpisodeWriter(
                folder: folder, index: request.index,
                header: context.header(seed: request.seed, policy: "test", schedule: .lockstep))
        }
        return LockstepSession(
            control: try context.makeControl(channels: channels, timing: .off),
            inference: InferenceLoop(
                setting: setting, source: .policy(worker, seed: 1), channels: channels, events: events),
            recorder: recorder, channels: channels, cyclesPerStep: context.cyclesPerStep,
            cyclePeriod: context.cyclePeriod)
    }

    @Test func afterAFaultTheNextEpisodeBegins() throws {
        let folder = try TemporaryFolder()
        var context = try TestJob.context(horizon: 30)
        // A workspace that no episode begins in.
        context.robot.safety.workspace.lower.z = 0.7
        var session = try makeSession(context, source: .expert(of: context.task, noise: 0), into: folder.path)
        for index in 0..<2 {
            let result = try session.run(EpisodeRequest(index: index, seed: 3))
            #expect(result.ending == .fault && result.faults == .workspace)
            let reader = try EpisodeReader(path: Dataset.episodePath(folder: folder.path, index: index))
            let cycles = try reader.cycles()
            let first = try #require(cycles.first)
            #expect(first.requests == .reset)
            #expect(first.episodeSequence == first.setpointSequence, "the fault before does not stand against it")
            #expect(cycles.allSatisfy { $0.phase == .faulted && $0.faults == .workspace })
        }
    }

    @Test func aStopEndsTheEpisode() throws {
        let context = try TestJob.context(horizon: 30)
        var session = try context.makeLockstepSession(source: .expert(of: context.task, noise: 0))
        var asked = 0
        let result = try session.run(EpisodeRequest(index: 0, seed: 3)) {
            asked += 1
            return asked > 12
        }
        #expect(result.ending == .stopped && result.steps == 4)
        #expect(try session.run(EpisodeRequest(index: 1, seed: 3)).ending == .horizon)
    }

    @Test func anUnrecordedSessionComesToTheSame() throws {
        let folder = try TemporaryFolder()
        let context = try TestJob.context(horizon: 8)
        var recorded = try makeSession(context, source: .expert(of: context.task, noise: 0), into: folder.path)
        var unrecorded = try context.makeLockstepSession(source: .expert(of: context.task, noise: 0))
        let results = [
            try recorded.run(EpisodeRequest(index: 0, seed: 3)), try unrecorded.run(EpisodeRequest(index: 0, seed: 3)),
        ]
        #expect(results[0].steps == results[1].steps && results[0].ending == results[1].ending)
        #expect(recorded.cycles == unrecorded.cycles)
    }

    @Test func theSmallestRingLosesNothing() throws {
        let folder = try TemporaryFolder()
        let context = try TestJob.context(horizon: 3) { $0.recording.cycleRing = 16 }
        var session = try makeSession(context, source: .expert(of: context.task, noise: 0), into: folder.path)
        _ = try session.run(EpisodeRequest(index: 0, seed: 3))
        let cycles = try EpisodeReader(path: Dataset.episodePath(folder: folder.path, index: 0)).cycles()
        #expect(cycles.map(\.cycle) == Array(1...UInt64(cycles.count)))
    }
}
