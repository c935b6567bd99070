internal import Robots

/// Which motor moves what, and how its counts become rad or m: in the order of a device's motors.
struct MotorMapping: BitwiseCopyable {
    /// How many motors there are.
    let count: Int
    /// A bit for each motor that leads what it moves.
    private(set) var leads: UInt32 = 0
    /// The joint that a motor moves; −1 for the gripper.
    private(set) var joints = InlineArray<16, Int>(repeating: -1)
    private(set) var scales: InlineArray<16, MotorScale>
    /// How a joint's torque is told from what its motor says.
    private(set) var torques: InlineArray<16, MotorTorque>
    /// The span that was calibrated, counts.
    private(set) var lower = InlineArray<16, Int>(repeating: 0)
    private(set) var upper = InlineArray<16, Int>(repeating: 0)

    init(robot: RobotDescription, device: DeviceDescription, calibration: Calibration) throws(DriverError) {
        count = device.motors.count
        guard count <= ServoBlocks.capacity else {
            throw DriverError(
                device: device.name, message: "has \(count) motors; a bus may have \(ServoBlocks.capacity) here")
        }
        guard let first = device.motors.first, let any = calibration.motors.first else {
            throw DriverError(device: device.name, message: "there are no motors, or the calibration has none")
        }
        scales = InlineArray(repeating: MotorScale(joint: first, calibration: any))
        torques = InlineArray(repeating: MotorTorque())
        for (index, motor) in device.motors.enumerated() {
            if case .joint(let joint) = motor.part {
                joints[index] = joint
                torques[index] = MotorTorque(motor, of: robot.joints[joint])
            }
            guard motor.leader == nil else { continue }
            guard let entry = calibration.motor(named: motor.joint) else {
                throw DriverError(
                    device: device.name,
                    message:
                        "the calibration \(calibration.path) has nothing for '\(motor.joint)': calibrate the arm anew")
            }
            leads |= 1 << UInt32(index)
            (lower[index], upper[index]) = (entry.lower, entry.upper)
            do {
                scales[index] = try robot.scale(of: motor.part, calibration: calibration)
            } catch {
                throw DriverError(device: device.name, message: error.description)
            }
        }
    }
}
