import Drivers
import Emulation
import Foundation
import Robots
import Testing

@testable import Runtime

/// A Robotiq gripper on a port of this machine: found, looked at, measured.
@Suite(.serialized) struct GripperBenchWorkTests {
    private let robotPath = packagePath + "/robots/robotiq-2f85.yaml"
    private let folder: TemporaryFolder
    private let device = RobotiqDevice(slave: 9)
    private let emulator: EmulatorTerminal

    init() throws {
        folder = try TemporaryFolder()
        let bus = EmulatedBus(devices: device, physics: FirstOrderJoints(positions: [0]), baudRate: 115_200)
        emulator = try EmulatorTerminal(bus, link: folder.path + "/gripper", priority: 40)
    }

    private var connection: RobotConnection {
        RobotConnection(ports: [emulator.path], calibration: folder.path + "/calibration.yaml")
    }

    private func checks() -> [String: DoctorJob.Check] {
        let check = ArmCheck(robotPath: robotPath, connection: connection, list: PortList(devices: folder.path))
        return Dictionary(uniqueKeysWithValues: check.run().map { ($0.name, $0) })
    }

    private func calibrate(_ told: inout [String]) throws -> CalibrateJob.Result {
        var lines: [String] = []
        defer { told = lines }
        var job = MeasureCalibrationJob(
            robotPath: robotPath, connection: connection,
            dialogue: Dialogue(tell: { lines.append($0) }, ask: { lines.append($0) }, isAnswered: { true }))
        job.out = folder.path + "/calibration.yaml"
        return try job.run()
    }

    @Test func aGripperIsFoundLookedAtAndMeasured() throws {
        defer { emulator.stop() }
        var find = FindPortJob(dialogue: Dialogue(tell: { _ in }, ask: { _ in }, isAnswered: { true }))
        find.list = PortList(devices: folder.path + "/none")
        find.robotPath = robotPath
        find.others = [emulator.path]
        #expect(try find.run().found == [emulator.path])

        let before = checks()
        #expect(before["port"]?.isWell == true)
        #expect(
            before["gripper"]?.found
                == "replies at 115200 baud, not yet activated: connecting opens and closes it once")
        #expect(before["calibration"]?.found == "\(folder.path)/calibration.yaml: there is none")
        #expect(before["calibration"]?.remedy == "steadyhand calibrate \(robotPath) --port \(emulator.path)")

        var told: [String] = []
        #expect(try calibrate(&told).motors == 1)
        #expect(told == ["gripper: take everything from between its fingers, which will close and open"])
        let robot = try RobotDescription.load(path: robotPath)
        let calibration = try Calibration.load(path: folder.path + "/calibration.yaml", robot: robot)
        let motor = try #require(calibration.motor(named: "gripper"))
        // Neither end is that of the counts; closed is where they are highest.
        #expect(motor.lower == 3 && motor.upper == 227 && motor.zero == 227)

        let after = checks()
        #expect(after["gripper"]?.found == "replies at 115200 baud, active")
        #expect(after["calibration"]?.found == "\(folder.path)/calibration.yaml, made today")
        #expect(after.values.allSatisfy { $0.isWell })
    }

    @Test func fingersThatSomethingHoldsAreNotMeasured() throws {
        defer { emulator.stop() }
        emulator.suffer(.device(.blocked(true), motor: 9))
        var told: [String] = []
        let error = #expect(throws: DriverError.self) { try calibrate(&told) }
        #expect(
            error?.description
                == "gripper: its fingers went from 3 to 3 counts, which is not half of their way: is something between them?"
        )
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/calibration.yaml"))
    }

    @Test func whatIsWrongWithAGripperIsOnALineOfItsOwn() throws {
        defer { emulator.stop() }
        var told: [String] = []
        _ = try calibrate(&told)
        emulator.suffer(.device(.voltage(18), motor: 9))
        let low = checks()["gripper"]
        #expect(
            low?.isWell == false
                && low?.found
                    == "\(emulator.path): gripper: its supply is too low: check the power supply, 24 V",
            "\(low?.found ?? "")")
        emulator.suffer(.device(.silent(true), motor: 9))
        let silent = checks()["gripper"]
        #expect(silent?.found == "\(emulator.path): gripper: no reply at 115200 baud")
        #expect(silent?.remedy == "check its 24 V and its cable")
        // Nothing else is asked at a port that is not there.
        emulator.suffer(.unplugged(seconds: 1000))
        while FileManager.default.fileExists(atPath: emulator.path) { Thread.sleep(forTimeInterval: 0.01) }
        #expect(checks()["port"]?.isWell == false && checks()["gripper"] == nil)
    }
}
