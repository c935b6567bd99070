internal import Realtime
public import Robots
internal import Synchronization

/// A Robotiq 2F gripper with a thread of its own: a transaction takes 4 ms at 115,200 baud, which no control cycle has
/// to spare. Goals go to the thread and measurements come back through ``Latest``.
public final class RobotiqGripper<Line: Transport & ~Copyable>: @unchecked Sendable {
    /// Exchanges a second. It must hear something at least once a second.
    public static var rate: Double { 60 }

    private let device: String
    private let motor: MotorDescription
    private let goals = Latest(RobotiqGoal())
    let readings = Latest(RobotiqReading())
    /// What the control loop reads and commands it through; not to be used when the gripper is gone.
    public let channel: RobotiqChannel
    private let isStopping = Atomic(false)
    /// The thread's alone while it runs, the caller's before and afterwards.
    private var bus: RobotiqBus<Line>
    private var thread: RealtimeThread?

    /// - Parameters:
    ///   - transport: An open line.
    ///   - device: The gripper's entry in the robot file.
    ///   - robot: The robot that it is part of.
    ///   - calibration: Says which counts are open and closed.
    public init(
        transport: consuming Line, device: DeviceDescription, robot: RobotDescription, calibration: Calibration
    ) throws(DriverError) {
        guard let motor = device.motors.first, device.motors.count == 1, motor.part == .gripper else {
            throw DriverError(device: device.name, message: "a robotiq bus has one motor, the gripper")
        }
        do {
            channel = RobotiqChannel(
                scale: try robot.scale(of: .gripper, calibration: calibration), goals: goals.handle,
                readings: readings.handle)
        } catch {
            throw DriverError(device: device.name, message: error.description)
        }
        self.device = device.name
        self.motor = motor
        bus = RobotiqBus(transport: transport, slave: UInt8(motor.id))
    }

    /// Finds the gripper, activates it if it is not (its fingers then open and close once), and starts its thread.
    ///
    /// - Throws: ``DriverError`` if it does not reply, or does not become active.
    public func connect() throws(DriverError) {
        stop()
        try bus.makeActive(device)
        var reading = RobotiqReading()
        take(&reading, previous: nil)
        readings.publish(reading)
        isStopping.store(false, ordering: .releasing)
        do {
            let options = RealtimeOptions(priority: 0, cpu: nil, lockMemory: false, onRefusal: .warn)
            thread = try RealtimeThread.start(name: "robotiq", options: options) { [self] _ in run() }
        } catch {
            throw DriverError(device: device, message: "\(error)")
        }
    }

    /// What it said last.
    public var reading: RobotiqReading {
        var reading = RobotiqReading()
        _ = readings.read(into: &reading)
        return reading
    }

    /// Ends the thread.
    public func stop() {
        isStopping.store(true, ordering: .releasing)
        thread?.join()
        thread = nil
    }

    private func run() {
        var goal = RobotiqGoal()
        var reading = self.reading
        let period = UInt64(1e9 / Self.rate)
        var next = bus.line.transport.now()
        while !isStopping.load(ordering: .acquiring) {
            _ = goals.read(into: &goal)
            var action = RobotiqAction()
            action.isActivated = true
            action.isGoing = goal.isActive
            action.position = UInt8(max(0, min(255, goal.counts)))
            if bus.exchange(action) {
                let previous = reading
                take(&reading, previous: previous)
            } else {
                reading.fault = bus.line.counts.garbled > reading.counts.garbled ? .garbledReply : .noReply
                reading.counts = bus.line.counts
            }
            readings.publish(reading)
            next = next.advanced(byNanoseconds: period)
            let now = bus.line.transport.now()
            if next < now { next = now }
            MonotonicClock.sleep(until: next)
        }
    }

    private func take(_ reading: inout RobotiqReading, previous: RobotiqReading?) {
        guard let status = bus.status else { return }
        let now = bus.line.transport.now()
        reading.position = Int(status.position)
        if let previous, previous.time > .zero {
            let elapsed = Double(now.nanoseconds(since: previous.time)) * 1e-9
            reading.velocity = elapsed > 0 ? Double(reading.position - previous.position) / elapsed : 0
        }
        reading.time = now
        reading.current = status.current
        reading.holdsObject = status.object == .contactWhileClosing || status.object == .contactWhileOpening
        reading.fault = status.deviceFault
        reading.counts = bus.line.counts
    }
}
