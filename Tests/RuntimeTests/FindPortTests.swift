import Drivers
import Emulation
import Foundation
import Robots
import Testing

@testable import Runtime

/// Ports in a folder of the test's own.
@Suite struct FindPortTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try FileManager.default.createDirectory(
            atPath: "\(folder.path)/serial/by-id", withIntermediateDirectories: true)
    }

    private func plug(_ device: String, name: String) throws {
        try Data().write(to: URL(fileURLWithPath: "\(folder.path)/\(device)"))
        try FileManager.default.createSymbolicLink(
            atPath: "\(folder.path)/serial/by-id/\(name)", withDestinationPath: "../../\(device)")
    }

    private func unplug(_ device: String, name: String) throws {
        try FileManager.default.removeItem(atPath: "\(folder.path)/serial/by-id/\(name)")
        try FileManager.default.removeItem(atPath: "\(folder.path)/\(device)")
    }

    private func job(tell: @escaping (String) -> Void = { _ in }) -> FindPortJob {
        var job = FindPortJob(dialogue: Dialogue(tell: tell, ask: tell, isAnswered: { true }))
        job.list = PortList(devices: folder.path)
        job.patience = 20
        return job
    }

    private func message(_ body: () throws -> Void) -> String {
        do {
            try body()
            return ""
        } catch {
            return Failure(error).message
        }
    }

    @Test func portsAreListedByTheirNames() throws {
        #expect(
            message { _ = try job().run() }.hasPrefix(
                "\(folder.path): no serial adapter is plugged in (there is no ttyUSB or ttyACM)"))
        try plug("ttyACM0", name: "usb-follower")
        try plug("ttyUSB0", name: "usb-leader")
        let result = try job().run()
        #expect(
            result.ports.map(\.path)
                == ["\(folder.path)/serial/by-id/usb-follower", "\(folder.path)/serial/by-id/usb-leader"])
        #expect(result.text.split(separator: "\n").count == 2 && result.found.isEmpty)
    }

    @Test func thePortWithTheRobotsMotorsIsFound() throws {
        let arm = try BenchArm("so101", assembled: [3, 3, 3, 3, 3, 3])
        let bare = try BenchArm("so101", assembled: [3, 3, 3, 3, 3, 3])
        for id in 1...6 where id != 2 { bare.bus.devices.suffer(.silent(true), motor: id, at: 1) }
        try plug("ttyACM0", name: "usb-bare")
        try plug("ttyACM1", name: "usb-arm")
        var job = job()
        job.robotPath = arm.robot.path
        let (whole, partly) = (arm.opening, bare.opening)
        job.open = { bus, path, rate in try path.hasSuffix("usb-arm") ? whole(bus, path, rate) : partly(bus, path, rate)
        }
        let result = try job.run()
        #expect(result.found == ["\(folder.path)/serial/by-id/usb-arm"])
        #expect(result.ports.map { $0.answers.map(\.motors) } == [[1], [6]])
        #expect(result.text.contains("    arm: 6 of 6 motors reply at 1000000 baud"))
        #expect(result.text.hasSuffix("--port \(folder.path)/serial/by-id/usb-arm"))
        job.open = partly
        let missing = message { _ = try job.run() }
        #expect(
            missing.contains(
                "at no port do all motors of the robot 'so101' reply; at one 1 of 6 reply, and not 1, 3, 4, 5, 6: check its power"
            ))
        job.open = { _, path, _ in throw TransportError(path: path, kind: .inUse(owner: "other (process 7)")) }
        #expect(message { _ = try job.run() }.contains("usb-arm: in use by other (process 7); end that first"))
    }

    @Test func theOneThatIsUnpluggedIsNamed() throws {
        try plug("ttyACM0", name: "usb-follower")
        try plug("ttyACM1", name: "usb-leader")
        var told: [String] = []
        var failure: (any Error)?
        let job = job { line in
            told.append(line)
            do {
                if line.hasPrefix("2 ports are there") { try unplug("ttyACM1", name: "usb-leader") }
                // It comes back as another device, under its name.
                if line.hasSuffix("plug it in again") { try plug("ttyACM5", name: "usb-leader") }
            } catch {
                failure = error
            }
        }
        let result = try job.compare()
        #expect(result.found == ["\(folder.path)/serial/by-id/usb-leader"] && failure == nil)
        #expect(told.count == 2)
    }

    @Test func twoThatVanishTogetherAreNotGuessedAt() throws {
        try plug("ttyACM0", name: "usb-follower")
        try plug("ttyACM1", name: "usb-leader")
        let job = job { _ in
            try? unplug("ttyACM0", name: "usb-follower")
            try? unplug("ttyACM1", name: "usb-leader")
        }
        #expect(message { _ = try job.compare() }.contains("vanished together"))
        try plug("ttyACM0", name: "usb-follower")
        var still = self.job()
        still.patience = 0.2
        #expect(message { _ = try still.compare() } == "no adapter was unplugged within 0.2 s; begin again")
    }
}
