import Configuration
import Drivers
import Foundation
import Robots

/// Measures the calibration of one physical arm: a person puts it into its home pose and then moves every joint from one end
/// to the other.
public struct MeasureCalibrationJob {
    /// Another arm to compare with, which is calibrated already.
    public struct Other {
        /// Its calibration; the robot file of that name lies beside this arm's.
        public var calibration: String
        /// Where it is plugged in.
        public var ports: [String]

        /// See the properties.
        public init(calibration: String, ports: [String]) { (self.calibration, self.ports) = (calibration, ports) }
    }

    /// The robot file.
    public var robotPath: String
    /// Where the arm is plugged in.
    public var connection: RobotConnection
    /// The file to write; nil takes the one in `calibration/` beside the robot files that has the robot's name.
    public var out: String?
    /// Whether a file that is there already is written over.
    public var replaces = false
    /// How long the joints are moved, s; nil waits for Enter.
    public var seconds: Double?
    /// A pose to put the arm into at the end, rad for each joint, which shows what is reversed; nil asks for none.
    public var pose: [Double]?
    /// An arm to put into the same pose at the end.
    public var other: Other?
    /// Who moves the arm.
    public var dialogue: Dialogue
    var open = DeviceBench.ports
    /// Between two readings.
    var pause: () -> Void = { Thread.sleep(forTimeInterval: 0.004) }

    /// See the properties.
    public init(robotPath: String, connection: RobotConnection, dialogue: Dialogue) {
        self.robotPath = robotPath
        self.connection = connection
        self.dialogue = dialogue
    }

    /// Measures and writes the calibration. Nothing is written where something does not fit.
    ///
    /// - Throws: ``JobError`` with a line for each thing that does not fit; `ConfigurationError`, `TransportError`,
    ///   `DriverError`.
    public func run() throws -> CalibrateJob.Result {
        let robot = try RobotDescription.load(path: robotPath)
        let path = out ?? connection.calibrationPath(of: robot)
        try CalibrateJob.refuse(writingOver: path, unless: replaces)
        guard !robot.devices.isEmpty else {
            throw JobError(.badFile, "\(robotPath): the robot '\(robot.name)' has no devices to calibrate")
        }
        if let pose, pose.count != robot.jointCount {
            throw JobError(
                .usage, "the pose has \(pose.count) angles, the robot '\(robot.name)' has \(robot.jointCount) joints")
        }
        let paths = try connection.paths(of: robot, option: "--port")
        var calibration = Calibration(
            robot: robot.name, time: Date().formatted(.iso8601), source: .measured, path: path, motors: [])
        var servos: DeviceBench?
        for device in robot.devices {
            let port = paths[device.name] ?? ""
            if device.bus == .robotiq {
                calibration.motors += try measureGripper(device, of: robot, port: port)
            } else {
                let bench = try DeviceBench(device, path: port, open: open)
                calibration.motors += try measureArm(bench, of: robot)
                servos = bench
            }
        }
        if let servos {
            try checkPose(of: servos, robot, calibration)
            try compareWithOther(servos, robot, calibration)
        }
        try WholeFile.write(Data(calibration.yaml.document.utf8), to: path)
        return CalibrateJob.Result(calibration: path, motors: calibration.motors.count)
    }

    private func measureGripper(
        _ device: DeviceDescription, of robot: RobotDescription, port: String
    ) throws -> [MotorCalibration] {
        guard let motor = device.motors.first else { return [] }
        try dialogue.ask("\(device.name): take everything from between its fingers, which will close and open")
        var bus = RobotiqBus(
            transport: try Port.open(port, baudRate: device.baudRate), slave: UInt8(motor.id))
        let ends = try bus.measureEnds(device.name)
        var entry = MotorCalibration(
            joint: motor.joint, id: motor.id, model: motor.model, firmware: nil, homingOffset: 0, zero: 0,
            lower: ends.open, upper: ends.closed)
        entry.zero = MotorScale(gripper: motor, of: robot.gripper, calibration: entry).zero
        return [entry]
    }

    /// Torque off, home, sweep.
    private func measureArm(_ bench: DeviceBench, of robot: RobotDescription) throws -> [MotorCalibration] {
        let reports = try bench.reports()
        for (motor, report) in zip(bench.device.motors, reports) {
            if let complaint = report.supplyComplaint ?? report.temperatureComplaint ?? report.faultComplaint {
                throw bench.error(motor, complaint)
            }
        }
        dialogue.tell("the torque goes off: hold the arm")
        for motor in bench.device.motors { try bench.with(motor) { try bench.bench.release(motor.id) } }
        try dialogue.ask("put it into its home pose: \(Self.text(robot.joints.map(\.home), robot)); gripper half open")
        let motors = bench.device.motors.filter { $0.leader == nil }
        let offsets = try setOffsets(motors, on: bench, robot, reports)
        var sweeps = try bench.positions(of: motors).enumerated().map { index, counts in
            RangeSweep(at: counts, turn: motors[index].model.countsPerTurn ?? 0)
        }
        let home = sweeps.map(\.present)
        dialogue.tell(
            "move every joint and the gripper from one end to the other, slowly"
                + (seconds.map { ", for \(Results.rounded($0)) s" } ?? "; press Enter when all are done"))
        try sweep(&sweeps, motors, on: bench, robot)
        var entries: [MotorCalibration] = []
        var complaints: [String] = []
        for (index, motor) in motors.enumerated() {
            let report = reports.first { $0.id == motor.id }
            let identity = MotorCalibration(
                joint: motor.joint, id: motor.id, model: motor.model, firmware: report?.firmware,
                homingOffset: offsets[index], zero: 0, lower: 0, upper: 0)
            do {
                let entry = try CalibrationCheck.calibrate(
                    motor.part, of: robot, home: home[index], sweep: sweeps[index], identity: identity)
                if bench.bench.goesRound, entry.lower < 0 || entry.upper > 4095 {
                    complaints.append(
                        "\(motor.joint): its counts go round within its range \(entry.lower)…\(entry.upper): it was not in "
                            + "its home pose, or has a wrong direction in the robot file")
                }
                entries.append(entry)
            } catch {
                complaints.append(error.description)
            }
        }
        guard complaints.isEmpty else {
            throw JobError(
                .failure, complaints.map { "\(bench.path): \(bench.device.name), \($0)" }.joined(separator: "\n"))
        }
        return entries
    }

    /// Puts the middle of each joint's range to the middle of a turn, where counts must not go round within the range.
    private func setOffsets(
        _ motors: [MotorDescription], on bench: DeviceBench, _ robot: RobotDescription, _ reports: [MotorReport]
    ) throws -> [Int] {
        try motors.map { motor in
            guard bench.bench.goesRound, let turn = motor.model.countsPerTurn else {
                return reports.first { $0.id == motor.id }?.homingOffset ?? 0
            }
            var target = turn / 2
            if case .joint(let index) = motor.part {
                let distance = (robot.joints[index].home - robot.middle(of: motor.part)) * motor.gear
                target += motor.direction * Int((distance / (2 * .pi) * Double(turn)).rounded())
            }
            return try bench.with(motor) { try bench.bench.makeRead(target, motor: motor.id) }
        }
    }

    private func sweep(
        _ sweeps: inout [RangeSweep], _ motors: [MotorDescription], on bench: DeviceBench, _ robot: RobotDescription
    ) throws {
        let ids = motors.map(\.id)
        let end = seconds.map { Date(timeIntervalSinceNow: $0) }
        var shown = Date.distantPast
        // A motor that is not heard for this many readings is not followed any more.
        var silent = [Int](repeating: 0, count: motors.count)
        while try end.map({ Date() < $0 }) ?? !dialogue.isAnswered() {
            for (index, counts) in bench.bench.positions(of: ids).enumerated() {
                guard let counts else {
                    silent[index] += 1
                    let fault: BusFault = bench.bench.isGone ? .gone : .noReply
                    if bench.bench.isGone || silent[index] >= 50 {
                        throw bench.error(
                            motors[index], fault.message(id: motors[index].id, baudRate: bench.bench.baudRate))
                    }
                    continue
                }
                silent[index] = 0
                do {
                    try sweeps[index].add(counts)
                } catch {
                    throw bench.error(motors[index], error.description)
                }
            }
            if Date().timeIntervalSince(shown) > 0.2 {
                shown = Date()
                dialogue.show(SweepTable(robot: robot, motors: motors, sweeps: sweeps).lines)
            }
            pause()
        }
        dialogue.show(SweepTable(robot: robot, motors: motors, sweeps: sweeps).lines)
    }

    /// A joint that is reversed is at the mirror image of where it should be.
    private func checkPose(of bench: DeviceBench, _ robot: RobotDescription, _ calibration: Calibration) throws {
        guard let pose else { return }
        try dialogue.ask("put it into this pose: \(Self.text(pose, robot))")
        let found = try bench.jointPositions(robot, calibration)
        try refuse(
            CalibrationCheck.compare(
                found, with: pose, names: robot.joints.map(\.name), subject: "it", object: "the pose has it"), bench)
    }

    private func compareWithOther(_ bench: DeviceBench, _ robot: RobotDescription, _ calibration: Calibration) throws {
        guard let other else { return }
        let name = try Calibration.robotName(in: Document.load(path: other.calibration))
        let path = URL(fileURLWithPath: robotPath).deletingLastPathComponent().appendingPathComponent("\(name).yaml")
            .path
        let otherRobot = try RobotDescription.load(path: path)
        guard otherRobot.jointCount == robot.jointCount else {
            throw JobError(
                .badFile,
                "\(other.calibration): '\(name)' has \(otherRobot.jointCount) joints, '\(robot.name)' has "
                    + "\(robot.jointCount): they cannot be compared")
        }
        let otherCalibration = try Calibration.load(path: other.calibration, robot: otherRobot)
        let otherBench = try DeviceBench(
            otherRobot, RobotConnection(ports: other.ports), option: "--other-port", open: open)
        for (motor, report) in zip(otherBench.device.motors, try otherBench.reports()) {
            let entry = motor.leader == nil ? otherCalibration.motor(named: motor.joint) : nil
            if let complaint = report.complaint(motor, calibration: entry) { throw otherBench.error(motor, complaint) }
            try otherBench.with(motor) { try otherBench.bench.release(motor.id) }
        }
        try dialogue.ask("put both arms into the same pose, away from the home pose")
        try refuse(
            CalibrationCheck.compare(
                try bench.jointPositions(robot, calibration),
                with: try otherBench.jointPositions(otherRobot, otherCalibration), names: robot.joints.map(\.name),
                subject: "'\(robot.name)'", object: "'\(name)'"), bench)
    }

    private func refuse(_ complaints: [String], _ bench: DeviceBench) throws(JobError) {
        guard !complaints.isEmpty else { return }
        throw JobError(
            .failure, complaints.map { "\(bench.path): \(bench.device.name), \($0)" }.joined(separator: "\n"))
    }

    /// A pose as the command line writes it: `rest`, or an angle in degrees for each joint.
    ///
    /// - Returns: rad.
    /// - Throws: ``JobError`` where it is neither; `ConfigurationError` with the faults of the robot file.
    public static func pose(_ text: String, robotPath: String) throws -> [Double] {
        let robot = try RobotDescription.load(path: robotPath)
        if text == "rest" {
            guard let rest = robot.safety.restPose else {
                throw JobError(.badFile, "\(robotPath): the robot has no rest_pose; write the angles after --pose")
            }
            return robot.joints.indices.map { rest[$0] }
        }
        let angles = text.split(separator: ",", omittingEmptySubsequences: false).map {
            Double($0.trimmingCharacters(in: .whitespaces)).flatMap { $0.isFinite ? $0 * .pi / 180 : nil }
        }
        guard angles.count == robot.jointCount, !angles.contains(nil) else {
            throw JobError(
                .usage,
                "--pose \(text): write rest, or \(robot.jointCount) angles in degrees, as in "
                    + robot.joints.map { _ in "0" }.joined(separator: ","))
        }
        return angles.compactMap { $0 }
    }

    private static func text(_ pose: [Double], _ robot: RobotDescription) -> String {
        zip(robot.joints, pose).map { "\($0.name) \(Int(($1 * 180 / .pi).rounded()))°" }.joined(separator: ", ")
    }
}

extension DeviceBench {
    /// Where motors are, counts as read.
    ///
    /// - Throws: ``JobError`` for one that does not reply, asked again a few times.
    func positions(of motors: [MotorDescription]) throws -> [Int] {
        var found = [Int?](repeating: nil, count: motors.count)
        for _ in 0..<5 where found.contains(nil) { found = bench.positions(of: motors.map(\.id)) }
        return try zip(motors, found).map { motor, counts in
            guard let counts else {
                let fault: BusFault = bench.isGone ? .gone : .noReply
                throw error(motor, fault.message(id: motor.id, baudRate: bench.baudRate))
            }
            return counts
        }
    }

    /// Where the joints are, rad, in the robot's order.
    func jointPositions(_ robot: RobotDescription, _ calibration: Calibration) throws -> [Double] {
        let motors = device.motors.filter { $0.leader == nil && $0.part != .gripper }
        let counts = try positions(of: motors)
        return try robot.joints.indices.map { joint in
            guard let index = motors.firstIndex(where: { $0.part == .joint(joint) }) else { return 0 }
            return try robot.scale(of: .joint(joint), calibration: calibration).position(at: counts[index])
        }
    }
}

/// How far joints have been moved, for a person who moves them.
struct SweepTable {
    let robot: RobotDescription
    let motors: [MotorDescription]
    let sweeps: [RangeSweep]

    var lines: [String] {
        ["joint               counts   lowest  highest      moved   of"]
            + zip(motors, sweeps).map { motor, sweep in
                let unit = 360 / Double(motor.model.countsPerTurn ?? 4096) / motor.gear
                let moved = Double(sweep.upper - sweep.lower) * unit
                let range = robot.span(of: motor.part).map { Self.pad("\(Int(($0 * 180 / .pi).rounded()))°", 5) } ?? ""
                return motor.joint.padding(toLength: 18, withPad: " ", startingAt: 0)
                    + Self.pad("\(sweep.present)", 8) + Self.pad("\(sweep.lower)", 9) + Self.pad("\(sweep.upper)", 9)
                    + Self.pad("\(Int(moved.rounded()))°", 11) + range
            }
    }

    private static func pad(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
