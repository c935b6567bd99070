import Foundation
import Testing

extension CommandLineTests {
    /// Emulated robots answer what the makers' own software asks: neither is ours, so both cannot be wrong in the same way.
    @Suite(.serialized) struct MakersSoftware {
        @Test(arguments: [
            (
                "feetech", "so101", 20,
                "events:\n  - {at: 0 s, what: overload, motor: 2}\n  - {at: 0 s, what: voltage, motor: 3, value: 3 V}\n"
            ),
            ("dynamixel", "koch", 40, "events:\n  - {at: 0 s, what: overload, motor: 5}\n"),
            ("robotiq", "robotiq-2f85", 11, "lost: 0\n"),
        ])
        func anEmulatedRobotAnswersIt(family: String, robot: String, checks: Int, faults: String) async throws {
            let folder = try Workspace()
            try folder.write(faults, to: "faults.yaml")
            let emulator = try Program.start(
                [
                    "emulate", "\(Program.package)/robots/\(robot).yaml", "--link", folder["port"], "--faults",
                    folder["faults.yaml"], "--json",
                ], in: folder)
            try await emulator.wait { FileManager.default.fileExists(atPath: folder["port"]) }
            let peer = try RunningProgram(
                command: ["/usr/bin/python3", "\(Program.package)/tools/check_emulator.py", family, folder["port"]],
                folder: folder.path, environment: [:])
            let result = try await peer.wait(timeLimit: 100)
            #expect(result.status == 0, "\(result.standardOutput)\(result.standardError)")
            #expect((try result.json["checks"] as? Int ?? 0) >= checks)
            emulator.signal(SIGINT)
            #expect(try await emulator.wait().status == 0)
        }
    }
}
