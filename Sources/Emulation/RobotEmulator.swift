public import Robots

/// All buses of a robot on pseudo-terminals of this machine, each served by a thread of its own: what is plugged in where the
/// robot is not there.
///
/// Servos move the arm's MuJoCo model; a Robotiq gripper moves by itself.
public final class RobotEmulator: Sendable {
    /// How a robot is emulated.
    public struct Options: Sendable {
        /// How the motors were put in; nil for an arm without a flaw, as ``EmulatedBus/standardCalibration(of:)`` has it.
        public var calibration: Calibration?
        /// What goes wrong, by the name of the device.
        public var faults: [String: WireFaults] = [:]
        /// Who moves the arm from outside; nil for nobody.
        public var hand: Hand?
        /// Where the arm begins, rad; nil for its rest pose, or home.
        public var pose: JointVector?
        /// Of the threads that serve the buses; 0 for the ordinary scheduler.
        public var priority = 0

        /// An arm without a flaw that nobody moves.
        public init() {}
    }

    /// The path of each device's port, by the device's name.
    public let ports: [String: String]
    /// How the motors were put in.
    public let calibration: Calibration
    private let terminals: [EmulatorTerminal]

    /// Puts a robot's buses on pseudo-terminals and begins to serve them.
    ///
    /// - Parameters:
    ///   - link: Where to put the link to the port: itself for a robot with one device, with `-DEVICE` appended for one with
    ///     several.
    /// - Throws: ``EmulatorError`` where the robot has no devices or a port cannot be made; `ArmModelError` where its model cannot
    ///   be used.
    public init(_ robot: RobotDescription, link: String, options: Options = Options()) throws {
        guard !robot.devices.isEmpty else {
            throw EmulatorError(
                "\(robot.path): the robot '\(robot.name)' lists no devices, so there is nothing to emulate")
        }
        let calibration = options.calibration ?? EmulatedBus.standardCalibration(of: robot)
        var ports: [String: String] = [:]
        var terminals: [EmulatorTerminal] = []
        for device in robot.devices {
            let path = robot.devices.count == 1 ? link : "\(link)-\(device.name)"
            let physics: (any MotorPhysics)? =
                device.bus == .robotiq
                ? nil
                : try ArmPhysics(
                    device: device, robot: robot, calibration: calibration, pose: options.pose, hand: options.hand)
            let bus = try EmulatedBus(
                device: device, robot: robot, calibration: calibration,
                faults: options.faults[device.name] ?? WireFaults(), physics: physics)
            terminals.append(try EmulatorTerminal(bus, link: path, priority: options.priority))
            ports[device.name] = path
        }
        self.ports = ports
        self.calibration = calibration
        self.terminals = terminals
    }

    /// Ends the service and takes the ports away.
    ///
    /// - Returns: What went through each wire, in the order of the devices, and why a port could not come back, if one could not.
    @discardableResult
    public func stop() -> (injected: [InjectedFaults], failure: EmulatorError?) {
        let ends = terminals.map { $0.stop() }
        return (ends.map(\.injected), ends.lazy.compactMap(\.failure).first)
    }
}
