import Foundation
import Testing

extension CommandLineTests {
    /// Bench work without an arm: what is refused, and an adapter that is unplugged.
    @Suite(.serialized) struct BenchWork {
        let workspace: Workspace

        init() throws {
            workspace = try Workspace()
        }

        @Test func anUnpluggedAdapterIsNamed() async throws {
            for name in ["ttyUSB0", "ttyUSB1"] { try workspace.write("", to: name) }
            let run = try Program.start(
                ["find-port", "--unplug", "--devices-folder", workspace.path, "--json"], in: workspace)
            try await run.wait { run.standardError.contains("2 ports are there; unplug the adapter") }
            unlink(workspace["ttyUSB1"])
            try await run.wait { run.standardError.contains("that was \(workspace["ttyUSB1"]); plug it in again") }
            try workspace.write("", to: "ttyUSB1")
            let result = try await run.wait()
            #expect(result.status == 0, "\(result.standardError)")
            #expect(try result.json["found"] as? [String] == [workspace["ttyUSB1"]])
        }

        @Test func whatIsMissingIsTold() async throws {
            let robot = "\(Program.package)/robots/so101.yaml"
            func expect(_ arguments: [String], _ status: Int32, _ words: String) async throws {
                let run = try await Program.run(arguments, in: workspace)
                #expect(run.status == status && run.standardError.contains(words), "\(run.status) \(run.standardError)")
            }
            try await expect(["find-port", "--devices-folder", workspace.path], 69, "no serial adapter is plugged in")
            try await expect(
                ["setup-motors", robot, "--port", "/dev/ttyUSB98"], 69, "/dev/ttyUSB98: there is no such port")
            try await expect(["setup-motors", robot], 64, "no port is given for 'arm' of the robot 'so101'")
            try await expect(["calibrate", robot], 64, "write --port with the arm's port to measure it")
            try await expect(
                ["calibrate", robot, "--port", "/dev/ttyUSB98", "--out", workspace["x.yaml"]], 69,
                "there is no such port")
            try await expect(
                ["calibrate", robot, "--port", "/dev/ttyUSB98", "--against", "x.yaml"], 64,
                "--against and --other-port go together")
            try await expect(
                [
                    "calibrate", "\(Program.package)/robots/panda.yaml", "--port", "/dev/x", "--out",
                    workspace["x.yaml"],
                ],
                65, "the robot 'panda' has no devices to calibrate")
            #expect(workspace.names("").isEmpty)
        }

        /// Root opens everything, unless that right is taken away.
        @Test func aPortWithoutPermissionIsARightThatIsMissing() async throws {
            let port = workspace["ttyUSB0"]
            try workspace.write("", to: "ttyUSB0")
            #expect(chmod(port, 0) == 0)
            let drop = [
                "/usr/bin/setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all",
            ]
            let run = try await Program.run(
                ["setup-motors", "\(Program.package)/robots/so101.yaml", "--port", port], in: workspace,
                launcher: getuid() == 0 ? drop : [])
            #expect(run.status == 77, "\(run.standardError)")
            #expect(run.complains("\(port): no permission", "sudo usermod -aG dialout $USER"), "\(run.standardError)")
        }
    }
}
