import Drivers
import Foundation
import Robots

/// Where the devices of one physical arm are plugged in, and which calibration is its own.
public struct RobotConnection: Equatable, Sendable {
    /// The ports: `PATH` for a robot with one device, `DEVICE=PATH` for one with several.
    public var ports: [String]
    /// The calibration file; nil takes the one in `calibration/` beside the robot files that has the robot's name.
    public var calibration: String?

    /// See the properties.
    public init(ports: [String] = [], calibration: String? = nil) {
        self.ports = ports
        self.calibration = calibration
    }

    /// The path of each device's port, by the device's name.
    ///
    /// - Throws: ``JobError`` where a port is for no device, or a device has none.
    func paths(of robot: RobotDescription, option: String) throws(JobError) -> [String: String] {
        var paths: [String: String] = [:]
        let names = robot.devices.map(\.name)
        for port in ports {
            let parts = port.split(separator: "=", maxSplits: 1).map(String.init)
            if parts.count == 2, names.contains(parts[0]) {
                paths[parts[0]] = parts[1]
            } else if names.count == 1, ports.count == 1 {
                paths[names[0]] = port
            } else {
                throw JobError(
                    .usage,
                    "\(option) \(port): the robot '\(robot.name)' has the devices \(names.joined(separator: ", ")); write "
                        + "\(option) DEVICE=PATH for each")
            }
        }
        for name in names where paths[name] == nil {
            let device = names.count == 1 ? "" : "\(name)="
            throw JobError(
                .usage,
                "no port is given for '\(name)' of the robot '\(robot.name)': write \(option) \(device)PATH, such as "
                    + "/dev/serial/by-id/…")
        }
        return paths
    }

    /// The file of the calibration.
    func calibrationPath(of robot: RobotDescription) -> String {
        if let calibration { return calibration }
        return URL(fileURLWithPath: robot.path).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("calibration/\(robot.name).yaml").standardizedFileURL.path
    }

    /// The calibration of a robot where there is one.
    ///
    /// - Throws: `ConfigurationError` where it is broken or another robot's.
    func storedCalibration(of robot: RobotDescription) throws -> Calibration? {
        let path = calibrationPath(of: robot)
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        return try Calibration.load(path: path, robot: robot)
    }

    /// Opens the ports and checks every motor; no torque is on afterwards.
    ///
    /// - Parameters:
    ///   - robot: The robot that should be there.
    ///   - option: The command line's name for its ports.
    ///   - watch: Sees its buses from now on.
    /// - Throws: ``JobError``, `ConfigurationError` with the faults of the calibration, or `DriverError` that names the
    ///   device and what to do.
    func connect(_ robot: RobotDescription, option: String, watch: BusWatch = BusWatch()) throws -> BusRobot {
        let paths = try paths(of: robot, option: option)
        let calibration = try Calibration.load(path: calibrationPath(of: robot), robot: robot)
        return try Self.connect(robot, calibration: calibration, ports: paths, watch: watch)
    }

    /// Opens ports that are known and checks every motor; no torque is on afterwards.
    static func connect(
        _ robot: RobotDescription, calibration: Calibration, ports: [String: String], watch: BusWatch
    ) throws -> BusRobot {
        var driver = try BusRobot(robot: robot, calibration: calibration, ports: ports, watch: watch)
        for warning in driver.warnings { StandardError.write("warning: \(warning)\n") }
        do {
            try driver.connect()
        } catch {
            driver.disconnect()
            throw error
        }
        return driver
    }
}
