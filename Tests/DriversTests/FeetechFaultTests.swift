import Drivers
import Emulation
import Realtime
import Robots
import Testing

/// What goes wrong on a bus while an arm is moved.
@Suite struct FeetechFaultTests {
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
        #expect(longest <= 6_000_000, "all transactions of a cycle within 6 of its 10 ms")
        #expect(fresh > 8500 && faulty > 300, "\(fresh) \(faulty)")
        #expect(oldest < 100_000_000)
        let counts = arm.motors.counts
        #expect(counts.missing > 300 && counts.garbled > 50 && counts.resyncs > 50 && counts.late > 0)
        let motors = arm.motors.motorCounts
        for motor in 0..<6 {
            let lost = motors[motor].missing + motors[motor].garbled
            #expect(motors[motor].replies > 1700 && lost > 50 && lost < 300, "motor \(motor): \(motors[motor])")
        }
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

    /// Nobody knows of its torque.
    @Test func aSilentMotorDoesNotAcknowledgeThatItsTorqueIsOff() throws {
        let bench = try Bench("so101")
        let bus = try bench.bus()
        let clock = EmulatedClock()
        var arm = try bench.feetech(bus, clock)
        try arm.connect()
        var measurement = Measurement()
        cycle(&arm, clock, bench.command(offset: 0.1), count: 10, &measurement)
        bus.devices.suffer(.silent(true), motor: 3, at: clock.seconds)
        arm.disconnect()
        let unreleased = arm.unreleased
        #expect(unreleased == 0b100)
        let servos = try #require(bus.devices as? FeetechDevices)
        for id in [UInt8(1), 2, 4, 5, 6] { #expect(servos.number(FeetechRegister.torqueEnable, of: id) == 0) }
        bus.devices.suffer(.silent(false), motor: 3, at: clock.seconds)
        arm.disconnect()
        let left = arm.unreleased
        #expect(left == 0 && servos.number(FeetechRegister.torqueEnable, of: 3) == 0)
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
        let bus = try bench.bus(faults)
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
        var bus = ServoBus<FeetechCodec, EmulatedLine>(transport: EmulatedLine(try bench.bus(faults)))
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
}
