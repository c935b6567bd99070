public import Realtime
public import Robots

/// A robot whose motors are on serial buses: one bus of servos for the arm, and for the gripper either one of those servos
/// or a Robotiq on a port of its own.
///
/// Which port each device is plugged into is the caller's to say; a pseudo-terminal of an emulator is a port like any
/// other.
public struct BusRobot: RobotDriver, ~Copyable {
    private var feetech: ServoArm<FeetechMotors<Port>>?
    private var dynamixel: ServoArm<DynamixelMotors<Port>>?
    private let gripper: RobotiqGripper<Port>?
    private let channel: RobotiqChannel?
    private let servos: (device: DeviceDescription, path: String)?
    private let ending: BusEnding
    /// What makes the lines slow, with the remedy: one line each.
    public let warnings: [String]

    /// Opens the ports. Nothing is sent before ``connect()``.
    ///
    /// - Parameters:
    ///   - robot: Lists the devices.
    ///   - calibration: Of this physical robot.
    ///   - ports: The path of each device's port, by the device's name.
    ///   - watch: Sees what the buses and their motors are like, from now on.
    /// - Throws: ``DriverError`` where a port is not named or cannot be opened, or the calibration does not fit.
    public init(
        robot: RobotDescription, calibration: Calibration, ports: [String: String], watch: BusWatch = BusWatch()
    ) throws(DriverError) {
        var feetech: ServoArm<FeetechMotors<Port>>?
        var dynamixel: ServoArm<DynamixelMotors<Port>>?
        var gripper: RobotiqGripper<Port>?
        var hasServos = false
        var warnings: [String] = []
        guard !robot.devices.isEmpty else {
            throw DriverError(
                device: robot.name, message: "its robot file lists no devices, so there is nothing to drive")
        }
        for device in robot.devices {
            let isTaken = device.bus == .robotiq ? gripper != nil : hasServos
            if isTaken {
                throw DriverError(
                    device: device.name, message: "is a second one of its kind; a robot has one bus of servos")
            }
            let port = try Self.open(device, ports: ports)
            warnings += port.warnings
            switch device.bus {
            case .feetech:
                hasServos = true
                feetech = try ServoArm(
                    motors: FeetechMotors(transport: port), robot: robot, device: device, calibration: calibration,
                    telemetry: watch.watch(servosOf: device))
            case .dynamixel:
                hasServos = true
                dynamixel = try ServoArm(
                    motors: DynamixelMotors(transport: port), robot: robot, device: device, calibration: calibration,
                    telemetry: watch.watch(servosOf: device))
            case .robotiq:
                let found = try RobotiqGripper(
                    transport: port, device: device, robot: robot, calibration: calibration)
                watch.watch(device, readings: found.readings)
                gripper = found
            }
        }
        servos = robot.devices.first { $0.bus != .robotiq }.flatMap { device in ports[device.name].map { (device, $0) }
        }
        ending = watch.ending
        self.feetech = feetech
        self.dynamixel = dynamixel
        self.gripper = gripper
        channel = gripper?.channel
        self.warnings = warnings
    }

    private static func open(_ device: DeviceDescription, ports: [String: String]) throws(DriverError) -> Port {
        guard let path = ports[device.name] else {
            throw DriverError(
                device: device.name,
                message: "no port is given for it; say which one it is plugged into, such as "
                    + "/dev/serial/by-id/… (steadyhand find-port tells)")
        }
        do {
            return try Port.open(path, baudRate: device.baudRate)
        } catch {
            throw DriverError(
                device: device.name, message: error.description, lacksPermission: error.kind == .notPermitted)
        }
    }

    /// Checks all devices; see ``MotorBus/connect(_:calibration:device:period:)`` and ``RobotiqGripper/connect()``.
    public mutating func connect() throws(DriverError) {
        try feetech?.connect()
        try dynamixel?.connect()
        try gripper?.connect()
    }

    /// Asks the servos, and copies what the gripper said last.
    @_noLocks
    public mutating func read(into measurement: inout Measurement, now: MonotonicTime) {
        feetech?.read(into: &measurement, now: now)
        dynamixel?.read(into: &measurement, now: now)
        channel?.read(into: &measurement.state.gripper)
    }

    /// Sends goals to the servos, and the gripper's to its thread.
    @_noLocks
    public mutating func write(_ command: borrowing RobotCommand) {
        feetech?.write(command)
        dynamixel?.write(command)
        channel?.write(opening: command.gripperOpening, isActive: command.mode != .idle)
    }

    /// There is no putting a real robot somewhere.
    @_noLocks
    public mutating func reset(to scene: borrowing SceneSnapshot) -> Bool { false }

    /// Torque off, acknowledged; the gripper stays as it is.
    ///
    /// Where the port has disappeared nobody hears that, nor does a motor that is silent; see ``BusEnding/settle(seconds:)``.
    public mutating func disconnect() {
        feetech?.disconnect()
        dynamixel?.disconnect()
        gripper?.stop()
        guard let servos else { return }
        guard (feetech?.motors.isGone ?? false) || (dynamixel?.motors.isGone ?? false) else {
            let left = (feetech?.unreleased ?? 0) | (dynamixel?.unreleased ?? 0)
            ending.note(unreleased: left, of: servos.device)
            return
        }
        // The port can only be opened anew when it is closed.
        feetech = nil
        dynamixel = nil
        ending.noteGone(servos.device, path: servos.path)
    }
}
