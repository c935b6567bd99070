public import Configuration

extension Calibration {
    /// Takes over a calibration that LeRobot wrote: a JSON object of an object for each motor, with `id`, `drive_mode`,
    /// `homing_offset`, `range_min` and `range_max`.
    ///
    /// Its ranges are counts after the motor's own homing offset, which it wrote into the motor. A joint's zero is the
    /// middle of its range there; here that is where the middle of the robot file's range lies. Its motors have the names
    /// that the robot file has.
    ///
    /// - Parameters:
    ///   - document: JSON, which is read as YAML: it is a part of it.
    ///   - robot: The robot that it is for.
    ///   - time: Of the import.
    /// - Throws: `ConfigurationError` with everything that is wrong with it or does not fit the robot.
    public static func importLeRobot(
        _ document: Document, robot: RobotDescription, time: String
    ) throws(ConfigurationError) -> Calibration {
        let wanted = robot.devices.flatMap(\.motors).filter { $0.leader == nil }
        return try document.decode { file in
            let motors = wanted.compactMap { motor -> MotorCalibration? in
                guard file.has(motor.joint) else {
                    _ = file.required(
                        motor.joint, wanted: "the motor's id, drive_mode, homing_offset, range_min and range_max")
                    return nil
                }
                return file.mapping(motor.joint) { entry in
                    imported(entry, motor: motor, range: robot.middle(of: motor.part))
                }
            }
            return Calibration(
                robot: robot.name, time: time, source: .lerobot, path: document.path, motors: motors)
        }
    }

    private static func imported(
        _ entry: MappingReader, motor: MotorDescription, range middle: Double
    ) -> MotorCalibration {
        let id = entry.integer("id", in: 0...252)
        let driveMode = entry.integer("drive_mode", in: 0...1)
        let offset = entry.integer("homing_offset", in: -1_048_576...1_048_576)
        let lower = entry.integer("range_min", in: -1_048_576...1_048_576)
        let upper = entry.integer("range_max", in: -1_048_576...1_048_576)
        if id != motor.id {
            entry.report("id", "is \(id); the robot file has id \(motor.id) for '\(motor.joint)'")
        }
        if lower >= upper { entry.report("range_max", "is not above range_min; calibrate the arm anew") }
        if driveMode == 1, motor.direction > 0 {
            entry.report("drive_mode", "is 1, a reversed motor; the robot file has direction 1 for '\(motor.joint)'")
        }
        let calibration = MotorCalibration(
            joint: motor.joint, id: id, model: motor.model, firmware: nil, homingOffset: offset, zero: 0, lower: lower,
            upper: upper)
        return calibration.centred(on: middle, motor: motor)
    }
}

extension MotorCalibration {
    /// The same with a zero that puts the middle of the measured span at this position of the joint, rad.
    public func centred(on position: Double, motor: MotorDescription) -> MotorCalibration {
        var result = self
        let unit = Double(motor.direction) * 2 * .pi / Double(motor.model.countsPerTurn ?? 4096) / motor.gear
        let middle = Double(lower + upper) / 2
        result.zero = Int((middle - position / unit).rounded())
        return result
    }
}

extension RobotDescription {
    /// The middle of the range of a joint, rad, or of the gripper's motor; 0 for a gripper that does not turn.
    public func middle(of part: MotorDescription.Part) -> Double {
        switch part {
        case .joint(let index): (joints[index].lower + joints[index].upper) / 2
        case .gripper: gripper.turn.map { ($0.closed + $0.open) / 2 } ?? 0
        }
    }

    /// The length of the range of a joint, rad, or of the gripper's motor; nil for a gripper that does not turn.
    public func span(of part: MotorDescription.Part) -> Double? {
        switch part {
        case .joint(let index): joints[index].upper - joints[index].lower
        case .gripper: gripper.turn.map { abs($0.open - $0.closed) }
        }
    }
}
