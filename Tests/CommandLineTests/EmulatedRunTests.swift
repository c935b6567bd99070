import Foundation
import Testing

extension CommandLineTests {
    /// Whole runs through the drivers of real robots, with emulated ones at the other end.
    @Suite(.serialized) struct EmulatedRuns {
        private let job = "\(Program.package)/configs/so101-leader.yaml"

        /// The job and its robot, with episodes of at most 14 s, and patient: a pseudo-terminal hands bytes on when the machine has
        /// time for it, which it has little of while other tests run.
        private func makeJob(in folder: Workspace) throws -> String {
            func copy(_ path: String, _ changes: [(String, String)], to name: String) throws {
                var text = try String(contentsOfFile: "\(Program.package)/\(path)", encoding: .utf8)
                for (old, new) in changes {
                    #expect(text.contains(old), "\(path) does not hold \(old)")
                    text = text.replacingOccurrences(of: old, with: new)
                }
                try folder.write(text, to: name)
            }
            let model = ("model: ../.deps", "model: \(Program.package)/.deps")
            let ages = [("state_age: 100 ms", "state_age: 1 s"), ("command_age: 150 ms", "command_age: 1 s")]
            try copy("robots/so101.yaml", [model] + ages, to: "so101.yaml")
            try copy("robots/so101-leader.yaml", [model], to: "leader.yaml")
            try copy(
                "configs/so101-leader.yaml",
                [
                    ("../robots/so101.yaml", folder["so101.yaml"]),
                    ("../robots/so101-leader.yaml", folder["leader.yaml"]),
                    ("duration: 60 s", "duration: 14 s"), ("age: 50 ms", "age: 1 s"),
                ], to: "job.yaml")
            return folder["job.yaml"]
        }

        private func buses(_ run: ProgramResult, _ key: String = "buses") throws -> [String: Any] {
            try #require((run.json[key] as? [[String: Any]])?.first)
        }

        @Test func aLeaderIsFollowedRecordedAndReplayed() async throws {
            let folder = try Workspace()
            let recorded = try await Program.run(
                [
                    "record", try makeJob(in: folder), "--from", "leader", "--hardware", "emulated", "--episodes", "1",
                    "--out",
                    folder["run"], "--json",
                ],
                in: folder)
            #expect(recorded.status == 0, "\(recorded.standardError)")
            #expect(recorded.complains("emulating so101, arm: feetech at 1000000 baud, ids 1 2 3 4 5 6"))
            #expect(recorded.complains("emulating so101-leader, arm:", "moved by a hand (poses)"))
            #expect(try recorded.json["successes"] as? Int == 1)
            let bus = try buses(recorded)
            #expect((bus["replies"] as? Int ?? 0) > 1000)
            #expect((try buses(recorded, "leaderBuses")["motors"] as? [Any])?.count == 6)

            let verified = try await Program.run(["replay", folder["run"], "--verify", "--json"], in: folder)
            #expect(verified.status == 0)
            #expect(try verified.json["identical"] as? Bool == true)
            let replayed = try await Program.run(
                ["replay", folder["run"], "--hardware", "emulated", "--out", folder["again"], "--json"], in: folder)
            #expect(replayed.status == 0, "\(replayed.standardError)")
            // A person judged what was shown; nobody judges the replay.
            #expect(try replayed.json["unjudged"] as? Bool == true)
            #expect(!replayed.complains("succeeded"))
        }

        @Test func lostAndCorruptedRepliesAreCountedAndTheLeaderIsFollowedOn() async throws {
            let folder = try Workspace()
            try folder.write("lost: 5 %\ncorrupted: 1 %\n", to: "faults.yaml")
            let run = try await Program.run(
                [
                    "teleoperate", try makeJob(in: folder), "--hardware", "emulated", "--faults",
                    folder["faults.yaml"], "--seconds", "6",
                    "--out", folder["run"], "--json",
                ], in: folder)
            #expect(run.status == 0, "\(run.standardError)")
            let bus = try buses(run)
            #expect((bus["lost"] as? Int ?? 0) > 50)
            #expect((bus["corrupted"] as? Int ?? 0) > 5)
            let timing = try JSONSerialization.jsonObject(with: Data(folder.text("run/timing.json").utf8))
            let counted = try #require(((timing as? [String: Any])?["buses"] as? [[String: Any]])?.first)
            #expect(counted["lost"] as? Int == bus["lost"] as? Int)
            #expect((counted["motors"] as? [[String: Any]])?.count == 6)
            let report = try await Program.run(["report", folder["run"]], in: folder)
            #expect(report.status == 0)
            let page = try folder.text("run/report.html")
            #expect(page.contains("The robot&#39;s bus arm:") || page.contains("The robot's bus arm:"))
            #expect(page.contains("The leader"))
        }

        @Test func aServoThatIsGoneStopsTheRobotAndIsNamed() async throws {
            let folder = try Workspace()
            try folder.write("events:\n  - {at: 10 s, what: silent, motor: elbow_flex}\n", to: "faults.yaml")
            let run = try await Program.run(
                [
                    "teleoperate", try makeJob(in: folder), "--hardware", "emulated", "--faults",
                    folder["faults.yaml"], "--seconds", "30",
                    "--out", folder["run"], "--json",
                ], in: folder)
            #expect(run.status == 80, "\(run.standardError)")
            #expect(run.complains("elbow_flex (motor 3) of 'arm' has not replied for", "likely its cable is loose"))
            #expect(folder.names("run/episodes").contains("000000.hdf5"))
            let bus = try buses(run)
            let motors = try #require(bus["motors"] as? [[String: Any]])
            #expect((motors[2]["lost"] as? Int ?? 0) > 10 + (motors[1]["lost"] as? Int ?? 0))
        }

        /// What was recorded until then is set aside for whoever looks at it.
        @Test func aRecordingWhoseAdapterIsUnpluggedKeepsTheEpisodeSoFar() async throws {
            let folder = try Workspace()
            try folder.write("events:\n  - {at: 10 s, what: unplugged}\n", to: "faults.yaml")
            let run = try await Program.run(
                [
                    "record", try makeJob(in: folder), "--from", "leader", "--hardware", "emulated", "--faults",
                    folder["faults.yaml"], "--episodes", "1", "--out", folder["run"],
                ], in: folder)
            #expect(run.status == 80, "\(run.standardError)")
            #expect(
                run.complains(
                    "nothing is heard from the bus; is the adapter plugged in, and the power supply on?",
                    "was gone (was the adapter unplugged?)", "hold the arm, and switch its power off",
                    "the episode so far is in \(folder["run"])/stopped/000000.hdf5"), "\(run.standardError)")
            #expect(try Episode.stepCount(in: folder["run/stopped/000000.hdf5"]) > 50)
        }

        @Test func whatDoesNotGoTogetherIsSaid() async throws {
            let folder = try Workspace()
            let port = try await Program.run(
                ["teleoperate", job, "--hardware", "emulated", "--port", "/dev/null"], in: folder)
            #expect(port.status == 64 && port.complains("--port and --calibration go with --hardware real"))
            let faults = try await Program.run(["teleoperate", job, "--faults", "faults.yaml"], in: folder)
            #expect(faults.status == 64 && faults.complains("--faults goes with --hardware emulated"))
        }
    }
}
