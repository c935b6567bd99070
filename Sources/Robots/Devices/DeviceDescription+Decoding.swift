import Configuration

extension RobotDescription {
    /// The devices of a robot file; none where it does not list any.
    static func decodeDevices(_ file: MappingReader, joints: [JointDescription]) -> [DeviceDescription] {
        guard let list = file.value("devices") else { return [] }
        guard let elements = list.sequence(count: 1...8) else { return [] }
        var names: Set<String> = []
        var moved: Set<MotorDescription.Part> = []
        let devices = elements.map { element in
            let device = element.mapping { device in
                DeviceDescription(
                    name: device.string("name"),
                    bus: device.choice("bus", standIn: .feetech),
                    baudRate: device.integer("baud_rate", in: 9600...4_500_000),
                    motors: decodeMotors(device, joints: joints, moved: &moved))
            }
            if !device.name.isEmpty, !names.insert(device.name).inserted {
                element.report("is a second device with the name '\(device.name)'; each needs its own")
            }
            return device
        }
        for (index, joint) in joints.enumerated() where !joint.name.isEmpty && !moved.contains(.joint(index)) {
            list.report("has no motor for joint '\(joint.name)'; every joint needs one")
        }
        if !moved.contains(.gripper) { list.report("has no motor for the gripper; write one with joint: gripper") }
        return devices
    }

    private static func decodeMotors(
        _ device: MappingReader, joints: [JointDescription], moved: inout Set<MotorDescription.Part>
    ) -> [MotorDescription] {
        let bus: BusKind? = device.value("bus").flatMap { reader in
            BusKind.allCases.first { reader.isWord($0.rawValue) }
        }
        var motors: [MotorDescription] = []
        for element in device.sequence("motors", count: 1...32) {
            guard
                let motor = element.mapping({ MotorDescription(decoding: $0, bus: bus, joints: joints) })
            else { continue }
            if let other = motors.first(where: { $0.id == motor.id }) {
                element.report("has id \(motor.id), as the motor of '\(other.joint)' has; each on a bus needs its own")
            }
            if let leader = motor.leader {
                let isThere = motors.contains { $0.id == leader && $0.part == motor.part && $0.leader == nil }
                if !isThere {
                    element.report(
                        "follows motor \(leader), which does not move '\(motor.joint)' further up in the list")
                }
            } else if !moved.insert(motor.part).inserted {
                element.report(
                    "is a second motor for '\(motor.joint)'; write follows: with the id of the first if they share it")
            }
            motors.append(motor)
        }
        return motors
    }
}

extension MotorDescription {
    /// Nil if the motor moves nothing that there is.
    fileprivate init?(decoding motor: MappingReader, bus: BusKind?, joints: [JointDescription]) {
        let joint = motor.string("joint")
        self.joint = joint
        id = motor.integer("id", in: 0...252)
        model = motor.choice("model", standIn: .sts3215)
        direction = motor.integer("direction", in: -1...1)
        gear = motor.number("gear", in: .above(0, through: 1000), default: 1)
        torqueLimit = motor.fraction("torque_limit", in: .above(0, through: 1), default: 1)
        currentLimit =
            motor.has("current_limit") ? motor.quantity("current_limit", .amperes, in: .above(0, through: 50)) : nil
        leader = motor.has("follows") ? motor.integer("follows", in: 0...252) : nil
        _ = motor.value("current_limit")
        _ = motor.value("follows")
        if direction == 0 {
            motor.report("direction", "is 0; write 1 where the motor's counts grow with the joint, -1 where they fall")
        }
        if let bus, motor.has("model"), model.bus != bus, !joint.isEmpty {
            motor.report("model", "is \(model.rawValue), which is not made for a \(bus.rawValue) bus")
        }
        if joint == Self.gripperName {
            part = .gripper
        } else if let index = joints.firstIndex(where: { $0.name == joint }) {
            part = .joint(index)
        } else {
            if !joint.isEmpty {
                let names = (joints.map(\.name) + [Self.gripperName]).joined(separator: ", ")
                motor.report("joint", "names '\(joint)', which is no joint of this robot; there are \(names)")
            }
            return nil
        }
    }
}
