import Drivers
import Foundation
import Robots

/// Gives the motors of an arm their ids and their rate, one after the other, each as it is plugged in.
///
/// Motors from the factory all have the same id. So from the last motor of the robot file to the first one is plugged in at a
/// time; those that are done may stay. Before anything is written the whole bus is looked through, at all rates.
public struct SetupMotorsJob {
    /// A motor that is set up.
    public struct Motor: Codable, Sendable {
        /// What it moves.
        public var joint: String
        /// Its id, read back.
        public var id: Int
        /// The id that it had before.
        public var idBefore: Int
        /// The rate that it had before, bits a second.
        public var baudRateBefore: Int
        /// What it is.
        public var model: String
        /// Its firmware.
        public var firmware: String
    }

    /// What `setup-motors` prints.
    public struct Result: Codable, Sendable {
        /// Those that were set up, in order.
        public var motors: [Motor]
        /// Bits a second of all of them.
        public var baudRate: Int

        /// The result for people.
        public var text: String {
            motors.map {
                "\($0.joint): \($0.model), firmware \($0.firmware): id \($0.idBefore) -> \($0.id), "
                    + "\($0.baudRateBefore) -> \(baudRate) baud"
            }.joined(separator: "\n")
        }
    }

    /// The robot file.
    public var robotPath: String
    /// Where the motors are plugged in.
    public var connection: RobotConnection
    /// Only this joint's motor; nil takes all.
    public var joint: String?
    /// Who plugs them in.
    public var dialogue: Dialogue
    var open = DeviceBench.ports

    /// See the properties.
    public init(robotPath: String, connection: RobotConnection, joint: String? = nil, dialogue: Dialogue) {
        self.robotPath = robotPath
        self.connection = connection
        self.joint = joint
        self.dialogue = dialogue
    }

    /// Sets the motors up.
    ///
    /// - Throws: ``JobError`` where what is on the bus is not the one motor that it should be; then nothing was written to
    ///   it. A person at a terminal is told, and can try again.
    public func run() throws -> Result {
        let robot = try RobotDescription.load(path: robotPath)
        let bench = try DeviceBench(robot, connection, option: "--port", open: open)
        var motors = Array(bench.device.motors.reversed())
        if let joint {
            motors = motors.filter { $0.joint == joint }
            guard !motors.isEmpty else {
                let names = bench.device.motors.map(\.joint).joined(separator: ", ")
                throw JobError(
                    .usage, "--motor \(joint): the robot '\(robot.name)' has no motor for it; it has \(names)")
            }
        }
        var done: [Motor] = []
        for motor in motors {
            while true {
                try dialogue.ask(
                    "plug in the motor of '\(motor.joint)' (\(motor.model.rawValue), to become id \(motor.id))"
                        + (done.isEmpty ? ", and no other" : "; those that are done may stay"))
                do {
                    let result = try setUp(motor, on: bench, done: Set(done.map(\.id)))
                    dialogue.tell(Result(motors: [result], baudRate: bench.device.baudRate).text)
                    done.append(result)
                    break
                } catch let error as JobError where dialogue.isPerson && !bench.bench.isGone {
                    dialogue.tell("error: \(error.message)")
                }
            }
        }
        return Result(motors: done, baudRate: bench.device.baudRate)
    }

    private func setUp(_ motor: MotorDescription, on bench: DeviceBench, done: Set<Int>) throws -> Motor {
        let (id, baudRate) = try findNew(motor, on: bench, done: done)
        let servos = bench.bench
        try servos.talk(at: baudRate)
        let before = try bench.with(motor) { try servos.report(of: id) }
        if let complaint = before.modelComplaint(motor) ?? before.supplyComplaint {
            throw bench.error(motor, "the motor with id \(id) \(complaint)")
        }
        try bench.with(motor) { try servos.assign(id, to: motor.id, baudRate: bench.device.baudRate) }
        let after = try bench.with(motor) { try servos.report(of: motor.id) }
        return Motor(
            joint: motor.joint, id: after.id, idBefore: id, baudRateBefore: baudRate,
            model: after.modelName(on: servos.bus), firmware: after.firmware)
    }

    /// The one motor on the bus that is not done.
    private func findNew(
        _ motor: MotorDescription, on bench: DeviceBench, done: Set<Int>
    ) throws -> (id: Int, baudRate: Int) {
        let ours = bench.device.baudRate
        var new: [(id: Int, baudRate: Int)] = []
        for baudRate in [ours] + bench.bench.baudRates.filter({ $0 != ours }) {
            try bench.bench.talk(at: baudRate)
            let census = bench.bench.look()
            if bench.bench.isGone { throw bench.error(motor, BusFault.gone.message(id: motor.id, baudRate: ours)) }
            if let id = census.garbled.first {
                throw bench.error(
                    motor,
                    "two motors with id \(id) reply together at \(baudRate) baud: unplug one of them; nothing was written"
                )
            }
            new += census.ids.filter { baudRate != ours || !done.contains($0) }.map { ($0, baudRate) }
        }
        guard let only = new.first else {
            throw bench.error(
                motor,
                done.isEmpty
                    ? "no motor replies at any rate: check its power and its cable"
                    : "no other motor replies than those that are done: check the new one's cable")
        }
        if new.count > 1 {
            let isTaken = new.contains { $0.id == motor.id && $0.baudRate == ours }
            throw bench.error(
                motor,
                "\(new.count) motors reply that are not done (ids \(new.map { String($0.id) }.joined(separator: ", ")))"
                    + (isTaken ? ", and id \(motor.id) is taken by one of them" : "")
                    + ": leave only the one to be set up; nothing was written")
        }
        return only
    }
}
