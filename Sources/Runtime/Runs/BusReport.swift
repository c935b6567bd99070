import Drivers
import Foundation
import Robots

/// What happened on one of a robot's buses during a run.
public struct BusReport: Codable, Equatable, Sendable {
    /// What has come of the requests to one motor in the control cycles.
    public struct Motor: Codable, Equatable, Sendable {
        /// What it moves.
        public var joint: String
        /// Its address.
        public var id: Int
        /// Replies taken.
        public var replies: UInt64
        /// Replies that never came.
        public var lost: UInt64
        /// Replies in whose place something came that could not be understood.
        public var corrupted: UInt64
        /// Replies that came out of turn.
        public var late: UInt64
        /// Replies with an error of the motor.
        public var complaints: UInt64
    }

    /// The device in the robot file.
    public var device: String
    /// Requests sent, those of connecting among them.
    public var requests: UInt64
    /// Replies taken.
    public var replies: UInt64
    /// Replies that never came.
    public var lost: UInt64
    /// Replies that came out of turn.
    public var late: UInt64
    /// Replies in whose place something came that could not be understood.
    public var corrupted: UInt64
    /// How often bytes had to be passed over to find the next reply.
    public var resyncs: UInt64
    /// Replies with an error of their motor.
    public var complaints: UInt64
    /// Each motor, in the order of the robot file.
    public var motors: [Motor]

    init(_ bus: BusWatch.Bus) {
        let (device, counts) = (bus.device, bus.telemetry.counts)
        self.device = device.name
        requests = counts.requests
        replies = counts.replies
        lost = counts.missing
        late = counts.late
        corrupted = counts.garbled
        resyncs = counts.resyncs
        complaints = counts.complaints
        motors = device.motors.enumerated().map { index, motor in
            let counts = bus.telemetry.motorCounts[index]
            return Motor(
                joint: motor.joint, id: motor.id, replies: counts.replies, lost: counts.missing,
                corrupted: counts.garbled, late: counts.late, complaints: counts.complaints)
        }
    }

    /// All buses as they are now.
    static func all(of watch: BusWatch) -> [BusReport] { watch.read().map(BusReport.init) }

    /// Adds what happened on the same buses in another session.
    static func sum(_ first: [BusReport], _ second: [BusReport]) -> [BusReport] {
        guard first.count == second.count else { return first.isEmpty ? second : first }
        return zip(first, second).map { first, second in
            var sum = first
            for key in [
                \BusReport.requests, \.replies, \.lost, \.late, \.corrupted, \.resyncs, \.complaints,
            ] as [WritableKeyPath<BusReport, UInt64>] { sum[keyPath: key] += second[keyPath: key] }
            for index in sum.motors.indices where index < second.motors.count {
                for key in [
                    \Motor.replies, \.lost, \.corrupted, \.late, \.complaints,
                ] as [WritableKeyPath<Motor, UInt64>] {
                    sum.motors[index][keyPath: key] += second.motors[index][keyPath: key]
                }
            }
            return sum
        }
    }

    /// A line for people.
    var text: String {
        let percent = String(
            format: "%.2f", 100 * Double(lost + corrupted) / Double(max(1, replies + lost + corrupted)))
        return
            "\(device): \(requests) requests, \(lost) replies lost, \(late) late, \(corrupted) corrupted (\(percent) %), "
            + "\(resyncs) resyncs, \(complaints) with a motor's error"
    }
}
