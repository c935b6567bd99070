import Foundation
import Testing

extension CommandLineTests {
    /// What every command does when all is well, and the keys that others rely on.
    @Suite(.serialized) struct Jobs {
        let sample: Sample

        init() async throws {
            sample = try await Sample.made.value
        }

        @Test func recordKeepsDemonstrations() throws {
            let result = try object(sample.recorded)
            #expect(result["episodes"] as? Int == 3 && result["successes"] as? Int == 3)
            let dataset = try #require(result["dataset"] as? String)
            #expect(dataset == sample.recording + "/episodes")
            #expect(
                sample.workspace.names("demonstrations/episodes")
                    == ["000000.hdf5", "000001.hdf5", "000002.hdf5", "dataset.hdf5"])
            #expect(sample.workspace.names("demonstrations").contains("run.yaml"))
            // One line on standard output; progress is plain lines on standard error.
            #expect(sample.recorded.split(separator: "\n").count == 1)
            #expect(sample.recordingProgress.contains { $0.hasPrefix("recording: 3/3") })
            #expect(!sample.recordingProgress.contains { $0.contains("\r") || $0.contains("█") })
        }

        @Test func trainLeavesACheckpoint() throws {
            let result = try object(sample.trained)
            #expect(result["steps"] as? Int == 40)
            #expect(try #require(result["heldOutLoss"] as? Double) > 0)
            #expect(FileManager.default.fileExists(atPath: sample.checkpoint))
            #expect(sample.trainingProgress.contains { $0.hasPrefix("training: 40/40") })
        }

        @Test func evaluateMeasuresARate() async throws {
            let run = try await Program.run(
                ["evaluate", sample.job, "--policy", sample.checkpoint, "--episodes", "2", "--json", "--seed", "9"],
                in: sample.workspace)
            #expect(run.status == 0, "\(run.standardError)")
            let result = try run.json
            let numbers = try ["rate", "low", "high"].map { try #require(result[$0] as? Double) }
            let successes = try #require(result["successes"] as? Int)
            #expect(result["episodes"] as? Int == 2 && result["seed"] as? Int == 9)
            #expect(numbers[0] == Double(successes) / 2)
            #expect(0 <= numbers[1] && numbers[1] <= numbers[0] && numbers[0] <= numbers[2] && numbers[2] <= 1)
        }

        @Test func operateDrivesInRealTimeAndReplaysBitForBit() async throws {
            let workspace = sample.workspace
            let run = try await Program.run(
                ["operate", sample.job, "--policy", "expert", "--json", "--out", "operated"], in: workspace)
            #expect(run.status == 0, "\(run.standardError)")
            let result = try run.json
            #expect(result["episodes"] as? Int == 1 && result["successes"] as? Int == 1)
            #expect(result["allocations"] as? Int == 0)
            #expect(result["overruns"] is Int)
            #expect(result["run"] as? String == workspace["operated"])
            let cycles = try #require(result["cycles"] as? Int)
            #expect(cycles > 1000)
            for key in ["wakeMicroseconds", "stepMicroseconds"] {
                let durations = try #require(result[key] as? [String: Double])
                let ordered = try ["p50", "p99", "p999", "max"].map { try #require(durations[$0]) }
                #expect(ordered == ordered.sorted() && ordered[3] > 0)
            }

            let verified = try await Program.run(["replay", "operated", "--verify", "--json"], in: workspace)
            #expect(verified.status == 0, "\(verified.standardOutput)")
            #expect(try verified.json["identical"] as? Bool == true)
            let compared = try #require(try verified.json["cycles"] as? Int)
            #expect(compared > 1000 && compared <= cycles)

            let report = try await Program.run(["report", "operated", "--json"], in: workspace)
            #expect(report.status == 0, "\(report.standardError)")
            let page = try String(contentsOfFile: try #require(try report.json["report"] as? String), encoding: .utf8)
            for word in ["<svg", "Wake-up lateness", "data:image/png;base64,"] { #expect(page.contains(word)) }
        }

        @Test func replayCarriesOutWhatWasRecorded() async throws {
            let run = try await Program.run(
                ["replay", sample.recording, "--episode", "1", "--schedule", "lockstep", "--json", "--out", "again"],
                in: sample.workspace)
            #expect(run.status == 0, "\(run.standardError)")
            #expect(try run.json["successes"] as? Int == 1)
            #expect(run.errorLines.contains { $0.hasPrefix("replaying: 1/1") })
            // The same actions from the same scene in the same schedule: the same measurements, to the bit.
            for name in ["obs/robot0_eef_pos", "actions"] {
                #expect(
                    try Episode.numbers(name, in: sample.recording + "/episodes/000001.hdf5")
                        == Episode.numbers(name, in: sample.workspace["again/episodes/000000.hdf5"]))
            }
        }

        @Test func aChangedByteIsFound() async throws {
            let workspace = try Workspace()
            let path = workspace["000000.hdf5"]
            try FileManager.default.copyItem(atPath: sample.recording + "/episodes/000000.hdf5", toPath: path)
            try Episode.changeExecutedTorque(in: path, cycle: 700)
            let run = try await Program.run(["replay", path, "--verify", "--json"], in: workspace)
            #expect(run.status == 85)
            #expect(try run.json["identical"] as? Bool == false)
            #expect(try #require(try run.json["difference"] as? String).contains("torque of joint"))
        }

        @Test func doctorLooksAtTheMachine() async throws {
            let run = try await Program.run(
                ["doctor", "--json", "--robot", "\(Program.package)/robots/panda.yaml"], in: sample.workspace)
            let checks = try #require(try run.json["checks"] as? [[String: Any]])
            let names = checks.compactMap { $0["name"] as? String }
            #expect(Set(["processor", "real time", "physics", "pictures", "disk", "robot file"]).isSubset(of: names))
            // A machine may refuse real-time rights; then the doctor says so with its status.
            let isWell = checks.allSatisfy { $0["isWell"] as? Bool == true }
            #expect(run.status == (isWell ? 0 : 1))
            for check in checks where check["isWell"] as? Bool == false {
                #expect((check["remedy"] as? String)?.isEmpty == false)
            }
        }
    }
}
