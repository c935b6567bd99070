public import Configuration

extension Calibration {
    /// Reads a calibration and compares it with the robot that it is for.
    ///
    /// - Throws: `ConfigurationError` with everything that is wrong with the file or does not fit the robot.
    public static func load(path: String, robot: RobotDescription) throws(ConfigurationError) -> Calibration {
        try decode(Document.load(path: path), robot: robot)
    }

    /// Takes a document as a calibration of a robot.
    ///
    /// - Throws: `ConfigurationError` with everything that is wrong with it or does not fit the robot.
    public static func decode(_ document: Document, robot: RobotDescription) throws(ConfigurationError) -> Calibration {
        try document.decode { file in
            let name = file.string("robot")
            if !name.isEmpty, name != robot.name {
                file.report("robot", "is '\(name)'; this is the calibration of another robot than '\(robot.name)'")
            }
            return Calibration(
                robot: name, time: file.string("time"), source: file.choice("source", standIn: .measured),
                path: document.path, motors: decodeMotors(file, robot: robot))
        }
    }

    /// The name of the robot that a calibration is for, whatever else is in it.
    ///
    /// - Throws: `ConfigurationError` where it has none.
    public static func robotName(in document: Document) throws(ConfigurationError) -> String {
        try document.decode { file in
            for key in ["time", "source", "motors"] { _ = file.value(key) }
            return file.string("robot")
        }
    }

    private static func decodeMotors(_ file: MappingReader, robot: RobotDescription) -> [MotorCalibration] {
        let wanted = robot.devices.flatMap(\.motors).filter { $0.leader == nil }
        guard let list = file.value("motors") else {
            _ = file.required("motors", wanted: "a list with an entry for each motor")
            return []
        }
        var motors: [MotorCalibration] = []
        for element in list.sequence(count: 1...32) ?? [] {
            let motor = element.mapping { MotorCalibration(decoding: $0, wanted: wanted) }
            if motors.contains(where: { $0.joint == motor.joint }) {
                element.report("is a second motor for '\(motor.joint)'; remove one")
            }
            motors.append(motor)
        }
        for motor in wanted where !motors.contains(where: { $0.joint == motor.joint }) {
            list.report("has no entry for '\(motor.joint)', which \(robot.path) lists; calibrate the arm anew")
        }
        return motors
    }
}

extension MotorCalibration {
    init(decoding motor: MappingReader, wanted: [MotorDescription]) {
        joint = motor.string("joint")
        id = motor.integer("id", in: 0...252)
        model = motor.choice("model", standIn: .sts3215)
        firmware = motor.has("firmware") ? motor.string("firmware") : nil
        _ = motor.value("firmware")
        homingOffset = motor.integer("homing_offset", in: -1_048_576...1_048_576)
        zero = motor.integer("zero", in: -1_048_576...1_048_576)
        lower = motor.integer("lower", in: -1_048_576...1_048_576)
        upper = motor.integer("upper", in: -1_048_576...1_048_576)
        if lower >= upper { motor.report("upper", "is not above lower; calibrate the arm anew") }
        guard !joint.isEmpty else { return }
        guard let described = wanted.first(where: { $0.joint == joint }) else {
            let names = wanted.map(\.joint).joined(separator: ", ")
            motor.report("joint", "names '\(joint)', which the robot file has no motor for; it has \(names)")
            return
        }
        if motor.has("id"), id != described.id {
            motor.report("id", "is \(id); the robot file has id \(described.id) for '\(joint)'")
        }
        if motor.has("model"), model != described.model {
            motor.report("model", "is \(model.rawValue); the robot file has \(described.model.rawValue) for '\(joint)'")
        }
    }
}

extension Calibration {
    /// The calibration as a file; decoding it gives the same, but for ``path``.
    public var yaml: YAMLValue {
        .mapping([
            ("robot", .text(robot)),
            ("time", .text(time)),
            ("source", .text(source.rawValue)),
            ("motors", .sequence(motors.map(\.yaml))),
        ])
    }
}

extension MotorCalibration {
    fileprivate var yaml: YAMLValue {
        var entries: [(key: String, value: YAMLValue)] = [
            ("joint", .text(joint)),
            ("id", .integer(id)),
            ("model", .text(model.rawValue)),
        ]
        if let firmware { entries.append(("firmware", .text(firmware))) }
        entries += [
            ("homing_offset", .integer(homingOffset)),
            ("zero", .integer(zero)),
            ("lower", .integer(lower)),
            ("upper", .integer(upper)),
        ]
        return .mapping(entries)
    }
}
