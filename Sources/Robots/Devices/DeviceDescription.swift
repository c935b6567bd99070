/// One device that a robot is made of: a bus with motors on it, as the robot file describes it.
///
/// Which port it is plugged into is not part of it: that differs from machine to machine, and a job or the command line
/// says it.
public struct DeviceDescription: Equatable, Sendable {
    /// What the device is called in messages.
    public var name: String
    /// What is spoken on its bus.
    public var bus: BusKind
    /// Bits a second on the wire.
    public var baudRate: Int
    /// The motors on it, in the order of the file.
    public var motors: [MotorDescription]
}

/// What is spoken on a bus.
public enum BusKind: String, CaseIterable, Equatable, Sendable {
    /// Feetech's STS and SMS servos.
    case feetech
    /// Robotis Dynamixel, protocol 2.0.
    case dynamixel
    /// Robotiq grippers, Modbus RTU.
    case robotiq
}

/// One motor on a bus, and what it moves.
public struct MotorDescription: Equatable, Sendable {
    /// What a motor moves.
    public enum Part: Hashable, Sendable {
        /// A joint of the arm, counted from the base.
        case joint(Int)
        /// The gripper.
        case gripper
    }

    /// The name of the joint that it moves, or `gripper`.
    public var joint: String
    /// What that is.
    public var part: Part
    /// Its address on the bus.
    public var id: Int
    /// What it is.
    public var model: MotorModel
    /// 1 where the motor's counts grow with the joint's position, −1 where they fall.
    public var direction: Int
    /// Turns of the motor's output for one turn of the joint.
    public var gear: Double
    /// The motor on the same bus that it shares a joint with and that leads it; nil where it leads or is alone.
    public var leader: Int?
    /// The part of its torque that it may use, 0…1.
    public var torqueLimit: Double
    /// The current that it may draw, A; nil leaves it to the motor.
    public var currentLimit: Double?
}

extension RobotDescription {
    /// The motor that moves a part of the robot, and the device that it is on; of two on one joint the leading one.
    public func motor(of part: MotorDescription.Part) -> (device: DeviceDescription, motor: MotorDescription)? {
        for device in devices {
            for motor in device.motors where motor.part == part && motor.leader == nil { return (device, motor) }
        }
        return nil
    }

    /// The name of a part of the robot, as messages have it.
    public func name(of part: MotorDescription.Part) -> String {
        switch part {
        case .joint(let index): joints[index].name
        case .gripper: MotorDescription.gripperName
        }
    }
}

extension MotorDescription {
    /// What a robot file calls the gripper in the place of a joint.
    public static var gripperName: String { "gripper" }
}
