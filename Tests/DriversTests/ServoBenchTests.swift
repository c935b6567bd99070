import Drivers
import Emulation
import Realtime
import Robots
import Testing

/// Buses as they are before an arm has been set up.
@Suite struct ServoBenchTests {
    private func feetech(
        _ servos: [FeetechDevices.Servo]
    ) throws -> (LineBench<FeetechCodec, EmulatedLine>, FeetechDevices) {
        let devices = FeetechDevices(servos)
        let bus = EmulatedBus(
            devices: devices, physics: FirstOrderJoints(positions: servos.map(\.position)), baudRate: 1_000_000)
        let clock = EmulatedClock()
        let bench = try LineBench<FeetechCodec, EmulatedLine>(.feetech, baudRate: 1_000_000) { rate in
            EmulatedLine(bus, clock: clock, baudRate: rate)
        }
        return (bench, devices)
    }

    private func dynamixel(
        _ servos: [DynamixelDevices.Servo]
    ) throws -> (LineBench<DynamixelCodec, EmulatedLine>, DynamixelDevices) {
        let devices = DynamixelDevices(servos)
        let bus = EmulatedBus(
            devices: devices, physics: FirstOrderJoints(positions: servos.map(\.position)), baudRate: 1_000_000)
        let clock = EmulatedClock()
        let bench = try LineBench<DynamixelCodec, EmulatedLine>(.dynamixel, baudRate: 57_600) { rate in
            EmulatedLine(bus, clock: clock, baudRate: rate)
        }
        return (bench, devices)
    }

    @Test func allMotorsAreSeenAndTwoWithOneIdToo() throws {
        let (bench, _) = try feetech((1...6).map { FeetechDevices.Servo(id: UInt8($0)) })
        #expect(bench.look() == BusCensus(ids: [1, 2, 3, 4, 5, 6]))
        // They stand apart: what they say together is nonsense.
        let (twins, _) = try feetech([.init(id: 1), .init(id: 3, position: 1), .init(id: 3, position: 2.4)])
        #expect(twins.look() == BusCensus(ids: [1], garbled: [3]))
        let (nobody, _) = try feetech([])
        #expect(nobody.look().isSilent)
        let (others, _) = try dynamixel([.init(id: 4, baudRate: 57_600), .init(id: 200)])
        #expect(others.look() == BusCensus(ids: [4]))
        try others.talk(at: 1_000_000)
        #expect(others.look() == BusCensus(ids: [200]))
    }

    @Test func aMotorGetsItsIdAndItsRateForGood() throws {
        let (bench, servos) = try feetech([.init(id: 1, baudRate: 500_000)])
        try bench.talk(at: 500_000)
        try bench.assign(1, to: 5, baudRate: 1_000_000)
        #expect(bench.baudRate == 1_000_000 && bench.look() == BusCensus(ids: [5]))
        #expect(servos.number(FeetechRegister.lock, of: 5) == 1)
        #expect(servos.number(FeetechRegister.returnDelay, of: 5) == 0)
        servos.suffer(.reboot, motor: 5, at: 1)
        #expect(servos.number(FeetechRegister.baudRate, of: 5) == 0)
        #expect(try bench.report(of: 5).modelNumber == 777)

        let (koch, motors) = try dynamixel([.init(id: 1, baudRate: 57_600)])
        try koch.assign(1, to: 4, baudRate: 1_000_000)
        #expect(koch.look() == BusCensus(ids: [4]))
        motors.suffer(.reboot, motor: 4, at: 1)
        #expect(motors.number(DynamixelRegister.baudRate, of: 4) == 3)
        #expect(try koch.report(of: 4).firmware == "52")
        #expect(throws: SetupError.self) { try koch.assign(4, to: 4, baudRate: 250_000) }
    }

    /// Over the place where counts go round, and with an offset from before.
    @Test(arguments: [(0, 0.1), (100, 6.2), (-2000, 3.2), (2047, 3.15)]) func aMotorReadsWhatItShould(
        offset: Int, position: Double
    ) throws {
        let (bench, servos) = try feetech([.init(id: 2, homingOffset: offset, position: position)])
        let set = try bench.makeRead(1500, motor: 2)
        #expect(abs(set) <= 2047 && servos.number(FeetechRegister.homingOffset, of: 2) == set)
        let read = try #require(bench.positions(of: [2, 3])[0])
        #expect(abs(read - 1500) <= 1)
        #expect(servos.number(FeetechRegister.lock, of: 2) == 1)
        let (koch, _) = try dynamixel([.init(id: 2, homingOffset: offset, position: position, baudRate: 57_600)])
        _ = try koch.makeRead(1500, motor: 2)
        #expect(koch.positions(of: [2, 3]) == [1500, nil])
    }

    @Test func aMotorSaysHowItIs() throws {
        let (bench, servos) = try feetech([.init(id: 1)])
        servos.suffer(.voltage(3.2), motor: 1, at: 1)
        servos.suffer(.temperature(75), motor: 1, at: 1)
        let report = try bench.report(of: 1)
        #expect(report.firmware == "3.10" && report.modelName(on: .feetech) == "sts3215")
        #expect(report.supplyComplaint == "its supply is 3.2 V, it works from 4.0 to 14.0 V: check the power supply")
        #expect(report.temperatureComplaint == "is 75 °C hot, its limit is 70 °C: let it cool down")
        #expect(try !bench.isTorqueOn(1))
        #expect(throws: BusFault.noReply) { try bench.report(of: 2) }
    }
}
