internal import Realtime
public import Robots

/// Looks at a robot's buses while another thread has its driver, and afterwards.
public struct BusWatch: Sendable {
    /// One bus, as it is at a moment.
    public struct Bus: Sendable {
        /// The device in the robot file.
        public var device: DeviceDescription
        /// What has happened on it, and what each of its motors said last.
        public var telemetry: BusTelemetry
    }

    let servos: (device: DeviceDescription, telemetry: Latest<BusTelemetry>)?
    let gripper: (device: DeviceDescription, readings: Latest<RobotiqReading>)?

    /// All buses, the servos' first.
    public func read() -> [Bus] {
        var buses: [Bus] = []
        if let servos {
            var telemetry = BusTelemetry()
            _ = servos.telemetry.read(into: &telemetry)
            buses.append(Bus(device: servos.device, telemetry: telemetry))
        }
        if let gripper {
            var reading = RobotiqReading()
            _ = gripper.readings.read(into: &reading)
            buses.append(Bus(device: gripper.device, telemetry: BusTelemetry(reading)))
        }
        return buses
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
    }
}
