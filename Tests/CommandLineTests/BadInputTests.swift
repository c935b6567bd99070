import Foundation
import Testing

extension CommandLineTests {
    /// Files and options that are wrong: each ends with its own exit status and a line that says what would be right.
    @Suite(.serialized) struct BadInput {
        let workspace: Workspace

        init() throws {
            workspace = try Workspace()
        }

        private func expect(
            _ arguments: [String], status: Int32, says words: [String],
            sourceLocation: SourceLocation = #_sourceLocation
        ) async throws {
            let run = try await Program.run(arguments, in: workspace)
            #expect(run.status == status, "\(run.standardError)", sourceLocation: sourceLocation)
            #expect(
                run.errorLines.contains { line in words.allSatisfy(line.contains) },
                "no line with \(words): \(run.standardError)", sourceLocation: sourceLocation)
            #expect(run.standardOutput.isEmpty, sourceLocation: sourceLocation)
        }

        @Test func jobFiles() async throws {
            try await expect(["record", "gone.yaml"], status: 66, says: ["gone.yaml: no such file"])
            try workspace.write("name: square\n  task: [\n", to: "broken.yaml")
            try await expect(["train", "broken.yaml"], status: 65, says: ["broken.yaml:2:7: not YAML:"])
            try workspace.makeJob("key.yaml", replacing: [("horizon: 16", "horizn: 16")])
            try await expect(
                ["evaluate", "key.yaml"], status: 65,
                says: [
                    "key.yaml:\(try workspace.place(of: "horizn", in: "key.yaml")): unknown key 'horizn'; did you mean 'horizon'?"
                ])
            try workspace.makeJob("unit.yaml", replacing: [("translation: 5 cm", "translation: 0.05")])
            try await expect(
                ["operate", "unit.yaml"], status: 65,
                says: [
                    "unit.yaml:\(try workspace.place(of: "0.05", in: "unit.yaml")): translation has no unit; write 0.05 m"
                ])
        }

        @Test func chunkOptions() async throws {
            try workspace.makeJob()
            try await expect(
                ["evaluate", "job.yaml", "--delay", "fast"], status: 64, says: ["'fast' is no duration", "200ms"])
            try await expect(["evaluate", "job.yaml", "--delay", "-1s"], status: 64, says: ["--delay"])
            try await expect(
                ["evaluate", "job.yaml", "--seam", "glue"], status: 64, says: ["glue", "real-time-chunking"])
            try workspace.makeJob("seam.yaml", replacing: [("lead: 1", "lead: 1\n  seam: glue")])
            try await expect(
                ["evaluate", "seam.yaml"], status: 65,
                says: ["seam.yaml:\(try workspace.place(of: "glue", in: "seam.yaml")): seam cannot be 'glue'"])
            try await expect(
                ["evaluate", "job.yaml", "--policy", "gone.onnx"], status: 66, says: ["gone.onnx: no such checkpoint"])
        }

        @Test func everyFaultOfAFileIsNamedAtOnce() async throws {
            try workspace.makeJob(
                "job.yaml",
                replacing: [
                    ("horizon: 16", "horizn: 16"), ("translation: 5 cm", "translation: 5"), ("lead: 1", "lead: yes"),
                ])
            let run = try await Program.run(["record", "job.yaml"], in: workspace)
            let places = run.errorLines.compactMap { $0.split(separator: " ").first }
            #expect(run.status == 65)
            #expect(places.count >= 3 && places.allSatisfy { $0.hasPrefix("job.yaml:") }, "\(run.standardError)")
        }

        @Test func robotFiles() async throws {
            let job = try workspace.makeJob(robot: "gone.yaml")
            try await expect(
                ["record", job], status: 65,
                says: [
                    "job.yaml:\(try workspace.place(of: "gone.yaml", in: "job.yaml")): robot names",
                    "gone.yaml, which does not exist",
                ])
            try workspace.makeJob()
            try await expect(
                ["record", job, "--robot", "nowhere.yaml"], status: 66, says: ["nowhere.yaml: no such file"])
            let absent = try workspace.makeRobot(
                "absent.yaml", replacing: [("franka_emika_panda/panda.xml", "franka_emika_panda/gone.xml")])
            try await expect(
                ["record", job, "--robot", absent], status: 65,
                says: [
                    "absent.yaml:\(try workspace.place(of: "\(Program.package)/.deps", in: "absent.yaml")): model names",
                    "tools/setup",
                ])
            let joint = try workspace.makeRobot("joint.yaml", replacing: [("name: joint3", "name: elbow")])
            try await expect(
                ["record", job, "--robot", joint], status: 65, says: ["panda.xml has no joint 'elbow'", "joint.yaml"])
            let limit = try workspace.makeRobot("limit.yaml", replacing: [("    jerk: 7500 rad/s^3\n", "")])
            try await expect(["record", job, "--robot", limit], status: 65, says: ["limit.yaml:", "jerk"])
        }

        @Test func checkpoints() async throws {
            let sample = try await Sample.made.value
            try await expect(
                ["evaluate", sample.job, "--policy", "gone.safetensors"], status: 66,
                says: ["gone.safetensors: no such checkpoint"])
            try await expect(["operate", sample.job], status: 66, says: ["no base policy", "steadyhand train"])
            let whole = try Data(contentsOf: URL(fileURLWithPath: sample.checkpoint))
            try whole.prefix(whole.count / 2).write(to: URL(fileURLWithPath: workspace["cut.safetensors"]))
            try await expect(
                ["evaluate", sample.job, "--policy", "cut.safetensors"], status: 65,
                says: ["cut.safetensors: cut short"])
            let other = try workspace.makeJob(from: "square-d1.yaml")
            try await expect(
                ["evaluate", other, "--policy", sample.checkpoint], status: 65,
                says: ["policy.safetensors", "square-d0", "square-d1"])
        }

        @Test func datasets() async throws {
            let sample = try await Sample.made.value
            let job = try workspace.makeJob()
            try await expect(["train", job], status: 66, says: ["no demonstrations", "steadyhand record"])
            try await expect(["train", job, "--dataset", "gone"], status: 66, says: ["gone: no such dataset"])
            try FileManager.default.createDirectory(atPath: workspace["empty"], withIntermediateDirectories: true)
            try await expect(
                ["train", job, "--dataset", "empty"], status: 66, says: ["empty: there is no complete episode"])
            let other = try workspace.makeJob("d1.yaml", from: "square-d1.yaml")
            try await expect(
                ["train", other, "--dataset", sample.recording], status: 65,
                says: ["000000.hdf5: it was recorded with variant d0, expected d1"])
            let arm = try workspace.makeRobot("arm.yaml", replacing: [("name: panda", "name: other-arm")])
            try await expect(
                ["train", job, "--robot", arm, "--dataset", sample.recording], status: 65,
                says: ["000000.hdf5: it was recorded with robot panda, expected other-arm"])

            try FileManager.default.copyItem(atPath: sample.recording, toPath: workspace["cut"])
            let path = workspace["cut/episodes/000001.hdf5"]
            let whole = try Data(contentsOf: URL(fileURLWithPath: path))
            try whole.prefix(whole.count / 2).write(to: URL(fileURLWithPath: path))
            try await expect(
                ["train", job, "--dataset", "cut"], status: 65, says: ["cut/episodes/000001.hdf5:", "truncated"])
            try await expect(
                ["replay", "cut", "--verify"], status: 65, says: ["cut/episodes/000001.hdf5:", "truncated"])
            #expect(workspace.names("runs").isEmpty, "nothing is made where nothing can be done")
        }

        @Test func runs() async throws {
            try await expect(["replay", "gone", "--verify"], status: 66, says: ["gone: no such run"])
            try await expect(["report", "gone"], status: 66, says: ["gone: no such run folder"])
            let job = try workspace.makeJob()
            try await expect(["record", job, "--out", "."], status: 73, says: ["not empty", "--out"])
            try await expect(["train", job, "--resume", "gone"], status: 66, says: ["gone: no such run folder"])
            #expect(!workspace.names("").contains("gone"))
        }

        @Test func invocations() async throws {
            let job = try workspace.makeJob()
            try await expect(["dance"], status: 64, says: ["'dance'"])
            try await expect(["record"], status: 64, says: ["'<job>'"])
            try await expect(["record", job, "--episods", "3"], status: 64, says: ["'--episods'", "'--episodes'"])
            try await expect(["record", job, "--episodes", "0"], status: 64, says: ["--episodes must be at least 1"])
            try await expect(["operate", job, "--episodes", "many"], status: 64, says: ["'many'"])
            try await expect(["record", job, "--from", "dreams"], status: 64, says: ["dreams"])
            try await expect(
                ["operate", job, "--hardware", "real"], status: 69, says: ["'real' hardware; it supports: simulated"])
        }
    }
}
