import Drivers
import Emulation
import Foundation
import Realtime
import Robots
import Testing

/// What a control thread does in a cycle. That it compiles is the proof that neither codec nor driver allocates or locks.
@_noLocks @_noExistentials
private func runCycle(_ robot: inout BusRobot, _ measurement: inout Robots.Measurement, _ command: RobotCommand) {
    robot.read(into: &measurement, now: MonotonicClock.now())
    robot.write(command)
}

/// The whole robot over pseudo-terminals, in real time.
@Suite(.serialized) struct TerminalTests {
    /// A bus on a terminal, served above what else goes on.
    private func emulate(_ bus: EmulatedBus) throws -> EmulatorTerminal {
        try EmulatorTerminal(bus, link: NSTemporaryDirectory() + "steadyhand-\(UUID().uuidString)", priority: 40)
    }

    @Test func aRobotOnATerminalMovesAndAllocatesNothing() throws {
        let bench = try Bench("so101")
        let emulator = try emulate(bench.bus())
        defer { emulator.stop() }
        var robot = try BusRobot(
            robot: bench.robot, calibration: bench.calibration, ports: [bench.device.name: emulator.path])
        try robot.connect()
        var measurement = Robots.Measurement()
        let command = bench.command(offset: 0.2)
        let goal = command.jointPositions[0]
        let before = AllocationCounter.threadCount()
        let deadline = MonotonicClock.now().advanced(byNanoseconds: 20_000_000_000)
        var cycles = 0
        while cycles < 30 || abs(measurement.state.jointPositions[0] - goal) > 0.005,
            MonotonicClock.now() < deadline
        {
            runCycle(&robot, &measurement, command)
            cycles += 1
        }
        let after = AllocationCounter.threadCount()
        #expect(before != nil && before == after)
        #expect(abs(measurement.state.jointPositions[0] - goal) < 0.01)
        robot.disconnect()
    }

    @Test func aPortHasOneUserAndTheOtherIsNamed() throws {
        let bench = try Bench("so101")
        let emulator = try emulate(bench.bus())
        defer { emulator.stop() }
        let first = try Drivers.Port.open(emulator.path, baudRate: 1_000_000)
        let error = #expect(throws: TransportError.self) {
            _ = try Drivers.Port.open(emulator.path, baudRate: 1_000_000)
        }
        guard case .inUse(let owner) = error?.kind else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(owner?.contains("(process \(ProcessInfo.processInfo.processIdentifier))") == true)
        _ = first.baudRate
    }

    @Test func portsThatAreNoneAreNamed() {
        let missing = #expect(throws: TransportError.self) {
            _ = try Drivers.Port.open("/dev/ttyUSB99", baudRate: 1_000_000)
        }
        #expect(missing?.description.hasPrefix("/dev/ttyUSB99: there is no such port") == true)
        let file = #expect(throws: TransportError.self) {
            _ = try Drivers.Port.open("/etc/hostname", baudRate: 1_000_000)
        }
        #expect(file?.kind == .notAPort)
    }

    @Test func aPortThatDisappearsIsGoneAndComesBackUnderItsName() throws {
        let bench = try Bench("so101")
        let emulator = try emulate(bench.bus())
        defer { emulator.stop() }
        var bus = ServoBus<FeetechCodec, Drivers.Port>(
            transport: try Drivers.Port.open(emulator.path, baudRate: 1_000_000))
        emulator.suffer(.unplugged(seconds: 0.3))
        let deadline = MonotonicClock.now().advanced(byNanoseconds: 20_000_000_000)
        while !bus.line.isGone, MonotonicClock.now() < deadline { _ = try? bus.ping(1) }
        let isGone = bus.line.isGone
        #expect(isGone)
        var answered = false
        while !answered, MonotonicClock.now() < deadline {
            guard let port = try? Drivers.Port.open(emulator.path, baudRate: 1_000_000) else {
                MonotonicClock.sleep(until: MonotonicClock.now().advanced(byNanoseconds: 20_000_000))
                continue
            }
            var again = ServoBus<FeetechCodec, Drivers.Port>(transport: port)
            answered = (try? again.ping(1)) != nil
        }
        #expect(answered)
    }

    @Test func aGripperIsActivatedMovesAndHolds() throws {
        let bench = try Bench("robotiq-2f85")
        let bus = try bench.bus()
        let device = try #require(bus.devices as? RobotiqDevice)
        device.obstacle = 120
        let emulator = try emulate(bus)
        defer { emulator.stop() }
        let gripper = try RobotiqGripper(
            transport: try Drivers.Port.open(emulator.path, baudRate: 115_200), device: bench.device,
            robot: bench.robot,
            calibration: bench.calibration)
        try gripper.connect()
        defer { gripper.stop() }
        gripper.channel.write(opening: 0, isActive: true)
        let deadline = MonotonicClock.now().advanced(byNanoseconds: 20_000_000_000)
        while !gripper.reading.holdsObject, MonotonicClock.now() < deadline {
            MonotonicClock.sleep(until: MonotonicClock.now().advanced(byNanoseconds: 10_000_000))
        }
        #expect(gripper.reading.holdsObject && gripper.reading.position == 120)
        var state = GripperState()
        gripper.channel.read(into: &state)
        // 107 of 224 counts from closed, of 85 mm.
        #expect(abs(state.opening - 0.085 * 107 / 224) < 0.001 && state.fault.isEmpty)
    }

    @Test func aLatencyTimerIsSetAndReadBack() throws {
        let folder = NSTemporaryDirectory() + "steadyhand-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder + "/ttyUSB3", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let file = folder + "/ttyUSB3/latency_timer"
        try "16\n".write(toFile: file, atomically: true, encoding: .utf8)
        #expect(LatencyTimer.shorten(device: "/dev/ttyUSB3", folder: folder) == .init(milliseconds: 1, warning: nil))
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "1\n")
        #expect(LatencyTimer.shorten(device: "/dev/ttyACM0", folder: folder) == .init(milliseconds: nil, warning: nil))
    }
}
