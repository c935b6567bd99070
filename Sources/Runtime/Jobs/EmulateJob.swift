public import Emulation
import Foundation
import Robots

/// Puts the emulated buses of a robot on ports of this machine until it is told to end.
public struct EmulateJob: Sendable {
    /// What `emulate` prints at its end.
    public struct Result: Codable, Sendable {
        /// The path of each device's port, by the device's name.
        public var ports: [String: String]
        /// What went through each device's wire, and what went wrong on it, by the device's name.
        public var wires: [String: InjectedFaults]

        /// The result for people.
        public var text: String {
            wires.keys.sorted().map { name in
                let wire = wires[name] ?? InjectedFaults()
                return "\(name): \(wire.replies) replies; lost \(wire.lost), corrupted \(wire.corrupted), truncated "
                    + "\(wire.truncated), late \(wire.late), with another id \(wire.wrongId); \(wire.events) events"
            }.joined(separator: "\n")
        }
    }

    let robotPath: String
    let link: String?
    let calibration: String?
    let faults: String?
    let hand: Hand.Motion?
    let seed: UInt64
    let seconds: Double?

    /// - Parameters:
    ///   - robotPath: the robot file.
    ///   - link: the path that programs open; nil takes `steadyhand-ROBOT` in the folder for temporary files.
    ///   - calibration: how the motors were put in; nil is an arm without a flaw.
    ///   - faults: the fault file; nil lets nothing go wrong.
    ///   - hand: what a hand does with the arm; nil is no hand.
    ///   - seed: of faults and hand.
    ///   - seconds: when it ends by itself; nil is never.
    public init(
        robotPath: String, link: String?, calibration: String?, faults: String?, hand: Hand.Motion?, seed: UInt64,
        seconds: Double?
    ) {
        self.robotPath = robotPath
        self.link = link
        self.calibration = calibration
        self.faults = faults
        self.hand = hand
        self.seed = seed
        self.seconds = seconds
    }

    /// Serves the ports until a signal comes or the time is over.
    ///
    /// - Parameter announce: called once the ports are there, with lines for people: what is emulated, and where.
    /// - Throws: `ConfigurationError` with the faults of a file; `EmulatorError` where a port cannot be made.
    public func run(announce: (String) -> Void) throws -> Result {
        let robot = try RobotDescription.load(path: robotPath)
        let options = try EmulationSettings(faults: faults, hand: hand, calibration: calibration, seed: seed)
            .options(of: robot)
        try TerminationWatch.install()
        let link =
            link ?? FileManager.default.temporaryDirectory.appendingPathComponent("steadyhand-\(robot.name)").path
        let emulator = try RobotEmulator(robot, link: link, options: options)
        announce(Self.lines(robot, emulator: emulator, hand: hand).joined(separator: "\n"))
        let end = seconds.map { Date(timeIntervalSinceNow: $0) } ?? .distantFuture
        while TerminationWatch.status() == nil, Date() < end { Thread.sleep(forTimeInterval: 0.02) }
        let (injected, failure) = emulator.stop()
        if let failure { throw failure }
        let names = robot.devices.map(\.name)
        return Result(
            ports: emulator.ports, wires: Dictionary(zip(names, injected)) { first, _ in first })
    }

    /// What is emulated, and where: a line for each device.
    static func lines(_ robot: RobotDescription, emulator: RobotEmulator, hand: Hand.Motion?) -> [String] {
        robot.devices.map { device in
            let motors = device.motors.map { "\($0.id)" }.joined(separator: " ")
            let moved = hand.map { ", moved by a hand (\($0.rawValue))" } ?? ""
            return "emulating \(robot.name), \(device.name): \(device.bus.rawValue) at \(device.baudRate) baud, ids "
                + "\(motors)\(moved): \(emulator.ports[device.name] ?? "")"
        }
    }
}

/// How a robot is emulated, as a command line says it.
struct EmulationSettings: Equatable, Sendable {
    /// The fault file; nil lets nothing go wrong.
    var faults: String?
    /// What a hand does with the arm; nil is no hand.
    var hand: Hand.Motion?
    /// The file that says how the motors were put in; nil is an arm without a flaw.
    var calibration: String?
    /// Of faults and hand.
    var seed: UInt64 = 0

    /// What the emulator takes, with the files read.
    ///
    /// - Throws: `ConfigurationError` with the faults of a file.
    func options(of robot: RobotDescription) throws -> RobotEmulator.Options {
        var options = RobotEmulator.Options()
        options.calibration = try calibration.map { try Calibration.load(path: $0, robot: robot) }
        if let faults { options.faults = try WireFaults.load(path: faults, robot: robot, seed: seed) }
        options.hand = try hand.map { try Hand($0, robot: robot, seed: seed) }
        // Above what is emulated to nobody's harm: the host waits while a device replies.
        options.priority = min(98, robot.realtime.priority + 2)
        return options
    }
}
