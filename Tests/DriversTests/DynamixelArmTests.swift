import Drivers
import Emulation
import Realtime
import Robots
import Testing

@Suite struct DynamixelArmTests {
    @Test func theArmGoesWhereItIsToldWithOneReplyForAll() throws {
        let bench = try Bench("koch")
        let clock = EmulatedClock()
        let bus = try bench.bus()
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
        let bus = try bench.bus()
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

@Suite struct DynamixelFaultTests {
    /// One reply for all comes whole or not at all; nobody waits longer than the deadline, whatever is checked beside it.
    @Test(arguments: [UInt64(1), 2]) func lostAndBrokenRepliesEndWithinTheCycle(seed: UInt64) throws {
        let bench = try Bench("koch")
        var faults = WireFaults()
        (faults.seed, faults.lost, faults.corrupted) = (seed, 0.05, 0.01)
        let clock = EmulatedClock()
        var arm = try bench.dynamixel(bench.bus(faults), clock)
        try arm.connect()
        var measurement = Measurement()
        var longest: UInt64 = 0
        cycle(&arm, clock, bench.command(offset: 0.2), count: 1000, &measurement) { _, took in
            longest = max(longest, took)
        }
        #expect(longest <= 6_000_000)
        for joint in 0..<5 {
            #expect(abs(measurement.state.jointPositions[joint] - bench.robot.home[joint] - 0.2) < 0.01)
        }
        let counts = arm.motors.motorCounts
        for motor in 0..<6 { #expect(counts[motor].missing + counts[motor].garbled > 20) }
    }
}
