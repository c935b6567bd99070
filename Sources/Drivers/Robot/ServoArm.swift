public import Realtime
public import Robots

/// An arm whose joints, and perhaps its gripper, are servos on one bus: its calibration between the motors' counts and the
/// robot's rad and m.
///
/// A command of positions switches the torque on if it is off, with the present position as the first goal, and keeps
/// goals within the span that was calibrated. `idle` switches it off. There is no torque control on these buses: such
/// commands are not sent. Joint torques are told from the motors' loads or currents: good enough to see a stall.
public struct ServoArm<Motors: MotorBus & ~Copyable>: RobotDriver, ~Copyable {
    /// The motors.
    public var motors: Motors
    /// What each motor said last, for others to look at.
    public let telemetry: Latest<BusTelemetry>
    /// What each motor said last, in the order of the device's motors.
    public private(set) var samples = InlineArray<16, MotorSample>(repeating: MotorSample())
    /// Whether the torque was switched on.
    public private(set) var isTorqueOn = false
    /// A bit for each motor that did not acknowledge, when the arm was disconnected, that its torque is off.
    public private(set) var unreleased: UInt32 = 0

    private let device: DeviceDescription
    private let calibration: Calibration
    private let period: Double
    private let telemetryHandle: Latest<BusTelemetry>.Handle
    private var shown = BusTelemetry()
    private var mapping: MotorMapping
    private var goals = InlineArray<16, Int>(repeating: 0)
    private var idleCycles: UInt64 = 0

    /// - Parameters:
    ///   - motors: On an open line; ``connect()`` looks at them.
    ///   - robot: The robot that they are part of.
    ///   - device: Which of the robot's devices they are.
    ///   - calibration: Of this arm.
    ///   - telemetry: Where it shows what each motor said last.
    /// - Throws: ``DriverError`` where calibration and robot do not go together.
    public init(
        motors: consuming Motors, robot: RobotDescription, device: DeviceDescription, calibration: Calibration,
        telemetry: Latest<BusTelemetry> = Latest(BusTelemetry())
    ) throws(DriverError) {
        mapping = try MotorMapping(robot: robot, device: device, calibration: calibration)
        self.motors = motors
        self.device = device
        self.calibration = calibration
        period = robot.controlPeriod
        self.telemetry = telemetry
        telemetryHandle = telemetry.handle
        shown.motorCount = device.motors.count
    }

    /// See ``MotorBus/connect(_:calibration:device:period:)``.
    public mutating func connect() throws(DriverError) {
        try motors.connect(device.motors, calibration: calibration, device: device.name, period: period)
        isTorqueOn = false
        motors.read(&samples)
    }

    /// Asks all motors. What did not reply keeps its old value and time, with its fault set.
    public mutating func read(into measurement: inout Measurement, now: MonotonicTime) {
        motors.read(&samples)
        for motor in 0..<mapping.count {
            let leads = mapping.leads & 1 &<< UInt32(motor) != 0
            let joint = mapping.joints[motor]
            let sample = samples[motor]
            if sample.time > measurement.state.time { measurement.state.time = sample.time }
            if !leads {
                // A second motor on a joint adds what it complains about, not that it was not heard.
                let faults = sample.fault.rawValue & ~(DeviceFault.noReply.rawValue | DeviceFault.garbledReply.rawValue)
                if joint >= 0 {
                    let all = measurement.state.jointFaults[joint].rawValue | faults
                    measurement.state.jointFaults[joint] = DeviceFault(rawValue: all)
                }
                continue
            }
            let scale = mapping.scales[motor]
            let position = scale.position(at: sample.position)
            let velocity = scale.velocity(sample.velocity)
            if joint >= 0 {
                measurement.state.jointFaults[joint] = sample.fault
                guard sample.time > .zero else { continue }
                measurement.state.jointPositions[joint] = position
                measurement.state.jointVelocities[joint] = velocity
                measurement.state.jointTorques[joint] = mapping.torques[motor](sample, velocity: velocity)
                measurement.state.jointTimes[joint] = sample.time
            } else {
                measurement.state.gripper.fault = sample.fault
                guard sample.time > .zero else { continue }
                measurement.state.gripper.opening = position
                measurement.state.gripper.velocity = velocity
                measurement.state.gripper.time = sample.time
            }
        }
        shown.counts = motors.counts
        shown.motorCounts = motors.motorCounts
        shown.motors = samples
        telemetryHandle.publish(shown)
    }

    /// Sends goals, or switches the torque on or off first.
    public mutating func write(_ command: borrowing RobotCommand) {
        switch command.mode {
        case .idle: idle()
        case .torque: break
        case .position:
            if !isTorqueOn, !enable() { return }
            for motor in 0..<mapping.count where mapping.leads & 1 &<< UInt32(motor) != 0 {
                let joint = mapping.joints[motor]
                let wanted = joint >= 0 ? command.jointPositions[joint] : command.gripperOpening
                // What is not a number is not sent: the goal before stays.
                guard wanted.isFinite else { continue }
                goals[motor] = goal(of: motor, counts: mapping.scales[motor].counts(at: wanted))
            }
            motors.write(goals: goals, motors: mapping.leads)
        }
    }

    /// There is no putting a real arm somewhere.
    public mutating func reset(to scene: borrowing SceneSnapshot) -> Bool { false }

    /// Torque off, and acknowledged; by whom it was not, ``unreleased`` says.
    public mutating func disconnect() {
        unreleased = motors.disconnect()
        isTorqueOn = false
    }

    /// Said again every tenth cycle: nobody acknowledges it.
    private mutating func idle() {
        if isTorqueOn || idleCycles % 10 == 0 { motors.disableTorque() }
        idleCycles = isTorqueOn ? 1 : idleCycles &+ 1
        isTorqueOn = false
    }

    /// Not before every motor has said where it is.
    private mutating func enable() -> Bool {
        for motor in 0..<mapping.count where mapping.leads & 1 &<< UInt32(motor) != 0 {
            if samples[motor].time.nanoseconds == 0 || samples[motor].fault.rawValue != 0 { return false }
            goals[motor] = samples[motor].position
        }
        motors.enableTorque(goals: goals, motors: mapping.leads)
        isTorqueOn = true
        idleCycles = 0
        return true
    }

    /// Within the calibrated span, in the turn that the motor is in.
    private func goal(of motor: Int, counts: Int) -> Int {
        let lower = mapping.lower[motor]
        let upper = mapping.upper[motor]
        let within = counts < lower ? lower : counts > upper ? upper : counts
        guard motors.isMultiTurn else { return within }
        let present = samples[motor].position
        return within &+ present &- mapping.scales[motor].unwrapped(present)
    }
}
