import Foundation
import Testing

extension CommandLineTests {
    /// What the README says about an arm of one's own, command for command, on emulated arms at ports of this machine.
    @Suite(.serialized) struct OwnArm {
        private let folder: Workspace

        init() throws { folder = try Workspace() }

        private var follower: String { folder["follower"] }
        private var leader: String { folder["leader"] }

        /// The robots and the job, patient: a pseudo-terminal hands bytes on when the machine has time for it.
        private func copyFiles() throws {
            func copy(_ path: String, _ changes: [(String, String)]) throws {
                var text = try String(contentsOfFile: "\(Program.package)/\(path)", encoding: .utf8)
                for (old, new) in changes {
                    #expect(text.contains(old), "\(path) does not hold \(old)")
                    text = text.replacingOccurrences(of: old, with: new)
                }
                try folder.write(text, to: path)
            }
            for name in ["robots", "configs", "calibration"] {
                try FileManager.default.createDirectory(atPath: folder[name], withIntermediateDirectories: true)
            }
            let patience = [
                ("model: ../.deps", "model: \(Program.package)/.deps"), ("state_age: 100 ms", "state_age: 1 s"),
                ("command_age: 150 ms", "command_age: 1 s"), ("overrun_budget: 10", "overrun_budget: 100000"),
                ("supervisor_timeout: 500 ms", "supervisor_timeout: 10 s"),
            ]
            try copy("robots/so101.yaml", patience)
            try copy("robots/so101-leader.yaml", patience)
            // However far a slow machine lets the leader get before it is followed.
            try copy(
                "configs/so101-leader.yaml", [("age: 50 ms", "age: 1 s"), ("distance: 0.8 rad", "distance: 3 rad")])
        }

        /// How an arm was put together, whose motors have homing offsets of their own.
        private func assembly(of robot: String, offset: Int) -> String {
            let joints = [
                ("shoulder_pan", 2048, 797...3299), ("shoulder_lift", 2048, 911...3185),
                ("elbow_flex", 2048, 947...3149), ("wrist_flex", 2048, 967...3129), ("wrist_roll", 2016, 228...3868),
                ("gripper", 1422, 1422...2674),
            ]
            let motors = joints.enumerated().map { index, joint in
                "  - {joint: \(joint.0), id: \(index + 1), model: sts3215, homing_offset: \(offset * (index + 1)), "
                    + "zero: \(joint.1), lower: \(joint.2.lowerBound), upper: \(joint.2.upperBound)}\n"
            }
            return "robot: \(robot)\ntime: \"2026-01-01T00:00:00Z\"\nsource: measured\nmotors:\n" + motors.joined()
        }

        private func emulate(_ robot: String, _ link: String, _ arguments: [String]) async throws -> RunningProgram {
            let emulator = try Program.start(
                ["emulate", "robots/\(robot).yaml", "--link", link] + arguments, in: folder)
            try await emulator.wait { FileManager.default.fileExists(atPath: link) }
            return emulator
        }

        private func end(_ emulators: RunningProgram...) async throws {
            for emulator in emulators {
                emulator.signal(SIGINT)
                #expect(try await emulator.wait().status == 0)
            }
        }

        /// The lines of the doctor about the arm; the machine's own are not what this is about.
        private func doctor(_ robot: String, _ port: String) async throws -> [String] {
            let run = try await Program.run(["doctor", "--robot", "robots/\(robot).yaml", "--port", port], in: folder)
            let lines = run.outputLines
            return Array(lines[(lines.firstIndex { $0.contains(" robot file: ") } ?? 0)...])
        }

        /// Enter once, by a pipe; begun anew where the machine was too slow to follow the joints.
        private func calibrate(_ robot: String, _ port: String) async throws -> ProgramResult {
            var result: ProgramResult?
            for _ in 0..<3 where result?.status != 0 {
                let pipe = Pipe()
                try pipe.fileHandleForWriting.write(contentsOf: Data("\n".utf8))
                result = try await Program.run(
                    ["calibrate", "robots/\(robot).yaml", "--port", port, "--seconds", "60"], in: folder,
                    input: pipe.fileHandleForReading)
            }
            return try #require(result)
        }

        @Test func anArmIsSetUpCalibratedLedRecordedAndReplayed() async throws {
            try copyFiles()
            try folder.write(assembly(of: "so101", offset: 100), to: "follower.yaml")
            try folder.write(assembly(of: "so101-leader", offset: -150), to: "leader.yaml")
            let unknown = try await emulate("so101", follower, ["--hand", "sweep", "--calibration", "follower.yaml"])
            let other = try await emulate("so101-leader", leader, ["--hand", "sweep", "--calibration", "leader.yaml"])

            // 1: which port, 2: ids, 3: whether all is well.
            for (robot, port) in [("so101", follower), ("so101-leader", leader)] {
                let found = try await Program.run(
                    ["find-port", "--robot", "robots/\(robot).yaml", port, "--json"], in: folder)
                #expect(found.status == 0, "\(found.standardError)")
                #expect(try found.json["found"] as? [String] == [port])
                let checks = try await doctor(robot, port)
                #expect(checks.contains("ok      motors: 6 of 6 reply at 1000000 baud"), "\(checks)")
                let place = try #require(checks.firstIndex { $0.hasPrefix("NOT OK  calibration: ") }, "\(checks)")
                #expect(
                    checks[place + 1] == "         -> steadyhand calibrate robots/\(robot).yaml --port \(port)")
            }
            let twice = try await Program.run(
                ["setup-motors", "robots/so101.yaml", "--port", follower, "--motor", "gripper"], in: folder,
                input: { () -> FileHandle in
                    let pipe = Pipe()
                    try? pipe.fileHandleForWriting.write(contentsOf: Data("\n".utf8))
                    return pipe.fileHandleForReading
                }())
            #expect(twice.status == 69, "\(twice.standardError)")
            #expect(twice.complains("6 motors reply that are not done", "id 6 is taken by one of them"))

            // 4: both calibrations.
            async let first = calibrate("so101", follower)
            async let second = calibrate("so101-leader", leader)
            for result in [try await first, try await second] {
                #expect(result.status == 0, "\(result.standardError)")
            }
            #expect(folder.names("calibration") == ["so101-leader.yaml", "so101.yaml"])
            #expect(try folder.text("calibration/so101.yaml") != folder.text("calibration/so101-leader.yaml"))
            for (robot, port) in [("so101", follower), ("so101-leader", leader)] {
                let checks = try await doctor(robot, port)
                #expect(
                    checks.contains { $0.hasSuffix("calibration/\(robot).yaml is this arm's, made today") }, "\(checks)"
                )
            }
            try await end(unknown, other)

            // 5: the arms as they were calibrated; the leader is in somebody's hand now.
            let arm = try await emulate("so101", follower, ["--calibration", "calibration/so101.yaml"])
            let handle = try await emulate(
                "so101-leader", leader, ["--hand", "poses", "--calibration", "calibration/so101-leader.yaml"])
            let ports = ["--hardware", "real", "--port", follower, "--leader-port", leader]
            let led = try await Program.run(
                ["teleoperate", "configs/so101-leader.yaml", "--seconds", "6", "--json"] + ports, in: folder)
            #expect(led.status == 0, "\(led.standardError)")
            #expect(try led.json["cycles"] as? Int ?? 0 > 300)
            let recorded = try await record(["--out", folder["run"], "--json"] + ports)
            #expect(recorded.status == 0, "\(recorded.standardError)")
            #expect(try recorded.json["successes"] as? Int == 2)
            #expect(folder.names("run/episodes") == ["000000.hdf5", "000001.hdf5", "dataset.hdf5"])

            // 6: bit for bit, and on the arm, which ends with the episode.
            let verified = try await Program.run(["replay", "run", "--verify", "--json"], in: folder)
            #expect(verified.status == 0, "\(verified.standardError)")
            #expect(try verified.json["identical"] as? Bool == true)
            let replayed = try await Program.run(
                [
                    "replay", "run", "--episode", "1", "--hardware", "real", "--port", follower, "--out",
                    folder["again"], "--json",
                ],
                in: folder)
            #expect(replayed.status == 0, "\(replayed.standardError)")
            // Before it the arm was brought to where the episode began.
            #expect(
                try Episode.numbers("actions", in: folder["again/episodes/000000.hdf5"])
                    .hasSuffix(Episode.numbers("actions", in: folder["run/episodes/000001.hdf5"])))
            try await end(arm, handle)
            try await checkReport(recorded)
        }

        /// Two episodes, each begun and ended with Enter.
        private func record(_ arguments: [String]) async throws -> ProgramResult {
            let terminal = try PersonsTerminal()
            let run = try Program.start(
                ["record", "configs/so101-leader.yaml", "--from", "leader", "--episodes", "2"] + arguments, in: folder,
                input: terminal.input)
            for episode in 0..<2 {
                let file = folder["run/episodes/attempts/00000\(episode).hdf5"]
                try await run.wait { run.standardError.contains("press Enter to begin") }
                terminal.pressEnter()
                try await run.wait { FileManager.default.fileExists(atPath: file + ".partial") }
                try await Task.sleep(for: .seconds(3))
                terminal.pressEnter()
                // The second one ends the run, which takes the attempts away.
                if episode == 0 { try await run.wait { FileManager.default.fileExists(atPath: file) } }
            }
            return try await run.wait()
        }

        /// What happened on both buses is in `timing.json`, and in the report.
        private func checkReport(_ recorded: ProgramResult) async throws {
            let timing = try JSONSerialization.jsonObject(with: Data(folder.text("run/timing.json").utf8))
            for (key, owner) in [("buses", "robot"), ("leaderBuses", "leader")] {
                let bus = try #require(((timing as? [String: Any])?[key] as? [[String: Any]])?.first)
                #expect((bus["motors"] as? [Any])?.count == 6)
                let counted = try #require((recorded.json[key] as? [[String: Any]])?.first)
                #expect(bus["requests"] as? Int == counted["requests"] as? Int)
                let report = try await Program.run(["report", "run"], in: folder)
                #expect(report.status == 0, "\(report.standardError)")
                let page = try folder.text("run/report.html")
                #expect(page.contains("The \(owner)&#39;s bus arm: \(bus["requests"] as? Int ?? 0) requests"))
            }
            let page = try folder.text("run/report.html")
            #expect(page.contains("led by hand, while recording") && page.contains("with an error"))
        }
    }
}
