import Episodes
import Foundation
import Testing

@testable import Runtime

@Suite struct OperateJobTests {
    private func operate(
        _ context: JobContext, _ schedule: ScheduleKind, episodes: Int = 1, in folder: TemporaryFolder
    ) throws -> OperateResult {
        try OperateJob(
            context: context, policy: .expert, episodes: episodes, schedule: schedule, out: folder.path + "/run"
        ).run()
    }

    @Test(arguments: [ScheduleKind.lockstep, .realtime]) func aRunLeavesItsFolder(schedule: ScheduleKind) throws {
        let folder = try TemporaryFolder()
        let result = try operate(TestJob.context(horizon: 4), schedule, episodes: 2, in: folder)
        #expect(result.episodes == 2 && result.successes == 0 && result.ended == nil && result.endedEarly == nil)
        #expect(result.run == folder.path + "/run" && result.cycles > 0 && result.dropped == 0)
        #expect((result.allocations == nil) == (schedule == .lockstep))
        #expect((result.stepMicroseconds == nil) == (schedule == .lockstep))
        let names = try FileManager.default.contentsOfDirectory(atPath: result.run).sorted()
        let timing = schedule == .realtime ? ["timing.json"] : []
        #expect(names == ["episodes", "metrics.jsonl", "results.json", "robot.yaml", "run.yaml"] + timing)
        let dataset = try Dataset(path: result.run + "/episodes")
        #expect(dataset.check().isEmpty && dataset.episodePaths.count == 2)
        let header = try EpisodeReader(path: dataset.episodePaths[1]).header
        #expect(header.seed == 500_001 && header.policy == "expert" && header.schedule == schedule.rawValue)
        #expect((header.startWallClock == nil) == (schedule == .lockstep))
        let lines = try String(contentsOfFile: result.run + "/metrics.jsonl", encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 2)
    }

    @Test(arguments: [ScheduleKind.lockstep, .realtime]) func aFaultEndsTheRunAndIsTold(schedule: ScheduleKind) throws {
        let folder = try TemporaryFolder()
        var context = try TestJob.context(horizon: 4)
        // A workspace that no episode begins in.
        context.robot.safety.workspace.lower.z = 0.7
        let result = try operate(context, schedule, episodes: 3, in: folder)
        #expect(result.endedEarly?.status == .safetyStop && result.episodes == 1)
        #expect(result.ended == "episode 0, step 0: the safety system stopped the robot: workspace")
        let results = try JSONDecoder().decode(
            OperateResult.self, from: Data(contentsOf: URL(fileURLWithPath: result.run + "/results.json")))
        #expect(results.endedEarly?.status == .safetyStop)
    }

    /// A limit on the size of files does to the recorder what a full disk does.
    @Test func aDiskThatIsFullEndsTheRunWithItsStatus() throws {
        let folder = try TemporaryFolder()
        let job = try TestJob.patientFiles(in: folder.path)
        let command = try TestJob.commandLine()
        let output = try runProgram(
            "/bin/bash",
            [
                "-c",
                "trap '' XFSZ; ulimit -f 150; cd '\(folder.path)' && exec '\(command)' operate '\(job)' --policy expert --out run",
            ])
        #expect(output.status == ExitStatus.inputOutput.rawValue, "\(output.text)\(output.errors)")
        #expect((output.text + output.errors).contains("000000.hdf5.partial: "), "\(output.text)\(output.errors)")
    }

    @Test func aReplayCarriesOutTheRecordedActions() throws {
        let folder = try TemporaryFolder()
        let recorded = try operate(TestJob.context(horizon: 3), .lockstep, in: folder)
        let file = recorded.run + "/episodes/000000.hdf5"
        let actions = try EpisodeReader(path: file).steps().map(\.action)
        let replay = try ReplayJob(
            path: recorded.run, episode: 0, hardware: .simulated, schedule: .lockstep, out: folder.path + "/replay"
        ).run()
        #expect(replay.episodes == 1)
        let steps = try EpisodeReader(path: replay.run + "/episodes/000000.hdf5").steps()
        #expect(steps.prefix(3).map(\.action) == actions)
        #expect(steps.dropFirst(3).allSatisfy { $0.action.prefix(6).allSatisfy { $0 == 0 } })
    }
}
