import Drivers
import Emulation
import Foundation
import Robots
import Testing

@testable import Runtime

/// Motors fresh from the factory that are plugged, one after the other, into a bus on a port of this machine.
@Suite(.serialized) struct SetupMotorsOnAPortTests {
    /// What is plugged in, at a port that stays.
    private final class Table {
        let path: String
        private(set) var devices = FeetechDevices([])
        private var emulator: EmulatorTerminal?

        init(path: String) throws {
            self.path = path
            try plug([])
        }

        /// Leaves those in that are there, as they were written, and plugs in others.
        func plug(_ more: [FeetechDevices.Servo]) throws {
            emulator?.stop()
            let servos =
                devices.ids.map { id in
                    FeetechDevices.Servo(id: id, model: devices.number(FeetechRegister.model, of: id) ?? 0)
                } + more
            devices = FeetechDevices(servos)
            let bus = EmulatedBus(
                devices: devices, physics: FirstOrderJoints(positions: servos.map(\.position)), baudRate: 1_000_000)
            // Above what else goes on: a motor that replies too late to a ping is one that is not there.
            emulator = try EmulatorTerminal(bus, link: path, priority: 40)
        }

        deinit { emulator?.stop() }
    }

    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private func job(_ table: Table, joint: String? = nil, ask: @escaping (String) throws -> Void) -> SetupMotorsJob {
        SetupMotorsJob(
            robotPath: packagePath + "/robots/so101.yaml", connection: RobotConnection(ports: [table.path]),
            joint: joint, dialogue: Dialogue(tell: { _ in }, ask: ask, isAnswered: { true }))
    }

    @Test func aChainOfNewMotorsGetsItsIds() throws {
        let table = try Table(path: folder.path + "/arm")
        let result = try job(table) { _ in try table.plug([.init(id: 1)]) }.run()
        #expect(result.motors.map(\.joint).first == "gripper")
        #expect(result.motors.map(\.id) == [6, 5, 4, 3, 2, 1] && result.motors.allSatisfy { $0.idBefore == 1 })
        #expect(table.devices.ids == [6, 5, 4, 3, 2, 1])
        for id in table.devices.ids {
            #expect(table.devices.number(FeetechRegister.lock, of: id) == 1)
            #expect(table.devices.number(FeetechRegister.torqueEnable, of: id) == 0)
        }
    }

    /// The second motor was set up once before, as the first one was now.
    @Test func anIdIsNotGivenTwice() throws {
        let table = try Table(path: folder.path + "/arm")
        var plugged = 0
        let error = #expect(throws: JobError.self) {
            try job(table) { _ in
                plugged += 1
                try table.plug([plugged == 1 ? .init(id: 1) : .init(id: 6, position: 1.2)])
            }.run()
        }
        #expect(plugged == 2 && error?.status == .unavailable)
        #expect(
            error?.message
                == "\(table.path): arm, motor 5 (wrist_roll): two motors with id 6 reply together at 1000000 baud: unplug one "
                + "of them; nothing was written")
        #expect(table.devices.ids == [6, 6])
    }

    @Test func twoAtOnceAreRefusedAndNothingIsWritten() throws {
        let table = try Table(path: folder.path + "/arm")
        let error = #expect(throws: JobError.self) {
            try job(table, joint: "elbow_flex") { _ in try table.plug([.init(id: 1), .init(id: 3)]) }.run()
        }
        #expect(
            error?.message.hasSuffix(
                "2 motors reply that are not done (ids 1, 3), and id 3 is taken by one of them: leave only the one to be set up; "
                    + "nothing was written") == true, "\(error?.message ?? "")")
        #expect(table.devices.ids == [1, 3])
    }
}
