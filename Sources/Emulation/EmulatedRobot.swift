public import Robots

extension EmulatedBus {
    /// The bus of one of a robot's devices, with all of its motors fresh from the factory but for their addresses, and each
    /// where it is at home by the calibration.
    ///
    /// - Parameters:
    ///   - device: One of the robot's.
    ///   - robot: Says where home is.
    ///   - calibration: What ``standardCalibration(of:)`` gives, or another that the arm shall have.
    ///   - faults: What goes wrong on the wire.
    ///   - physics: What the motors are built into; joints of the first order if there is none.
    /// - Throws: ``EmulatorError`` where the calibration lacks a motor.
    public convenience init(
        device: DeviceDescription, robot: RobotDescription, calibration: Calibration, faults: WireFaults = WireFaults(),
        physics: (any MotorPhysics)? = nil
    ) throws(EmulatorError) {
        let step = 2 * Double.pi / 4096
        let offsets = device.motors.map { calibration.motor(named: $0.joint)?.homingOffset ?? 0 }
        var angles: [Double] = []
        for (index, motor) in device.motors.enumerated() {
            // What is read is the encoder less the offset for Feetech, and plus it for Dynamixel.
            let offset = motor.model.bus == .dynamixel ? -offsets[index] : offsets[index]
            angles.append(Double(try robot.homeCounts(of: motor, calibration: calibration) + offset) * step)
        }
        let devices: any EmulatedDevices =
            switch device.bus {
            case .feetech:
                FeetechDevices(
                    device.motors.enumerated().map { index, motor in
                        .init(
                            id: UInt8(motor.id), model: motor.model.number ?? 0, homingOffset: offsets[index],
                            position: angles[index], baudRate: device.baudRate)
                    })
            case .dynamixel:
                DynamixelDevices(
                    device.motors.enumerated().map { index, motor in
                        .init(
                            id: UInt8(motor.id), model: motor.model.number ?? 0, homingOffset: offsets[index],
                            position: angles[index], baudRate: device.baudRate)
                    })
            case .robotiq: RobotiqDevice(slave: UInt8(device.motors.first?.id ?? 9))
            }
        self.init(
            devices: devices, physics: physics ?? FirstOrderJoints(positions: angles), baudRate: device.baudRate,
            faults: faults)
    }

    /// The calibration of an arm that was put together without a flaw: half a turn is in the middle of each joint's range.
    public static func standardCalibration(of robot: RobotDescription) -> Calibration {
        let motors = robot.devices.flatMap(\.motors).filter { $0.leader == nil }.map { motor -> MotorCalibration in
            var entry = MotorCalibration(
                joint: motor.joint, id: motor.id, model: motor.model, firmware: nil, homingOffset: 0, zero: 0, lower: 0,
                upper: 0)
            guard let turn = motor.model.countsPerTurn else {
                // A Robotiq's counts: closed at 227, open at 3.
                (entry.lower, entry.upper) = (3, 227)
                return entry
            }
            let span = (robot.span(of: motor.part) ?? .pi) * motor.gear * Double(turn) / (2 * .pi)
            let half = min(Int(span / 2), turn / 2 - 1)
            (entry.lower, entry.upper) = (turn / 2 - half, turn / 2 + half)
            return entry.centred(on: robot.middle(of: motor.part), motor: motor)
        }
        return Calibration(robot: robot.name, time: "2026-01-01T00:00:00Z", source: .measured, motors: motors)
    }
}

extension RobotDescription {
    /// The counts of a motor when what it moves is at home; a gripper's when it is half open.
    ///
    /// - Throws: ``EmulatorError`` where the calibration lacks the motor.
    func homeCounts(of motor: MotorDescription, calibration: Calibration) throws(EmulatorError) -> Int {
        let scale: MotorScale
        do {
            scale = try self.scale(of: motor.part, calibration: calibration)
        } catch {
            throw EmulatorError(error.description)
        }
        return switch motor.part {
        case .joint(let index): scale.counts(at: joints[index].home)
        case .gripper: scale.counts(at: (gripper.minimumOpening + gripper.maximumOpening) / 2)
        }
    }
}
