internal import CMuJoCo
internal import Drivers
public import Robots

/// The motors of a bus in the arm that they are built into: its MuJoCo model with gravity, joint limits, its own links and the
/// table in its way.
///
/// A motor that is on follows its goal as a servo does, with the torque and the speed that the robot file gives its joint: the
/// torque falls in a straight line to nothing at the greatest speed. One that is off is turned by gravity and by hand, against
/// the model's friction.
public final class ArmPhysics: MotorPhysics {
    /// What each motor does.
    public private(set) var motions: [MotorMotion]
    /// A physics step, s.
    static let timestep = 0.001

    let model: UnsafeMutablePointer<mjModel>
    let data: UnsafeMutablePointer<mjData>
    let motors: [ArmMotor]
    private let axes: [ArmAxis]
    private var hand: Hand?
    /// When somebody last spoke to the motors, s.
    private var heard: Double?
    /// Where something holds an axis.
    private var blocked: [Int: Hand.Target] = [:]
    /// Where each motor is on its way to its goal, rad.
    private var references: [Double]
    /// What is left of the time that was asked for, s.
    private var owed = 0.0
    private var time = 0.0

    /// Puts the motors of a device into the arm.
    ///
    /// - Parameters:
    ///   - device: One of the robot's buses of servos.
    ///   - robot: Names the model, and says how strong and how fast each joint is.
    ///   - calibration: How the motors were put in: what their counts are at which position.
    ///   - pose: Where the arm begins, rad; nil for its rest pose, or home where it has none. It is then let go, and lies still
    ///     before anything else.
    ///   - hand: Who moves the arm from outside.
    /// - Throws: `ArmModelError` if the model cannot be used; ``EmulatorError`` if the calibration lacks a motor.
    public init(
        device: DeviceDescription, robot: RobotDescription, calibration: Calibration, pose: JointVector? = nil,
        hand: Hand? = nil
    ) throws {
        let loaded = try ArmPhysicsModel(robot: robot, hasContacts: hand?.motion != .sweep)
        guard let data = mj_makeData(loaded.model) else {
            mj_deleteModel(loaded.model)
            throw EmulatorError("\(robot.modelPath): there is no memory for its state")
        }
        model = loaded.model
        self.data = data
        axes = loaded.axes
        motions = []
        references = []
        self.hand = hand
        do {
            motors = try ArmMotor.all(of: device, robot: robot, calibration: calibration, axes: axes)
        } catch {
            mj_deleteData(data)
            mj_deleteModel(loaded.model)
            throw error
        }
        motions = Array(repeating: MotorMotion(), count: motors.count)
        references = Array(repeating: 0, count: motors.count)
        begin(at: pose ?? robot.safety.restPose ?? robot.home, robot: robot)
    }

    deinit {
        mj_deleteData(data)
        mj_deleteModel(model)
    }

    private func begin(at pose: JointVector, robot: RobotDescription) {
        let opening = (robot.gripper.minimumOpening + robot.gripper.maximumOpening) / 2
        for (index, axis) in axes.enumerated() {
            let position = index < robot.jointCount ? pose[index] : robot.gripper.fingerPosition(at: opening)
            for degree in axis.degrees { data.pointee.qpos[degree.position] = position }
        }
        mj_forward(model, data)
        if hand == nil {
            let loose = Array(repeating: MotorDrive(), count: motors.count)
            for _ in 0..<10_000 {
                step(loose)
                if time > 0.5, (0..<Int(model.pointee.nv)).allSatisfy({ abs(data.pointee.qvel[$0]) < 0.002 }) { break }
            }
        } else {
            hand?.begin(at: pose, opening: opening)
        }
        time = 0
        observe(Array(repeating: 0, count: motors.count))
    }

    /// See ``MotorPhysics/advance(by:drives:)``. The physics moves in steps of a millisecond; what is left of one is made up for
    /// the next time.
    public func advance(by seconds: Double, drives: [MotorDrive]) {
        owed += seconds
        while owed >= Self.timestep {
            owed -= Self.timestep
            step(drives)
        }
    }

    /// See ``MotorPhysics/noteRequest()``: the hand looks at it.
    public func noteRequest() { heard = time }

    /// See ``MotorPhysics/block(_:_:)``. What holds the axis is three times as strong as its motor.
    public func block(_ motor: Int, _ isBlocked: Bool) {
        let axis = motors[motor].axis
        blocked[axis] = isBlocked ? Hand.Target(position: axes[axis].position(data), velocity: 0) : nil
    }

    private func step(_ drives: [MotorDrive]) {
        time += Self.timestep
        let applied = data.pointee.qfrc_applied!
        for degree in 0..<Int(model.pointee.nv) { applied[degree] = 0 }
        for axis in axes { axis.letGo(model) }
        var duties = [Double](repeating: 0, count: motors.count)
        for (index, motor) in motors.enumerated() where motor.leads && index < drives.count {
            duties[index] = push(motor, index: index, drive: drives[index])
        }
        if let targets = hand?.targets(at: time, heard: heard) {
            for (axis, target) in zip(axes, targets) { axis.guide(data, to: target) }
        }
        for (axis, target) in blocked { axes[axis].guide(data, to: target) }
        mj_step(model, data)
        observe(duties)
    }

    /// Lets a motor push its axis.
    ///
    /// - Returns: The part of its supply that it gets.
    private func push(_ motor: ArmMotor, index: Int, drive: MotorDrive) -> Double {
        guard drive.isOn, drive.effort > 0 else {
            references[index] = motions[index].position
            return 0
        }
        let most = drive.speed * Self.timestep
        references[index] += min(max(drive.goal - references[index], -most), most)
        let wanted =
            drive.stiffness * (references[index] - motions[index].position) - drive.damping * motions[index].velocity
        let duty = min(max(wanted, -drive.effort), drive.effort)
        axes[motor.axis].push(model, data, part: motor.direction * duty)
        return duty
    }

    private func observe(_ duties: [Double]) {
        for (index, motor) in motors.enumerated() {
            let axis = axes[motor.axis]
            let velocity = axis.velocity(data) / motor.axisPerRadian
            motions[index].position = (axis.position(data) - motor.axisOrigin) / motor.axisPerRadian
            motions[index].velocity = velocity
            motions[index].load = duties[index]
            // What turns in the motor's own direction brings it a voltage against its supply.
            let isOn = duties[index] != 0
            let part = isOn ? duties[index] - motor.direction * axis.velocity(data) / axis.speed : 0
            motions[index].current = part * motor.stallCurrent
            motions[index].warmth = MotorHeat.step(motions[index].warmth, currentPart: part, seconds: Self.timestep)
        }
    }
}

/// One motor's place in the arm.
struct ArmMotor {
    /// Which of the arm's axes it turns.
    let axis: Int
    /// How far the axis moves for a radian of the motor's output.
    let axisPerRadian: Double
    /// Where the axis is when the motor's output is at its encoder's zero.
    let axisOrigin: Double
    /// Whether it leads what it moves; the strength of an axis is that of all of its motors together.
    let leads: Bool
    /// A.
    let stallCurrent: Double

    /// 1 where the axis moves with the motor, −1 where it moves against it.
    var direction: Double { axisPerRadian > 0 ? 1 : -1 }

    static func all(
        of device: DeviceDescription, robot: RobotDescription, calibration: Calibration, axes: [ArmAxis]
    ) throws -> [ArmMotor] {
        let step = 2 * Double.pi / 4096
        var motors: [ArmMotor] = []
        for motor in device.motors {
            let axis = if case .joint(let joint) = motor.part { joint } else { axes.count - 1 }
            if let leader = device.motors.firstIndex(where: { $0.id == motor.leader }), leader < motors.count {
                // Turned by the same axis; half a turn where its leader has that.
                let first = motors[leader]
                let sign = Double(motor.direction * device.motors[leader].direction)
                let middle = first.axisOrigin + first.axisPerRadian * .pi
                let perRadian = sign * first.axisPerRadian
                motors.append(
                    ArmMotor(
                        axis: axis, axisPerRadian: perRadian, axisOrigin: middle - perRadian * .pi, leads: false,
                        stallCurrent: motor.model.stallCurrent))
                continue
            }
            let scale: MotorScale
            do {
                scale = try robot.scale(of: motor.part, calibration: calibration)
            } catch {
                throw EmulatorError(error.description)
            }
            // What is read is the encoder less the offset for Feetech, and plus it for Dynamixel.
            let offset = calibration.motor(named: motor.joint)?.homingOffset ?? 0
            let zero = Double(scale.zero + (motor.model.bus == .dynamixel ? -offset : offset))
            var (perRadian, origin) = (scale.unit / step, scale.origin - scale.unit * zero)
            if motor.part == .gripper {
                let closed = robot.gripper.fingerPosition(at: 0)
                let perMetre = robot.gripper.fingerPosition(at: 1) - closed
                (perRadian, origin) = (perRadian * perMetre, closed + origin * perMetre)
            }
            motors.append(
                ArmMotor(
                    axis: axis, axisPerRadian: perRadian, axisOrigin: origin, leads: true,
                    stallCurrent: motor.model.stallCurrent))
        }
        return motors
    }
}
