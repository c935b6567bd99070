import Drivers
import Emulation
import Realtime
import Robots
import Testing

/// Buses on which bytes take long.
@Suite struct SlowBusTests {
    /// A leader at its motors' factory rate: eight of them are read in time at the rate of its file, and hardly faster.
    @Test(arguments: [52, 44]) func aLeaderAtTheFactorysBaudRateIsReadAtItsOwnRate(firmware: Int) throws {
        let bench = try Bench("gello-panda")
        let clock = EmulatedClock()
        let servos = bench.device.motors.map { motor in
            DynamixelDevices.Servo(
                id: UInt8(motor.id), model: motor.model.number ?? 0, firmware: firmware, baudRate: 57_600)
        }
        let bus = firmware < 46 ? nil : try bench.bus()
        let older = EmulatedBus(
            devices: DynamixelDevices(servos), physics: FirstOrderJoints(positions: Array(repeating: .pi, count: 8)),
            baudRate: 57_600)
        var arm = try bench.dynamixel(bus ?? older, clock)
        // Each for itself they take longer than all in one reply.
        guard firmware >= 46 else {
            #expect {
                try arm.connect()
            } throws: {
                "\($0)".hasPrefix(
                    "arm: reading its 8 motors takes 33.8 ms at 57600 baud, and a control period of 50.0 ms has 30.0 ms"
                )
            }
            return
        }
        try arm.connect()
        let isFast = arm.motors.isFast
        #expect(isFast)
        let before = arm.motors.counts
        var measurement = Measurement()
        for _ in 0..<200 {
            let begin = clock.now
            arm.read(into: &measurement, now: begin)
            #expect(clock.now.nanoseconds(since: begin) < 30_000_000)
            for joint in 0..<7 { #expect(measurement.state.jointTimes[joint] > begin) }
            clock.advance(to: begin.advanced(byNanoseconds: 50_000_000))
        }
        // What there is no time for is not begun.
        let counts = arm.motors.counts
        #expect(counts.missing == before.missing && counts.garbled == before.garbled)
        #expect(counts.timeouts == before.timeouts)
    }

    @Test func aRateThatTheBusIsTooSlowForIsRefusedWithFigures() throws {
        var gello = try Bench("gello-panda").robot
        gello.control.rate = 100
        let bench = Bench(robot: gello)
        #expect(
            try bench.refusal(bench.bus())
                == "arm: reading its 8 motors takes 25.5 ms at 57600 baud, and a control period of 10.0 ms has 6.0 ms for it: "
                + "write rate: 23 Hz in the robot file, or set the motors to a higher baud rate (write it as baud_rate, then: "
                + "steadyhand setup-motors)")
        var so101 = try Bench("so101").robot
        so101.control.rate = 500
        let feetech = Bench(robot: so101)
        let refusal = try #require(try feetech.refusal(feetech.bus()))
        #expect(refusal.hasPrefix("arm: reading its 6 motors takes 1.5 ms at 1000000 baud"), "\(refusal)")
        so101.control.rate = 200
        let fast = Bench(robot: so101)
        #expect(try fast.refusal(fast.bus()) == nil)
    }

    /// The motor says that something is wrong with it, and there is no time to ask what.
    @Test func anAlertIsAFaultWhereThereIsNoTimeToAsk() throws {
        let bench = try Bench("gello-panda")
        let clock = EmulatedClock()
        let bus = try bench.bus()
        var arm = try bench.dynamixel(bus, clock)
        try arm.connect()
        bus.devices.suffer(.overload, motor: 3, at: clock.seconds)
        var measurement = Measurement()
        arm.read(into: &measurement, now: clock.now)
        #expect(measurement.state.jointFaults[2].contains(.stopped) && measurement.state.jointFaults[1].isEmpty)
    }
}
