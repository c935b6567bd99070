internal import Realtime
public import Robots
internal import Synchronization

/// Looks at a robot's buses while another thread has its driver, and afterwards.
///
/// Whoever makes the driver makes it first and keeps it: nothing has to be taken out of a driver that is handed on.
public final class BusWatch: Sendable {
    /// One bus, as it is at a moment.
    public struct Bus: Sendable {
        /// The device in the robot file.
        public var device: DeviceDescription
        /// What has happened on it, and what each of its motors said last.
        public var telemetry: BusTelemetry
    }

    private enum Source: Sendable {
        case servos(DeviceDescription, Latest<BusTelemetry>)
        case gripper(DeviceDescription, Latest<RobotiqReading>)
    }

    private let sources = Mutex<[Source]>([])
    /// How the servos were left; known when the driver's `disconnect()` is over.
    public let ending = BusEnding()

    /// Of no bus so far.
    public init() {}

    /// Watches a bus of servos from now on.
    ///
    /// - Returns: Where its driver publishes.
    func watch(servosOf device: DeviceDescription) -> Latest<BusTelemetry> {
        let telemetry = Latest(BusTelemetry())
        sources.withLock { $0.append(.servos(device, telemetry)) }
        return telemetry
    }

    /// Watches a gripper from now on.
    func watch(_ device: DeviceDescription, readings: Latest<RobotiqReading>) {
        sources.withLock { $0.append(.gripper(device, readings)) }
    }

    /// All buses, in the order of the robot file.
    public func read() -> [Bus] {
        sources.withLock { $0 }.map { source in
            switch source {
            case .servos(let device, let latest):
                var telemetry = BusTelemetry()
                _ = latest.read(into: &telemetry)
                return Bus(device: device, telemetry: telemetry)
            case .gripper(let device, let readings):
                var reading = RobotiqReading()
                _ = readings.read(into: &reading)
                return Bus(device: device, telemetry: BusTelemetry(reading))
            }
        }
    }
}

extension BusTelemetry {
    /// Of a bus with a gripper alone on it.
    init(_ reading: RobotiqReading) {
        self.init()
        counts = reading.counts
        motorCount = 1
        motors[0].time = reading.time
        motors[0].position = reading.position
        motors[0].velocity = reading.velocity
        motors[0].current = reading.current
        motors[0].fault = reading.fault
        motorCounts[0].replies = reading.counts.replies
        motorCounts[0].missing = reading.counts.missing
        motorCounts[0].garbled = reading.counts.garbled
        motorCounts[0].late = reading.counts.late
        motorCounts[0].complaints = reading.counts.complaints
    }
}
