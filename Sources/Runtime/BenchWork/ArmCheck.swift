import Drivers
import Foundation
import Robots

/// Looks at an arm that is plugged in: its ports, and what all of its motors say of themselves. Nothing moves, and nothing is
/// written.
struct ArmCheck {
    typealias Check = DoctorJob.Check

    let robotPath: String
    let connection: RobotConnection
    let list: PortList
    var open = DeviceBench.ports

    func run() -> [Check] {
        do {
            let robot = try RobotDescription.load(path: robotPath)
            let paths = try connection.paths(of: robot, option: "--port")
            var checks: [Check] = []
            for device in robot.devices {
                let path = paths[device.name] ?? ""
                let port = PortCheck(list: list).checks(of: path)
                checks += port
                // What cannot be opened cannot be asked.
                if port.contains(where: { $0.name == "port" && !$0.isWell }) { continue }
                checks += device.bus == .robotiq ? gripper(device, path, of: robot) : motors(device, path, of: robot)
            }
            return checks
        } catch {
            return [Check("arm", [Failure(error).message], found: "", remedy: "correct what is named")]
        }
    }

    private func gripper(_ device: DeviceDescription, _ path: String, of robot: RobotDescription) -> [Check] {
        let gripper = Check("gripper", remedy: "check its 24 V and its cable") {
            var bus = RobotiqBus(
                transport: try Port.open(path, baudRate: device.baudRate), slave: UInt8(device.motors.first?.id ?? 9))
            guard bus.probe(), let status = bus.status else {
                throw JobError(.unavailable, "\(path): \(device.name): no reply at \(device.baudRate) baud")
            }
            guard status.fault < 0x08 else {
                throw JobError(.unavailable, "\(path): \(device.name): \(RobotiqStatus.explain(status.fault))")
            }
            return "replies at \(device.baudRate) baud, "
                + (status.activation == .active ? "active" : "not yet activated: connecting opens and closes it once")
        }
        // Of its servos' bus it is said with them.
        let isAlone = !robot.devices.contains { $0.bus != .robotiq }
        return [gripper] + (isAlone ? calibration(of: robot, path, []) : [])
    }

    private func motors(_ device: DeviceDescription, _ path: String, of robot: RobotDescription) -> [Check] {
        var reports: [(motor: MotorDescription, report: MotorReport)] = []
        var silent: [String] = []
        do {
            let bench = try DeviceBench(device, path: path, open: open)
            for motor in device.motors {
                do {
                    reports.append((motor, try bench.bench.report(of: motor.id)))
                } catch {
                    silent.append("\(Self.name(motor)): \(error.message(id: motor.id, baudRate: device.baudRate))")
                }
            }
        } catch {
            return [Check("motors", [Failure(error).message], found: "", remedy: "correct what is named")]
        }
        let replying = Check(
            "motors", silent, found: "\(reports.count) of \(device.motors.count) reply at \(device.baudRate) baud",
            remedy: "check power and cables; ids are set with: steadyhand setup-motors \(robotPath) --port \(path)")
        guard !reports.isEmpty else { return [replying] }
        func check(
            _ name: String, found: String, remedy: String, _ complaint: (MotorDescription, MotorReport) -> String?
        ) -> Check {
            Check(
                name,
                reports.compactMap { motor, report in complaint(motor, report).map { "\(Self.name(motor)): \($0)" } },
                found: found, remedy: remedy)
        }
        let reported = reports.map(\.report)
        let checks = [
            check(
                "models", found: Self.tally(reported.map { $0.modelName(on: device.bus) }),
                remedy: "name the robot file of this arm, or set its motors up anew"
            ) { $1.modelComplaint($0) },
            check(
                "supply", found: Self.range(reported.map(\.voltage), unit: "V"), remedy: "check the power supply"
            ) { $1.supplyComplaint },
            check(
                "temperature", found: Self.range(reported.map { Double($0.temperature) }, unit: "°C"),
                remedy: "let it cool down, and look what it pushes against"
            ) { $1.temperatureComplaint },
            check("faults", found: "none", remedy: "remove the cause, then switch its power off and on") {
                $1.faultComplaint
            },
        ]
        return [replying] + checks + calibration(of: robot, path, reports)
    }

    private func calibration(
        of robot: RobotDescription, _ path: String, _ reports: [(motor: MotorDescription, report: MotorReport)]
    ) -> [Check] {
        let remedy = "steadyhand calibrate \(robotPath) --port \(path)"
        let stored: Calibration?
        do {
            stored = try connection.storedCalibration(of: robot)
        } catch {
            return [Check("calibration", [Failure(error).message], found: "", remedy: remedy + " --replace")]
        }
        let file = connection.calibrationPath(of: robot)
        let firmware = Self.tally(reports.map(\.report.firmware))
        guard let calibration = stored else {
            let missing = Check("calibration", ["\(file): there is none"], found: "", remedy: remedy)
            return reports.isEmpty ? [missing] : [Check("firmware", nil, found: firmware, remedy: ""), missing]
        }
        let age = Self.age(of: calibration.time)
        // A gripper says nothing that would tell it from another.
        if reports.isEmpty { return [Check("calibration", nil, found: file + age, remedy: "")] }
        func complaints(_ complaint: (MotorReport, MotorDescription, MotorCalibration) -> String?) -> [String] {
            reports.compactMap { motor, report in
                guard motor.leader == nil, let entry = calibration.motor(named: motor.joint) else { return nil }
                return complaint(report, motor, entry).map { "\(Self.name(motor)): \($0)" }
            }
        }
        return [
            Check(
                "firmware", complaints { report, _, entry in report.firmwareComplaint(entry) }, found: firmware,
                remedy: remedy + " --replace"),
            Check(
                "calibration", complaints { $0.calibrationComplaint($1, $2) },
                found: "\(file) is this arm's\(age)", remedy: remedy + " --replace"),
        ]
    }

    private static func name(_ motor: MotorDescription) -> String { "motor \(motor.id) (\(motor.joint))" }

    private static func age(of time: String) -> String {
        guard let made = try? Date(time, strategy: .iso8601) else { return "" }
        let days = Int(Date().timeIntervalSince(made) / 86_400)
        return days < 1 ? ", made today" : ", made \(days) \(days == 1 ? "day" : "days") ago"
    }

    /// `2 × xl430-w250, 4 × xl330-m288`.
    private static func tally(_ words: [String]) -> String {
        var order: [String] = []
        for word in words where !order.contains(word) { order.append(word) }
        return order.map { word in "\(words.count { $0 == word }) × \(word)" }.joined(separator: ", ")
    }

    private static func range(_ values: [Double], unit: String) -> String {
        guard let lowest = values.min(), let highest = values.max() else { return "" }
        let (low, high) = (Results.rounded(lowest), Results.rounded(highest))
        return low == high ? "\(low) \(unit)" : "\(low) to \(high) \(unit)"
    }
}
