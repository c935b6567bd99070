public import Drivers
import Foundation
import Robots

/// Tells which serial port is which.
public struct FindPortJob {
    /// What the motors of one of the robot's devices did at a port.
    public struct Answer: Codable, Sendable {
        /// The device, as the robot file names it.
        public var device: String
        /// Bits a second.
        public var baudRate: Int
        /// How many of its motors replied.
        public var motors: Int
        /// How many it has.
        public var wanted: Int
        /// The ids that did not reply.
        public var missing: [Int]
        /// Whether the motors' homing offsets are those of the robot's calibration; nil where there is none.
        public var isCalibrated: Bool?
    }

    /// A port, and what answers there.
    public struct Finding: Codable, Sendable {
        /// What to write after `--port`.
        public var path: String
        /// What the kernel says of it.
        public var port: PortDescription
        /// For each device of the robot that was asked for.
        public var answers: [Answer]
        /// Why nothing could be asked there.
        public var complaint: String?
    }

    /// What `find-port` prints.
    public struct Result: Codable, Sendable {
        /// All ports that were looked at.
        public var ports: [Finding]
        /// Those that it is, as far as was asked for one.
        public var found: [String]

        /// The result for people.
        public var text: String { (ports.map(\.text) + found.map { "--port \($0)" }).joined(separator: "\n") }
    }

    /// Where the ports are listed.
    public var list = PortList()
    /// A robot whose motors are looked for.
    public var robotPath: String?
    /// Other ports to look at, such as an emulator's.
    public var others: [String] = []
    /// How long is waited for an adapter to be unplugged, and to come back, s.
    public var patience = 60.0
    /// Who unplugs it.
    public var dialogue: Dialogue
    var open = DeviceBench.ports

    /// - Parameter dialogue: Who is told what to do.
    public init(dialogue: Dialogue) { self.dialogue = dialogue }

    /// Lists the ports; with a robot, asks at each of them for its motors.
    ///
    /// - Throws: ``JobError`` where there is no port, or none with the robot's motors.
    public func run() throws -> Result {
        let robot = try robotPath.map { try RobotDescription.load(path: $0) }
        let ports = list.ports() + others.map { list.describe($0) }
        guard !ports.isEmpty else { throw nothingThere }
        let findings = zip(ports, ports.indices).map { port, index in
            let isOther = index >= ports.count - others.count
            let path = isOther ? others[index - (ports.count - others.count)] : port.path
            return robot.map { look(for: $0, at: path, port) }
                ?? Finding(path: path, port: port, answers: [], complaint: port.complaint)
        }
        guard let robot else { return Result(ports: findings, found: []) }
        let found = findings.filter { $0.answers.contains { $0.motors == $0.wanted } }.map(\.path)
        if found.isEmpty {
            guard findings.contains(where: { $0.complaint == nil }) else {
                throw JobError(
                    .unavailable,
                    (findings.map(\.text) + ["nobody could be asked: at every port something is in the way"]).joined(
                        separator: "\n"))
            }
            let best = findings.flatMap(\.answers).max { $0.motors < $1.motors }
            let partly =
                best.flatMap { $0.motors > 0 ? $0 : nil }.map {
                    "; at one \($0.motors) of \($0.wanted) reply, and not \($0.missing.map(String.init).joined(separator: ", "))"
                } ?? ""
            throw JobError(
                .unavailable,
                (findings.map(\.text) + [
                    "at no port do all motors of the robot '\(robot.name)' reply\(partly): check its power and cables, and "
                        + "its ids with steadyhand setup-motors"
                ]).joined(separator: "\n"))
        }
        return Result(ports: findings, found: found)
    }

    private var nothingThere: JobError {
        JobError(
            .unavailable,
            "\(list.devices): no serial adapter is plugged in (there is no ttyUSB or ttyACM); check its cable, and with lsusb "
                + "whether the machine sees it")
    }

    private func look(for robot: RobotDescription, at path: String, _ port: PortDescription) -> Finding {
        var finding = Finding(path: path, port: port, answers: [], complaint: nil)
        for device in robot.devices {
            do {
                finding.answers.append(try ask(device, of: robot, at: path))
            } catch {
                finding.complaint = Failure(error).message
            }
        }
        return finding
    }

    private func ask(_ device: DeviceDescription, of robot: RobotDescription, at path: String) throws -> Answer {
        var answer = Answer(
            device: device.name, baudRate: device.baudRate, motors: 0, wanted: device.motors.count, missing: [],
            isCalibrated: nil)
        guard let bench = try open(device.bus, path, device.baudRate) else {
            // Its port is opened as the driver does; being asked moves nothing.
            let gripper = try Port.open(path, baudRate: device.baudRate)
            var bus = RobotiqBus(transport: gripper, slave: UInt8(device.motors.first?.id ?? 9))
            answer.motors = bus.probe() ? 1 : 0
            if answer.motors == 0 { answer.missing = device.motors.map(\.id) }
            return answer
        }
        let calibration = try RobotConnection().storedCalibration(of: robot)
        for motor in device.motors {
            do {
                try bench.ping(motor.id)
                answer.motors += 1
                guard let entry = calibration?.motor(named: motor.joint), motor.leader == nil else { continue }
                let isSame = try bench.report(of: motor.id).homingOffset == entry.homingOffset
                answer.isCalibrated = (answer.isCalibrated ?? true) && isSame
            } catch BusFault.gone {
                throw BusFault.gone
            } catch {
                answer.missing.append(motor.id)
            }
        }
        return answer
    }

    /// Has an adapter unplugged and plugged in again, and tells which one that was.
    ///
    /// - Throws: ``JobError`` where nothing is unplugged in time, or several ports vanish together.
    public func compare() throws -> Result {
        let before = list.ports()
        guard !before.isEmpty else { throw nothingThere }
        dialogue.tell("\(before.count) ports are there; unplug the adapter that you look for")
        let gone = try waitForChange("no adapter was unplugged") { () -> [PortDescription]? in
            let left = list.paths()
            let gone = before.filter { port in !left.contains { $0 == port.device } }
            return gone.isEmpty ? nil : gone
        }
        guard gone.count == 1, let port = gone.first else {
            throw JobError(
                .failure,
                "\(gone.map(\.path).joined(separator: ", ")): vanished together; are they one adapter, or a hub? unplug one of them"
            )
        }
        dialogue.tell("that was \(port.path); plug it in again")
        let path = try waitForChange("\(port.path): has not come back") { () -> String? in
            // It may come back as another device; its name stays.
            list.ports().first { $0.path == port.path }?.path
        }
        return Result(
            ports: [Finding(path: path, port: list.describe(path), answers: [], complaint: nil)], found: [path])
    }

    private func waitForChange<Value>(_ complaint: String, _ look: () -> Value?) throws(JobError) -> Value {
        let end = Date(timeIntervalSinceNow: patience)
        while true {
            if let value = look() { return value }
            guard Date() < end else {
                throw JobError(.failure, "\(complaint) within \(Results.rounded(patience)) s; begin again")
            }
            Thread.sleep(forTimeInterval: 0.05)
        }
    }
}

extension FindPortJob.Finding {
    /// One line for the port, and one for each device.
    var text: String {
        var lines = [port.text.isEmpty ? path : "\(path)  \(port.text)"]
        for answer in answers {
            var line =
                "    \(answer.device): \(answer.motors) of \(answer.wanted) motors reply at \(answer.baudRate) baud"
            if let isCalibrated = answer.isCalibrated {
                line += isCalibrated ? "; they are those of the calibration" : "; they are not those of the calibration"
            }
            lines.append(line)
        }
        if let complaint { lines.append("    \(complaint)") }
        return lines.joined(separator: "\n")
    }
}
