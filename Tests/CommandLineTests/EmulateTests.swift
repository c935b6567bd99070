import Foundation
import Testing

/// Emulated robots on ports.
@Suite struct EmulateTests {
    private let so101 = "\(Program.package)/robots/so101.yaml"

    @Test func anEmulatedRobotIsOnItsPortUntilASignalComes() async throws {
        let folder = try Workspace()
        let program = try Program.start(["emulate", so101, "--link", folder["arm"], "--json"], in: folder)
        try await program.wait { FileManager.default.fileExists(atPath: folder["arm"]) }
        let target = try FileManager.default.destinationOfSymbolicLink(atPath: folder["arm"])
        #expect(target.hasPrefix("/dev/pts/"))

        let second = try await Program.run(["emulate", so101, "--link", folder["arm"]], in: folder)
        #expect(second.status == 69 && second.complains("\(folder["arm"]): is there already"))

        program.signal(SIGINT)
        let result = try await program.wait()
        #expect(result.status == 0)
        #expect(result.complains("emulating so101, arm: feetech at 1000000 baud, ids 1 2 3 4 5 6: \(folder["arm"])"))
        #expect(try result.json["ports"] as? [String: String] == ["arm": folder["arm"]])
        #expect(!FileManager.default.fileExists(atPath: folder["arm"]))
    }

    @Test func whatIsNoLinkIsLeftAlone() async throws {
        let folder = try Workspace()
        try folder.write("precious", to: "arm")
        let result = try await Program.run(["emulate", so101, "--link", folder["arm"], "--seconds", "1"], in: folder)
        #expect(result.status == 69)
        #expect(try folder.text("arm") == "precious")
    }

    @Test func whatIsWrongWithAFaultFileIsSaidInItsPlace() async throws {
        let folder = try Workspace()
        try folder.write("lost: 5 %\nevents:\n  - {at: 5, what: reboot, motor: 1}\n", to: "faults.yaml")
        let result = try await Program.run(
            ["emulate", so101, "--link", folder["arm"], "--faults", folder["faults.yaml"]], in: folder)
        #expect(result.status == 65)
        #expect(result.complains("faults.yaml:3:10: at has no unit; write 5 s"))
        let panda = try await Program.run(
            ["emulate", "\(Program.package)/robots/panda.yaml", "--link", folder["arm"]], in: folder)
        #expect(panda.status == 69 && panda.complains("the robot 'panda' lists no devices"))
    }
}
