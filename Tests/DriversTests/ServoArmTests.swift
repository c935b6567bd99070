import Drivers
import Emulation
import Realtime
import Robots
import Testing

/// An arm of a robot file on an emulated bus, on a virtual clock.
struct Bench {
    let robot: RobotDescription
    var calibration: Calibration

    init(_ name: String) throws {
        let folder = String(#filePath.prefix(upTo: #filePath.range(of: "Tests/DriversTests")!.lowerBound))
        robot = try RobotDescription.load(path: "\(folder)robots/\(name).yaml")
        calibration = EmulatedBus.standardCalibration(of: robot)
    }

    var device: DeviceDescription { robot.devices[0] }

    func bus(_ faults: WireFaults = WireFaults()) -> EmulatedBus {
        EmulatedBus(device: device, robot: robot, calibration: calibration, faults: faults)
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

@Suite struct FeetechArmTests {
    @Test func connectingSetsTheMotorsUpAndLeavesThemLoose() throws {
        let bench = try Bench("so101")
        let bus = bench.bus()
        var arm = try bench.feetech(bus)
        try arm.connect()
        let servos = try #require(bus.devices as? FeetechDevices)
        for id in UInt8(1)...6 {
            #expect(servos.number(FeetechRegister.returnDelay, of: id) == 0)
            #expect(servos.number(FeetechRegister.torqueEnable, of: id) == 0)
            #expect(servos.number(FeetechRegister.lock, of: id) == 1)
            #expect(servos.number(FeetechRegister.overloadTorque, of: id) == (id == 6 ? 25 : 80))
        }
        #expect(servos.number(FeetechRegister.torqueLimit, of: 6) == 500)
        #expect(servos.number(FeetechRegister.protectionCurrent, of: 6) == 246)
        var measurement = Measurement()
        arm.read(into: &measurement, now: .zero)
        for joint in 0..<5 { #expect(abs(measurement.state.jointPositions[joint] - bench.robot.home[joint]) < 0.001) }
        var telemetry = BusTelemetry()
        #expect(arm.telemetry.read(into: &telemetry))
        #expect(abs(telemetry.motors[0].voltage - 12.1) < 1e-9 && telemetry.motors[0].temperature == 31)
    }

    @Test func theArmGoesWhereItIsToldAndLetsGo() throws {
        let bench = try Bench("so101")
        let clock = EmulatedClock()
        let bus = bench.bus()
        var arm = try bench.feetech(bus, clock)
        try arm.connect()
        let servos = try #require(bus.devices as? FeetechDevices)
        var measurement = Measurement()
        cycle(&arm, clock, bench.command(offset: 0.4), count: 100, &measurement)
        for joint in 0..<5 {
            #expect(abs(measurement.state.jointPositions[joint] - bench.robot.home[joint] - 0.4) < 0.005)
            #expect(measurement.state.jointFaults[joint].isEmpty)
        }
        #expect(abs(measurement.state.gripper.opening - bench.robot.gripper.maximumOpening) < 0.001)
        cycle(&arm, clock, RobotCommand(), count: 1, &measurement)
        for id in UInt8(1)...6 { #expect(servos.number(FeetechRegister.torqueEnable, of: id) == 0) }
    }

    /// Otherwise the arm would jump to where it was told to go days ago.
    @Test func thePresentPositionIsTheFirstGoal() throws {
        let bench = try Bench("so101")
        let bus = bench.bus()
        let clock = EmulatedClock()
        var arm = try bench.feetech(bus, clock)
        try arm.connect()
        let servos = try #require(bus.devices as? FeetechDevices)
        let joints = try #require(bus.physics as? FirstOrderJoints)
        // Somebody moves the arm while it is loose, after its servos noted their goals.
        joints.move(1, to: joints.motions[1].position - 0.5)
        var measurement = Measurement()
        clock.advance(to: clock.now.advanced(byNanoseconds: 20_000_000))
        arm.read(into: &measurement, now: clock.now)
        var nowhere = bench.command(offset: 0)
        for joint in 0..<5 { nowhere.jointPositions[joint] = .nan }
        nowhere.gripperOpening = .nan
        arm.write(nowhere)
        #expect(servos.number(FeetechRegister.torqueEnable, of: 2) == 1)
        let goal = try #require(servos.number(FeetechRegister.goalPosition, of: 2))
        let present = try #require(servos.number(FeetechRegister.presentPosition, of: 2))
        #expect(goal == present)
    }

    /// One reply in twenty lost, one in a hundred broken: what came is kept, nobody waits longer than the deadline.
    @Test(arguments: [UInt64(1), 2, 3]) func lostAndBrokenRepliesAreData(seed: UInt64) throws {
        let bench = try Bench("so101")
        var faults = WireFaults()
        (faults.seed, faults.lost, faults.corrupted, faults.truncated) = (seed, 0.05, 0.01, 0.005)
        (faults.late, faults.wrongId) = (0.005, 0.002)
        let clock = EmulatedClock()
        var arm = try bench.feetech(bench.bus(faults), clock)
        try arm.connect()
        var measurement = Measurement()
        var longest: UInt64 = 0
        var (fresh, faulty) = (0, 0)
        var oldest: UInt64 = 0
        cycle(&arm, clock, bench.command(offset: 0.2), count: 2000, &measurement) { measurement, took in
            longest = max(longest, took)
            for joint in 0..<5 {
                if measurement.state.jointFaults[joint].isEmpty { fresh += 1 } else { faulty += 1 }
                oldest = max(oldest, clock.now.nanoseconds(since: measurement.state.jointTimes[joint]))
                // A position that is not one of the way is a broken reply that was believed.
                let way = measurement.state.jointPositions[joint] - bench.robot.home[joint]
                #expect(way > -0.01 && way < 0.21)
            }
        }
        #expect(longest <= 12_000_000, "two transactions of 6 ms")
        #expect(fresh > 8500 && faulty > 300, "\(fresh) \(faulty)")
        #expect(oldest < 100_000_000)
        let counts = arm.motors.counts
        #expect(counts.missing > 300 && counts.garbled > 50)
    }

    @Test func aSilentMotorKeepsItsValueAndItsTime() throws {
        let bench = try Bench("so101")
        var faults = WireFaults()
        faults.events = [ScheduledFault(time: 2, kind: .device(.silent(true), motor: 3))]
        let clock = EmulatedClock()
        var arm = try bench.feetech(bench.bus(faults), clock)
        try arm.connect()
        var measurement = Measurement()
        cycle(&arm, clock, bench.command(offset: 0.1), count: 300, &measurement)
        #expect(measurement.state.jointFaults[2] == .noReply)
        #expect(clock.now.nanoseconds(since: measurement.state.jointTimes[2]) > 500_000_000)
        for joint in [0, 1, 3, 4] {
            #expect(measurement.state.jointFaults[joint].isEmpty)
            #expect(clock.now.nanoseconds(since: measurement.state.jointTimes[joint]) < 20_000_000)
        }
    }

    @Test func anOverloadIsSaidWithTheDataOfTheReply() throws {
        let bench = try Bench("so101")
        var faults = WireFaults()
        faults.events = [
            ScheduledFault(time: 2, kind: .device(.overload, motor: 2)),
            ScheduledFault(time: 2, kind: .device(.voltage(3.5), motor: 4)),
        ]
        let clock = EmulatedClock()
        var arm = try bench.feetech(bench.bus(faults), clock)
        try arm.connect()
        var measurement = Measurement()
        cycle(&arm, clock, bench.command(offset: 0.1), count: 300, &measurement)
        #expect(measurement.state.jointFaults[1] == .overload)
        #expect(measurement.state.jointFaults[3] == .voltage)
        #expect(clock.now.nanoseconds(since: measurement.state.jointTimes[1]) < 20_000_000)
    }

    @Test func aRestartedMotorIsNoticedAndNotSwitchedOnAgain() throws {
        let bench = try Bench("so101")
        var faults = WireFaults()
        faults.events = [ScheduledFault(time: 2, kind: .device(.reboot, motor: 5))]
        let clock = EmulatedClock()
        let bus = bench.bus(faults)
        var arm = try bench.feetech(bus, clock)
        try arm.connect()
        var measurement = Measurement()
        cycle(&arm, clock, bench.command(offset: 0.1), count: 300, &measurement)
        #expect(measurement.state.jointFaults[4] == .stopped)
        #expect((bus.devices as? FeetechDevices)?.number(FeetechRegister.torqueEnable, of: 5) == 0)
    }

    @Test func anAdapterThatHearsItselfIsFoundOut() throws {
        let bench = try Bench("so101")
        var faults = WireFaults()
        faults.echoes = true
        let clock = EmulatedClock()
        var arm = try bench.feetech(bench.bus(faults), clock)
        try arm.connect()
        var measurement = Measurement()
        cycle(&arm, clock, bench.command(offset: 0.1), count: 100, &measurement)
        #expect(abs(measurement.state.jointPositions[0] - bench.robot.home[0] - 0.1) < 0.005)
        let counts = arm.motors.counts
        #expect(counts.noise == 0 && counts.foreign == 0)
    }

    @Test func aPortThatIsGoneIsNoReplyFromAnyone() throws {
        let bench = try Bench("so101")
        var faults = WireFaults()
        faults.events = [ScheduledFault(time: 2, kind: .unplugged(seconds: 100))]
        let clock = EmulatedClock()
        var arm = try bench.feetech(bench.bus(faults), clock)
        try arm.connect()
        var measurement = Measurement()
        cycle(&arm, clock, bench.command(offset: 0.1), count: 200, &measurement)
        let isGone = arm.motors.bus.line.isGone
        #expect(isGone)
        for joint in 0..<5 { #expect(measurement.state.jointFaults[joint] == .noReply) }
    }

    /// A reply says neither what was asked nor when.
    @Test(arguments: [UInt64(1), 2, 3]) func aLateReplyIsNotTakenForAnotherRegister(seed: UInt64) throws {
        var faults = WireFaults()
        (faults.seed, faults.late) = (seed, 0.3)
        let bench = try Bench("so101")
        var bus = ServoBus<FeetechCodec, EmulatedLine>(transport: EmulatedLine(bench.bus(faults)))
        let known = [
            (FeetechRegister.presentVoltage, 121), (FeetechRegister.maximumVoltage, 140),
            (FeetechRegister.minimumVoltage, 40), (FeetechRegister.presentTemperature, 31),
            (FeetechRegister.maximumTemperature, 70),
        ]
        var failures = 0
        for index in 0..<1000 {
            let (register, expected) = known[index % known.count]
            if let number = try? bus.read(register, of: 1) {
                #expect(number == expected)
            } else {
                failures += 1
            }
        }
        #expect(failures > 200)
    }

    @Test func armsThatAreNotTheDescribedOneAreRefused() throws {
        let bench = try Bench("so101")
        let angles = [Double](repeating: .pi, count: 6)
        func refusal(_ servos: [FeetechDevices.Servo], _ events: [ScheduledFault] = []) throws -> String? {
            var faults = WireFaults()
            faults.events = events
            return try bench.refusal(
                EmulatedBus(
                    devices: FeetechDevices(servos), physics: FirstOrderJoints(positions: angles), baudRate: 1_000_000,
                    faults: faults))
        }
        let good = (1...6).map { FeetechDevices.Servo(id: UInt8($0)) }
        #expect(try refusal(good) == nil)

        let missing = try #require(try refusal(good.filter { $0.id != 4 }))
        #expect(missing.hasPrefix("arm, motor 4 (wrist_flex): no reply at 1000000 baud"))
        let twice = try #require(try refusal(good + [FeetechDevices.Servo(id: 2)]))
        #expect(twice.hasPrefix("arm, motor 2 (shoulder_lift): its replies are garbled: two motors with id 2"))
        var other = good
        other[2].model = 2825
        let model = try #require(try refusal(other))
        #expect(model.hasPrefix("arm, motor 3 (elbow_flex): is model sts3250, the robot file says sts3215"))
        var set = good
        set[0].homingOffset = 17
        let offset = try #require(try refusal(set))
        #expect(offset.contains("its homing offset is 17, that of the calibration is 0"))
        var slipped = good
        slipped[1].position = 0.1
        var slippedAngles = angles
        slippedAngles[1] = 0.1
        let position = try #require(
            try bench.refusal(
                EmulatedBus(
                    devices: FeetechDevices(slipped), physics: FirstOrderJoints(positions: slippedAngles),
                    baudRate: 1_000_000)))
        #expect(position.contains("outside of its calibrated span"))
        let low = try #require(
            try refusal(good, [ScheduledFault(time: 0.5, kind: .device(.voltage(3.2), motor: 1))]))
        #expect(low.contains("its supply is 3.2 V, it works from 4.0 to 14.0 V"))
        let hot = try #require(
            try refusal(good, [ScheduledFault(time: 0.5, kind: .device(.temperature(75), motor: 6))]))
        #expect(hot.hasPrefix("arm, motor 6 (gripper): is 75 °C hot, its limit is 70 °C"))
    }
}

@Suite struct DynamixelArmTests {
    @Test func theArmGoesWhereItIsToldWithOneReplyForAll() throws {
        let bench = try Bench("koch")
        let clock = EmulatedClock()
        let bus = bench.bus()
        var arm = try bench.dynamixel(bus, clock)
        try arm.connect()
        let isFast = arm.motors.isFast
        #expect(isFast)
        let servos = try #require(bus.devices as? DynamixelDevices)
        #expect(servos.number(DynamixelRegister.operatingMode, of: 1) == 4)
        #expect(servos.number(DynamixelRegister.operatingMode, of: 6) == 5)
        #expect(servos.number(DynamixelRegister.returnDelay, of: 3) == 0)
        var measurement = Measurement()
        cycle(&arm, clock, bench.command(offset: 0.3), count: 60, &measurement)
        // Back: velocities below zero bring stuffed replies where they are stuffed.
        cycle(&arm, clock, bench.command(offset: -0.3), count: 100, &measurement)
        for joint in 0..<5 {
            #expect(abs(measurement.state.jointPositions[joint] - bench.robot.home[joint] + 0.3) < 0.005)
            #expect(measurement.state.jointFaults[joint].isEmpty)
        }
        #expect(servos.number(DynamixelRegister.busWatchdog, of: 2) == 5)
        #expect(servos.number(DynamixelRegister.goalCurrent, of: 6) == 500)
        let counts = arm.motors.counts
        #expect(counts.garbled == 0)
    }

    @Test func oldFirmwareIsAskedForRepliesOfEach() throws {
        let bench = try Bench("koch")
        let clock = EmulatedClock()
        let servos = bench.device.motors.map {
            DynamixelDevices.Servo(id: UInt8($0.id), model: $0.model.number ?? 0, firmware: 44)
        }
        let bus = EmulatedBus(
            devices: DynamixelDevices(servos), physics: FirstOrderJoints(positions: Array(repeating: .pi, count: 6)),
            baudRate: 1_000_000)
        var arm = try bench.dynamixel(bus, clock)
        try arm.connect()
        let isFast = arm.motors.isFast
        #expect(!isFast)
        let before = arm.motors.counts.missing
        var measurement = Measurement()
        let home = measurement.state.jointPositions
        cycle(&arm, clock, bench.command(offset: -0.1), count: 300, &measurement)
        #expect(home != measurement.state.jointPositions)
        let counts = arm.motors.counts
        #expect(counts.missing == before && counts.garbled == 0)
        #expect(measurement.state.jointFaults[0].isEmpty)
    }

    /// A host that hangs must not leave an arm that holds its last goal for ever.
    @Test func aSilentHostTripsTheWatchdogAndThatIsSaid() throws {
        let bench = try Bench("koch")
        let clock = EmulatedClock()
        let bus = bench.bus()
        var arm = try bench.dynamixel(bus, clock)
        try arm.connect()
        var measurement = Measurement()
        cycle(&arm, clock, bench.command(offset: 0.1), count: 20, &measurement)
        clock.advance(to: clock.now.advanced(byNanoseconds: 300_000_000))
        cycle(&arm, clock, bench.command(offset: 0.1), count: 60, &measurement)
        #expect(measurement.state.jointFaults[1].contains(.stopped))
        // Idle and then a command is the way back.
        cycle(&arm, clock, RobotCommand(), count: 2, &measurement)
        cycle(&arm, clock, bench.command(offset: 0.2), count: 3, &measurement)
        cycle(&arm, clock, bench.command(offset: 0.2), count: 120, &measurement)
        #expect(measurement.state.jointFaults[1].isEmpty)
    }

    @Test func aHardwareErrorIsSaidAndItsMotorIsNotSwitchedOn() throws {
        let bench = try Bench("koch")
        var faults = WireFaults()
        faults.events = [ScheduledFault(time: 2, kind: .device(.overload, motor: 2))]
        let clock = EmulatedClock()
        var arm = try bench.dynamixel(bench.bus(faults), clock)
        try arm.connect()
        var measurement = Measurement()
        cycle(&arm, clock, bench.command(offset: 0.1), count: 300, &measurement)
        #expect(measurement.state.jointFaults[1] == [.overload, .stopped])
        #expect(measurement.state.jointFaults[0].isEmpty)
    }

    @Test func oneMotorLessIsSaidOfThatMotorAlone() throws {
        let bench = try Bench("koch")
        var faults = WireFaults()
        faults.events = [ScheduledFault(time: 2, kind: .device(.silent(true), motor: 4))]
        let clock = EmulatedClock()
        var arm = try bench.dynamixel(bench.bus(faults), clock)
        try arm.connect()
        var measurement = Measurement()
        cycle(&arm, clock, bench.command(offset: 0.1), count: 300, &measurement)
        let isFast = arm.motors.isFast
        #expect(!isFast)
        #expect(measurement.state.jointFaults[3] == .noReply)
        #expect(measurement.state.jointFaults[2].isEmpty && measurement.state.jointFaults[4].isEmpty)
    }
}
