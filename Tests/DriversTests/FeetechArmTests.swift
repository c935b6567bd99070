import Drivers
import Emulation
import Realtime
import Robots
import Testing

@Suite struct FeetechArmTests {
    @Test func connectingSetsTheMotorsUpAndLeavesThemLoose() throws {
        let bench = try Bench("so101")
        let bus = try bench.bus()
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
        let bus = try bench.bus()
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
        let bus = try bench.bus()
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
}
