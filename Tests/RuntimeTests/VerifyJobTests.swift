import Episodes
import Foundation
import Testing

@testable import Runtime

@Suite struct VerifyJobTests {
    /// A recording of one short episode.
    private func record(_ schedule: ScheduleKind, in folder: TemporaryFolder, episodes: Int = 1) throws -> String {
        let context = try TestJob.context(horizon: 8) { job in
            job.record.episodes = episodes
            job.record.workers = 1
        }
        let out = folder.path + "/run"
        _ = try RecordJob(context: context, schedule: schedule, out: out).run()
        return out
    }

    /// Changes an episode with the ecosystem's own library: `code` has it as `demo`.
    private func patch(_ run: String, _ code: String) throws {
        let path = Dataset.episodePath(folder: run + "/episodes", index: 0)
        let program = """
            import h5py, numpy
            file = h5py.File("\(path)", "r+")
            demo = file["data/demo_0"]
            \(code)
            file.close()
            """
        let output = try runProgram("/usr/bin/python3", ["-c", program])
        #expect(output.status == 0, "\(output.errors)")
    }

    private func flip(_ column: String, row: Int, joint: Int) -> String {
        """
        values = demo["control/\(column)"][:]
        values.view(numpy.uint64)[\(row), \(joint)] ^= numpy.uint64(1)
        demo["control/\(column)"][...] = values
        """
    }

    @Test func aLockstepRunComesOutBitForBit() throws {
        let folder = try TemporaryFolder()
        let run = try record(.lockstep, in: folder, episodes: 2)
        let result = try VerifyJob(path: run, episode: nil).run()
        #expect(result.identical && result.difference == nil, "\(result.text)")
        #expect(result.episodes == 2 && result.cycles == 2 * (1 + 8 + 8) * 25)
        #expect(try VerifyJob(path: run, episode: 1).run().episodes == 1)
        #expect(try VerifyJob(path: run + "/episodes/000000.hdf5", episode: nil).run().identical)
    }

    @Test func aRealtimeRunComesOutBitForBit() throws {
        let folder = try TemporaryFolder()
        let run = try record(.realtime, in: folder)
        let result = try VerifyJob(path: run, episode: nil).run()
        #expect(result.identical && result.cycles > 0, "\(result.text)")
    }

    @Test(arguments: [("executed/joint_torques", 2), ("requested/joint_torques", 0), ("executed/joint_positions", 6)])
    func aFlippedBitOfACommandIsFound(column: String, joint: Int) throws {
        let folder = try TemporaryFolder()
        let run = try record(.lockstep, in: folder)
        try patch(run, flip(column, row: 250, joint: joint))
        let result = try VerifyJob(path: run, episode: nil).run()
        let difference = try #require(result.difference)
        #expect(!result.identical && result.cycles == 250)
        let command = column.split(separator: "/")[0]
        let value = column.hasSuffix("torques") ? "torque" : "position"
        #expect(difference.contains("cycle 251 differs in the \(command) \(value) of joint \(joint + 1): "))
        #expect(difference.hasPrefix(run))
    }

    @Test func aFlippedBitOfAMeasurementIsFound() throws {
        let folder = try TemporaryFolder()
        let run = try record(.lockstep, in: folder)
        try patch(run, flip("measured/joint_velocities", row: 300, joint: 1))
        let result = try VerifyJob(path: run, episode: nil).run()
        #expect(try #require(result.difference).contains("cycle 301 differs in the requested torque of joint"))
    }

    @Test func aFlippedFlagIsFound() throws {
        let folder = try TemporaryFolder()
        let run = try record(.lockstep, in: folder)
        try patch(run, "demo[\"control/limiter_flags\"][100] ^= 8")
        let result = try VerifyJob(path: run, episode: nil).run()
        #expect(try #require(result.difference).hasSuffix("cycle 101 differs in the safety filter's interventions"))
    }

    @Test func aChangedSetpointIsFound() throws {
        let folder = try TemporaryFolder()
        let run = try record(.lockstep, in: folder)
        try patch(run, "demo[\"setpoints/translation\"][12, 1] += 1e-9")
        let result = try VerifyJob(path: run, episode: nil).run()
        #expect(!result.identical, "\(result.text)")
    }

    @Test func aMissingCycleIsNamed() throws {
        let folder = try TemporaryFolder()
        let run = try record(.lockstep, in: folder)
        try patch(
            run,
            """
            group = demo["control"]
            names = []
            group.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)
            for name in names:
                values = numpy.delete(group[name][:], [200, 201], axis=0)
                group[name].resize(values.shape)
                group[name][...] = values
            """)
        let result = try VerifyJob(path: run, episode: nil).run()
        #expect(try #require(result.difference).hasSuffix("cycles 201 to 202 are missing in the recording"))
    }

    @Test func aMissingSetpointIsNamed() throws {
        let folder = try TemporaryFolder()
        let run = try record(.lockstep, in: folder)
        try patch(run, "demo[\"setpoints/sequence\"][5] = 9999")
        let result = try VerifyJob(path: run, episode: nil).run()
        #expect(try #require(result.difference).contains("took setpoint 6, which is not in the recording"))
    }

    @Test func aRecordingWithoutItsBeginningIsRefused() throws {
        let folder = try TemporaryFolder()
        let run = try record(.lockstep, in: folder)
        try patch(run, "demo[\"control/episode_sequence\"][0] = 77")
        #expect {
            try VerifyJob(path: run, episode: nil).run()
        } throws: { error in
            (error as? JobError)?.status == .badFile && "\(error)".contains("beginning")
        }
    }

    @Test func whatIsNotThereIsNamed() throws {
        let folder = try TemporaryFolder()
        #expect(throws: JobError(.missingFile, "\(folder.path)/none: no such run")) {
            try VerifyJob(path: folder.path + "/none", episode: nil).run()
        }
        #expect(throws: JobError(.missingFile, "\(folder.path): there is no episode in this folder")) {
            try VerifyJob(path: folder.path, episode: nil).run()
        }
        let run = try record(.lockstep, in: folder)
        #expect(throws: JobError(.missingFile, "\(run)/episodes: there is no episode 7; there are 1")) {
            try VerifyJob(path: run, episode: 7).run()
        }
    }
}
