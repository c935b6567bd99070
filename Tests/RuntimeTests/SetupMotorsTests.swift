import Drivers
import Emulation
import Foundation
import Robots
import Testing

@testable import Runtime

/// Motors fresh from the factory, plugged into a bus one after the other.
@Suite struct SetupMotorsTests {
    /// What is plugged in now.
    private final class Table {
        var feetech: [FeetechDevices.Servo] = []
        var dynamixel: [DynamixelDevices.Servo] = []
        private(set) var bus: EmulatedBus?
        private let clock = EmulatedClock()
        var told: [String] = []

        /// Keeps what was written to the motors and plugs in others.
        func plug(_ more: [FeetechDevices.Servo] = [], _ others: [DynamixelDevices.Servo] = []) {
            if let done = bus?.devices as? FeetechDevices {
                feetech = done.ids.map { .init(id: $0, model: done.number(FeetechRegister.model, of: $0) ?? 0) }
            }
            if let done = bus?.devices as? DynamixelDevices {
                dynamixel = done.ids.map { .init(id: $0, model: done.number(DynamixelRegister.model, of: $0) ?? 0) }
            }
            feetech += more
            dynamixel += others
            let devices: any EmulatedDevices =
                dynamixel.isEmpty ? FeetechDevices(feetech) : DynamixelDevices(dynamixel)
            bus = EmulatedBus(
                devices: devices,
                physics: FirstOrderJoints(positions: feetech.map(\.position) + dynamixel.map(\.position)),
                baudRate: 1_000_000)
        }

        /// The line follows what is plugged in when it is opened, as it is before every look.
        var opening: DeviceBench.Opening {
            { kind, _, rate in
                switch kind {
                case .feetech:
                    try LineBench<FeetechCodec, EmulatedLine>(kind, baudRate: rate) { [self] in
                        if bus == nil { plug() }
                        return EmulatedLine(bus!, clock: clock, baudRate: $0)
                    }
                default:
                    try LineBench<DynamixelCodec, EmulatedLine>(kind, baudRate: rate) { [self] in
                        if bus == nil { plug() }
                        return EmulatedLine(bus!, clock: clock, baudRate: $0)
                    }
                }
            }
        }
    }

    private func job(_ robot: String, _ table: Table, joint: String? = nil, ask: @escaping () -> Void) -> SetupMotorsJob
    {
        let dialogue = Dialogue(
            tell: { table.told.append($0) },
            ask: {
                table.told.append($0)
                ask()
            }, isAnswered: { true })
        var job = SetupMotorsJob(
            robotPath: "\(packagePath)/robots/\(robot).yaml", connection: RobotConnection(ports: ["/dev/arm"]),
            joint: joint, dialogue: dialogue)
        job.open = table.opening
        return job
    }

    private func refusal(_ servos: [FeetechDevices.Servo], joint: String = "elbow_flex") -> String {
        let table = Table()
        let job = job("so101", table, joint: joint) { table.plug(servos) }
        do {
            _ = try job.run()
            return ""
        } catch {
            let now = (table.bus?.devices as? FeetechDevices)?.ids
            #expect(now == servos.map(\.id), "nothing is written")
            return Failure(error).message
        }
    }

    @Test func aChainOfNewMotorsGetsItsIds() throws {
        let table = Table()
        let result = try job("so101", table) { table.plug([.init(id: 1)]) }.run()
        #expect(result.motors.map(\.id) == [6, 5, 4, 3, 2, 1] && result.baudRate == 1_000_000)
        #expect((table.bus?.devices as? FeetechDevices)?.ids == [6, 5, 4, 3, 2, 1])
        #expect(
            table.told.first == "plug in the motor of 'gripper' (sts3215, to become id 6), and no other")
        #expect(table.told.contains("gripper: sts3215, firmware 3.10: id 1 -> 6, 1000000 -> 1000000 baud"))
    }

    @Test func dynamixelsGetTheirRateToo() throws {
        let table = Table()
        let models = [1060, 1060, 1200, 1200, 1200, 1200]
        var next = 5
        let result = try job("koch", table) {
            table.plug([], [.init(id: 1, model: models[next], baudRate: 57_600)])
            next -= 1
        }.run()
        #expect(result.motors.map(\.id) == [6, 5, 4, 3, 2, 1])
        #expect(result.motors.allSatisfy { $0.baudRateBefore == 57_600 })
        let devices = try #require(table.bus?.devices as? DynamixelDevices)
        #expect(devices.number(DynamixelRegister.baudRate, of: 1) == 3)
        #expect(devices.number(DynamixelRegister.returnDelay, of: 1) == 0)
    }

    @Test func whatIsNotTheOneMotorIsRefused() {
        let prefix = "/dev/arm: arm, motor 3 (elbow_flex): "
        #expect(refusal([]) == prefix + "no motor replies at any rate: check its power and its cable")
        #expect(
            refusal([.init(id: 1), .init(id: 4)])
                == prefix
                + "2 motors reply that are not done (ids 1, 4): leave only the one to be set up; nothing was written")
        #expect(
            refusal([.init(id: 1), .init(id: 3)])
                == prefix
                + "2 motors reply that are not done (ids 1, 3), and id 3 is taken by one of them: leave only the one "
                + "to be set up; nothing was written")
        // At another rate it would not be in the way now, and would be later.
        #expect(refusal([.init(id: 1), .init(id: 3, baudRate: 115_200)]).contains("2 motors reply that are not done"))
        #expect(
            refusal([.init(id: 1, position: 1), .init(id: 1, position: 4)])
                == prefix
                + "two motors with id 1 reply together at 1000000 baud: unplug one of them; nothing was written")
        #expect(
            refusal([.init(id: 1, model: 2825)]).hasPrefix(
                prefix + "the motor with id 1 is model sts3250, the robot file says sts3215"))
    }

    @Test func aMotorThatTheRobotHasNotIsNotAskedFor() {
        let table = Table()
        let error = #expect(throws: JobError.self) { try job("so101", table, joint: "tail") {}.run() }
        #expect(error?.status == .usage && table.told.isEmpty)
        #expect(
            error?.message.hasPrefix("--motor tail: the robot 'so101' has no motor for it; it has shoulder_pan") == true
        )
    }

    @Test func aMotorThatHasItsIdAlreadyIsFine() throws {
        let table = Table()
        let result = try job("so101", table, joint: "elbow_flex") { table.plug([.init(id: 3)]) }.run()
        #expect(result.motors.map(\.idBefore) == [3])
    }
}
