import Drivers
import Emulation
import Realtime
import Robots

/// An arm of a robot file on an emulated bus, on a virtual clock.
struct Bench {
    let robot: RobotDescription
    var calibration: Calibration

    init(_ name: String) throws {
        let folder = String(#filePath.prefix(upTo: #filePath.range(of: "Tests/DriversTests")!.lowerBound))
        robot = try RobotDescription.load(path: "\(folder)robots/\(name).yaml")
        calibration = EmulatedBus.standardCalibration(of: robot)
    }

    /// A robot of a test's own.
    init(robot: RobotDescription) {
        self.robot = robot
        calibration = EmulatedBus.standardCalibration(of: robot)
    }

    var device: DeviceDescription { robot.devices[0] }

    func bus(_ faults: WireFaults = WireFaults()) throws -> EmulatedBus {
        try EmulatedBus(device: device, robot: robot, calibration: calibration, faults: faults)
    }

    func feetech(_ bus: EmulatedBus, _ clock: EmulatedClock = EmulatedClock()) throws
        -> ServoArm<FeetechMotors<EmulatedLine>>
    {
        try ServoArm(
            motors: FeetechMotors(transport: EmulatedLine(bus, clock: clock)), robot: robot, device: device,
            calibration: calibration)
    }

    func dynamixel(_ bus: EmulatedBus, _ clock: EmulatedClock = EmulatedClock()) throws
        -> ServoArm<DynamixelMotors<EmulatedLine>>
    {
        try ServoArm(
            motors: DynamixelMotors(transport: EmulatedLine(bus, clock: clock)), robot: robot, device: device,
            calibration: calibration)
    }

    /// The command to go to the same place with every joint.
    func command(offset: Double) -> RobotCommand {
        var command = RobotCommand()
        command.mode = .position
        for joint in 0..<robot.jointCount { command.jointPositions[joint] = robot.home[joint] + offset }
        command.gripperOpening = robot.gripper.maximumOpening
        return command
    }

    /// The error that connecting ends with.
    func refusal(_ bus: EmulatedBus) throws -> String? {
        do {
            switch device.bus {
            case .feetech:
                var arm = try feetech(bus)
                try arm.connect()
            default:
                var arm = try dynamixel(bus)
                try arm.connect()
            }
            return nil
        } catch let error as DriverError {
            return error.description
        }
    }
}

/// Runs cycles of an arm, 10 ms each on the virtual clock; calls back after each with the measurement and what reading and
/// writing took, ns.
func cycle<Motors: MotorBus & ~Copyable>(
    _ arm: inout ServoArm<Motors>, _ clock: EmulatedClock, _ command: RobotCommand, count: Int,
    _ measurement: inout Measurement, _ look: (Measurement, UInt64) -> Void = { _, _ in }
) {
    for _ in 0..<count {
        let begin = clock.now
        arm.read(into: &measurement, now: begin)
        arm.write(command)
        look(measurement, clock.now.nanoseconds(since: begin))
        clock.advance(to: begin.advanced(byNanoseconds: 10_000_000))
    }
}
