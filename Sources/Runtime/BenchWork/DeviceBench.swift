import Drivers
import Foundation
import Robots

/// One of a robot's buses of servos, open for bench work.
struct DeviceBench {
    let device: DeviceDescription
    let path: String
    let bench: any ServoBench

    /// How a bus of servos is opened: the ports of this machine, or a test's bus in memory.
    typealias Opening = (_ bus: BusKind, _ path: String, _ baudRate: Int) throws -> (any ServoBench)?

    /// Opens the port of a robot's bus of servos. Nothing is sent but a question whether the adapter hears itself.
    ///
    /// - Parameter option: The command line's name for its port.
    /// - Throws: ``JobError`` where the robot has no such bus or its port is not named; `TransportError`.
    init(_ robot: RobotDescription, _ connection: RobotConnection, option: String, open: Opening) throws {
        var servos = robot
        servos.devices.removeAll { $0.bus == .robotiq }
        guard let device = servos.devices.first else {
            throw JobError(.badFile, "\(robot.path): the robot '\(robot.name)' has no bus of servos")
        }
        let paths = try connection.paths(of: servos, option: option)
        try self.init(device, path: paths[device.name] ?? "", open: open)
    }

    /// Opens the port of a bus of servos.
    ///
    /// - Throws: `TransportError`; ``JobError`` where it is no bus of servos.
    init(_ device: DeviceDescription, path: String, open: Opening) throws {
        guard let bench = try open(device.bus, path, device.baudRate) else {
            throw JobError(
                .usage, "'\(device.name)' is no bus of servos: there is nothing to set up or to measure by hand")
        }
        (self.device, self.path, self.bench) = (device, path, bench)
    }

    /// Opens ports of this machine.
    static var ports: Opening { { bus, path, baudRate in try bus.openBench(path, baudRate: baudRate) } }

    /// The error of a motor: port, motor, what is wrong with it.
    func error(_ motor: MotorDescription, _ message: String) -> JobError {
        JobError(.unavailable, "\(path): \(device.name), motor \(motor.id) (\(motor.joint)): \(message)")
    }

    /// Does something with a motor; what the bus says becomes a line about that motor.
    func with<Result>(_ motor: MotorDescription, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let fault as BusFault {
            throw error(motor, fault.message(id: motor.id, baudRate: bench.baudRate))
        } catch let fault as SetupError {
            throw error(motor, fault.description)
        }
    }

    /// Asks every motor what it is, and throws at the first that is not there or another model.
    func reports() throws -> [MotorReport] {
        try device.motors.map { motor in
            let report = try with(motor) { try bench.report(of: motor.id) }
            if let complaint = report.modelComplaint(motor) { throw error(motor, complaint) }
            return report
        }
    }
}
