import Drivers
import Emulation
import Foundation
import Robots
import Testing

@testable import Runtime

/// Arms on an emulated bus that are not the one that the files say: one line, and the exit status.
@Suite struct WrongArmTests {
    private let folder: TemporaryFolder
    private let robot: RobotDescription

    init() throws {
        folder = try TemporaryFolder()
        robot = try RobotDescription.load(path: packagePath + "/robots/so101.yaml")
    }

    /// What connecting to these servos ends with; each of them has its torque off afterwards.
    private func refusal(
        _ servos: [FeetechDevices.Servo], sourceLocation: SourceLocation = #_sourceLocation,
        change: (inout Calibration) -> Void = { _ in }
    ) throws -> Failure? {
        var calibration = EmulatedBus.standardCalibration(of: robot)
        change(&calibration)
        let file = folder.path + "/arm.yaml"
        try Data(calibration.yaml.document.utf8).write(to: URL(fileURLWithPath: file))
        let devices = FeetechDevices(servos)
        let bus = EmulatedBus(
            devices: devices, physics: FirstOrderJoints(positions: servos.map(\.position)), baudRate: 1_000_000)
        let emulator = try EmulatorTerminal(bus, link: folder.path + "/\(UUID().uuidString)", priority: 40)
        defer {
            emulator.stop()
            for id in devices.ids {
                #expect(devices.number(FeetechRegister.torqueEnable, of: id) == 0, sourceLocation: sourceLocation)
            }
        }
        do {
            var driver = try RobotConnection(ports: [emulator.path], calibration: file).connect(robot, option: "--port")
            driver.disconnect()
            return nil
        } catch {
            return Failure(error)
        }
    }

    private func expect(
        _ failure: Failure?, _ message: String, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(
            failure?.message.hasPrefix(message) == true, "\(failure?.message ?? "")", sourceLocation: sourceLocation)
        #expect(failure?.status == .unavailable, sourceLocation: sourceLocation)
        #expect(failure?.message.contains("\n") == false, sourceLocation: sourceLocation)
    }

    private let good = (1...6).map { FeetechDevices.Servo(id: UInt8($0)) }

    @Test func theRightArmIsTaken() throws {
        #expect(try refusal(good)?.message == nil)
    }

    @Test func idsAndModelsAreChecked() throws {
        var wrong = good
        wrong[3].id = 9
        expect(try refusal(wrong), "arm, motor 4 (wrist_flex): no reply at 1000000 baud: check its power and its cable")
        expect(
            try refusal(good + [FeetechDevices.Servo(id: 2, position: 1)]),
            "arm, motor 2 (shoulder_lift): its replies are garbled: two motors with id 2, another baud rate")
        var other = good
        other[2].model = 2825
        expect(try refusal(other), "arm, motor 3 (elbow_flex): is model sts3250, the robot file says sts3215")
        var slow = good
        slow[0].baudRate = 115_200
        expect(try refusal(slow), "arm, motor 1 (shoulder_pan): no reply at 1000000 baud")
    }

    @Test func calibrationsAreChecked() throws {
        expect(
            try refusal(good) { $0.motors[1].firmware = "3.9" },
            "arm, motor 2 (shoulder_lift): has firmware 3.10, its calibration was made with 3.9: calibrate the arm anew"
        )
        expect(
            try refusal(good) { $0.motors[4].homingOffset = -200 },
            "arm, motor 5 (wrist_roll): its homing offset is 0, that of the calibration is -200: the calibration is another "
                + "arm's, or the motor was set anew; calibrate the arm anew")
        // Reversed, or a gear that slipped: it stands where its joint cannot be.
        expect(
            try refusal(good) { ($0.motors[2].lower, $0.motors[2].upper) = (100, 1500) },
            "arm, motor 3 (elbow_flex): stands at 2048 counts, outside of its calibrated span 100…1500")
    }

    @Test func aPortThatAnotherProcessHasIsNotShared() throws {
        let bus = EmulatedBus(
            devices: FeetechDevices(good), physics: FirstOrderJoints(positions: good.map(\.position)),
            baudRate: 1_000_000)
        let emulator = try EmulatorTerminal(bus, link: folder.path + "/owned", priority: 40)
        defer { emulator.stop() }
        let other = Process()
        other.executableURL = URL(fileURLWithPath: "/usr/bin/flock")
        other.arguments = ["--no-fork", emulator.path, "sleep", "60"]
        try other.run()
        defer { other.terminate() }
        let deadline = Date(timeIntervalSinceNow: 20)
        var owner: String?
        while owner == nil, Date() < deadline {
            owner = PortOwner.find(emulator.path)
            Thread.sleep(forTimeInterval: 0.02)
        }
        let failure = #expect(throws: DriverError.self) {
            let calibration = EmulatedBus.standardCalibration(of: robot)
            var driver = try BusRobot(robot: robot, calibration: calibration, ports: ["arm": emulator.path])
            driver.disconnect()
        }
        #expect(
            failure?.description
                == "arm: \(emulator.path): in use by sleep (process \(other.processIdentifier)); end that first")
    }
}

/// What the doctor says about an arm that is plugged in.
@Suite struct ArmCheckTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private func check(
        _ arm: BenchArm, calibration: Calibration? = nil
    ) throws -> [String: DoctorJob.Check] {
        let port = folder.path + "/arm"
        try Data().write(to: URL(fileURLWithPath: port))
        let file = folder.path + "/calibration.yaml"
        if let calibration { try Data(calibration.yaml.document.utf8).write(to: URL(fileURLWithPath: file)) }
        let check = ArmCheck(
            robotPath: arm.robot.path, connection: RobotConnection(ports: [port], calibration: file),
            list: PortList(devices: folder.path), open: arm.opening)
        return Dictionary(uniqueKeysWithValues: check.run().map { ($0.name, $0) })
    }

    @Test func anArmThatIsWellHasALineForEachThing() throws {
        let arm = try BenchArm("koch", assembled: [3, 3, 3, 3, 3, 3])
        let checks = try check(arm)
        #expect(checks["motors"]?.found == "6 of 6 reply at 1000000 baud")
        #expect(checks["models"]?.found == "2 × xl430-w250, 4 × xl330-m288")
        #expect(checks["firmware"]?.found == "6 × 52" && checks["faults"]?.isWell == true)
        #expect(checks["supply"]?.isWell == true && checks["temperature"]?.isWell == true)
        #expect(checks["calibration"]?.isWell == false)
        #expect(
            checks["calibration"]?.remedy
                == "steadyhand calibrate \(arm.robot.path) --port \(folder.path)/arm")
        var calibration = EmulatedBus.standardCalibration(of: arm.robot)
        calibration.time = Date(timeIntervalSinceNow: -3.2 * 86_400).formatted(.iso8601)
        let calibrated = try check(arm, calibration: calibration)
        #expect(calibrated["calibration"]?.found == "\(folder.path)/calibration.yaml is this arm's, made 3 days ago")
    }

    @Test func eachThingThatIsWrongIsOnItsLineWithItsMotor() throws {
        let arm = try BenchArm("so101", assembled: [3, 3, 3, 3, 3, 3])
        arm.bus.devices.suffer(.silent(true), motor: 6, at: 1)
        arm.bus.devices.suffer(.voltage(3.1), motor: 2, at: 1)
        arm.bus.devices.suffer(.temperature(80), motor: 3, at: 1)
        var calibration = EmulatedBus.standardCalibration(of: arm.robot)
        calibration.motors[0].homingOffset = 11
        calibration.motors[1].firmware = "3.8"
        let checks = try check(arm, calibration: calibration)
        func said(_ name: String) -> String { checks[name].map { $0.isWell ? "" : $0.found } ?? "" }
        #expect(said("motors").hasPrefix("motor 6 (gripper): no reply at 1000000 baud"))
        #expect(said("supply").hasPrefix("motor 2 (shoulder_lift): its supply is 3.1 V"))
        #expect(said("temperature") == "motor 3 (elbow_flex): is 80 °C hot, its limit is 70 °C: let it cool down")
        #expect(said("firmware").contains("motor 2 (shoulder_lift): has firmware 3.10"))
        #expect(
            said("calibration").hasPrefix(
                "motor 1 (shoulder_pan): its homing offset is 0, that of the calibration is 11"))
    }

    @Test func aPortThatIsNotThereIsAllThatIsSaid() throws {
        let robot = packagePath + "/robots/so101.yaml"
        let checks = ArmCheck(
            robotPath: robot, connection: RobotConnection(ports: ["/dev/ttyUSB99"]), list: PortList()
        ).run()
        #expect(checks.map(\.name) == ["port"])
        #expect(checks.first?.found.hasPrefix("/dev/ttyUSB99: there is no such port") == true)
    }
}
