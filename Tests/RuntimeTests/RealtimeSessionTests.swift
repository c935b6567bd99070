import Control
import Episodes
import Foundation
import Policies
import Realtime
import Robots
import Simulation
import Synchronization
import Testing

@testable import Runtime

/// Short runs on the machine's clock. How well it keeps time is not looked at.
@Suite(.serialized) struct RealtimeSessionTests {
    private struct Bench {
        let context: JobContext
        let channels: ControlChannels
        let events: RecorderQueue
        let recorder: Recorder
        var setting: InferenceSetting

        init(horizon: Int, folder: String) throws {
            let context = try TestJob.context(horizon: horizon)
            self.context = context
            channels = context.makeChannels()
            events = RecorderQueue(capacity: 256)
            recorder = Recorder(cycles: channels.cycles, events: events) { request in
                try EpisodeWriter(
                    folder: folder, index: request.index,
                    header: context.header(seed: request.seed, policy: "test", schedule: .realtime))
            }
            setting = context.setting
            setting.settlingSteps = 2
        }

        func run(
            episodes: Int = 1, source: consuming ActionSource, signal: () -> ExitStatus? = { nil }
        ) throws -> RealtimeSession.Summary {
            let session = RealtimeSession(setting: setting, stepRate: 20, channels: channels)
            return try session.run(
                (0..<episodes).map { EpisodeRequest(index: $0, seed: UInt64($0)) },
                control: context.makeControl(channels: channels, timing: .measured), source: source,
                recording: (recorder, events), signal: signal, report: { _ in })
        }
    }

    private func reader(_ folder: TemporaryFolder, _ index: Int = 0) throws -> EpisodeReader {
        try EpisodeReader(path: Dataset.episodePath(folder: folder.path, index: index))
    }

    @Test func episodesRunToTheirEnd() throws {
        let folder = try TemporaryFolder()
        let bench = try Bench(horizon: 8, folder: folder.path)
        let summary = try bench.run(episodes: 2, source: .expert(of: bench.context.task, noise: 0))
        #expect(summary.endedBy == nil)
        #expect(summary.results.map(\.ending) == [.horizon, .horizon] && summary.results.map(\.steps) == [8, 8])
        #expect(summary.cycles > 0 && summary.step.count > 0 && summary.control.count > 0)
        #expect(try #require(summary.allocations) == 0, "the control thread called the allocator")
        #expect(summary.dropped == 0)
        for index in 0..<2 {
            let episode = try reader(folder, index)
            #expect(episode.stepCount == 8 && episode.outcome?.ending == .horizon)
            let cycles = try episode.cycles()
            #expect(!cycles.isEmpty && zip(cycles, cycles.dropFirst()).allSatisfy { $0.cycle + 1 == $1.cycle })
        }
    }

    @Test func aPolicyThatSleepsTooLongIsGivenUpOnWhileTheControlLoopGoesOn() throws {
        let folder = try TemporaryFolder()
        var bench = try Bench(horizon: 400, folder: folder.path)
        bench.setting.chunkPatienceSteps = 6
        let policy = HangingPolicy(answers: 0)
        defer { policy.letGo() }
        let worker = PolicyWorker(policy: policy, mode: .ownThread)
        let summary = try bench.run(episodes: 3, source: .policy(worker, seed: 1))
        let result = try #require(summary.results.first)
        #expect(summary.results.count == 1, "the run ends with it")
        #expect(result.ending == .policyLate && Driving.status(of: result) == .policyLate)
        let cycles = try reader(folder).cycles()
        #expect(cycles.count > 0 && cycles.allSatisfy { $0.faults == [] })
        #expect(summary.cycles >= UInt64(cycles.count))
        #expect(try reader(folder).outcome?.ending == .policyLate)
    }

    @Test func aPolicyThatStopsAnsweringHasTheRobotStopped() throws {
        let folder = try TemporaryFolder()
        let bench = try Bench(horizon: 400, folder: folder.path)
        let policy = HangingPolicy(answers: 1)
        defer { policy.letGo() }
        let summary = try bench.run(source: .policy(PolicyWorker(policy: policy, mode: .ownThread), seed: 1))
        let result = try #require(summary.results.first)
        #expect(result.ending == .policyLate)
        #expect(Driving.reason(result).hasPrefix("episode 0, step \(result.steps): the policy answered too late"))
        let phases = try reader(folder).cycles().map(\.phase)
        #expect(phases.contains(.holding) && phases.last?.isStopping == true)
    }

    @Test func aPolicyThatFailsEndsTheRun() throws {
        let folder = try TemporaryFolder()
        let bench = try Bench(horizon: 400, folder: folder.path)
        let policy = ScriptedPolicy { _ in throw PolicyError.actionNotFinite(step: 0, component: 1) }
        let summary = try bench.run(
            episodes: 2, source: .policy(PolicyWorker(policy: policy, mode: .ownThread), seed: 1))
        #expect(summary.results.map(\.ending) == [.policyFailed])
        #expect(summary.results.first.flatMap(Driving.status) == .policyFailed)
    }

    @Test func afterAFaultNoFurtherEpisodeBegins() throws {
        let folder = try TemporaryFolder()
        var bench = try Bench(horizon: 400, folder: folder.path)
        let requests = bench.channels.operatorRequest
        bench.setting.horizon = 400
        let asked = Mutex(0)
        let policy = ScriptedPolicy { _ in
            asked.withLock { $0 += 1 }
            requests.request(.overrun)
            return ScriptedPolicy.still()
        }
        let summary = try bench.run(
            episodes: 3, source: .policy(PolicyWorker(policy: policy, mode: .immediate), seed: 1))
        let result = try #require(summary.results.first)
        #expect(summary.results.count == 1 && result.ending == .fault && result.faults.contains(.overrun))
        #expect(Driving.status(of: result) == .overruns)
        #expect(try reader(folder).outcome?.ending == .fault)
    }

    @Test func aFaultBeforeTheEpisodeRefusesIt() throws {
        let folder = try TemporaryFolder()
        let bench = try Bench(horizon: 400, folder: folder.path)
        bench.channels.operatorRequest.request(.overrun)
        let summary = try bench.run(source: .expert(of: bench.context.task, noise: 0))
        #expect(summary.results.map(\.ending) == [.fault])
    }

    @Test(arguments: [ExitStatus.interrupted, .terminated])
    func aPersonsStopClosesTheEpisode(status: ExitStatus) throws {
        let folder = try TemporaryFolder()
        let bench = try Bench(horizon: 100_000, folder: folder.path)
        let channels = bench.channels
        var snapshot = ControlSnapshot()
        let summary = try bench.run(episodes: 3, source: .expert(of: bench.context.task, noise: 0)) {
            // Once the episode is well under way.
            _ = channels.snapshot.read(into: &snapshot)
            return snapshot.setpointSequence > 10 ? status : nil
        }
        #expect(summary.endedBy?.status == status)
        #expect(summary.results.map(\.ending) == [.stopped])
        let episode = try reader(folder)
        #expect(episode.outcome == EpisodeOutcome(success: false, ending: .stopped))
        #expect(episode.stepCount > 0)
        #expect(try !episode.cycles().isEmpty)
    }

    @Test func aStopAtTheVeryBeginningEndsTheRun() throws {
        let folder = try TemporaryFolder()
        let bench = try Bench(horizon: 100_000, folder: folder.path)
        bench.channels.operatorRequest.requestStop()
        let summary = try bench.run(
            episodes: 2, source: .expert(of: bench.context.task, noise: 0), signal: { .interrupted })
        #expect(summary.endedBy?.status == .interrupted)
        #expect(summary.results.allSatisfy { $0.ending == .stopped })
    }

    @Test func aRecorderThatCannotWriteEndsTheRun() throws {
        let folder = try TemporaryFolder()
        let bench = try Bench(horizon: 100_000, folder: folder.path + "/gone")
        let summary = try bench.run(episodes: 2, source: .expert(of: bench.context.task, noise: 0))
        let error = try #require(summary.endedBy)
        #expect(error.status == .inputOutput || error.status == .missingFile)
        #expect(error.message.contains("gone") && !error.message.contains("error:"))
        #expect(summary.results.allSatisfy { $0.ending == .stopped })
    }
}
