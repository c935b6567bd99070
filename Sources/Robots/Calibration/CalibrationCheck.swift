/// Compares what was measured of an arm with its robot file, and two arms with each other.
public enum CalibrationCheck {
    /// How far a measured span may be from the robot file's range: this part of it, and ``slack``.
    public static let tolerance = 0.1
    /// rad.
    public static let slack = 0.1
    /// From this range on (rad) a joint goes all round: it has no ends to find its middle by.
    public static let fullTurn = 6.0
    /// How far two arms in one pose may be apart, rad: two teeth of a servo's spline, which has 25, would be 0.5 rad.
    public static let poseTolerance = 0.2

    /// Makes a joint's calibration from where it was in the home pose and how far it was moved from there.
    ///
    /// - Parameters:
    ///   - part: What the motor moves.
    ///   - robot: Says where home is and how far it should go.
    ///   - sweep: Began in the home pose.
    ///   - identity: Id, model, firmware and homing offset; its counts are not used.
    /// - Returns: The calibration: for a joint with ends, the middle between them is the middle of the robot file's range;
    ///   for one that goes all round, the home pose says where zero is.
    /// - Throws: ``CalibrationError`` where the span or the pose does not fit the robot file.
    public static func calibrate(
        _ part: MotorDescription.Part, of robot: RobotDescription, home: Int, sweep: RangeSweep,
        identity: MotorCalibration
    ) throws(CalibrationError) -> MotorCalibration {
        let name = robot.name(of: part)
        guard let motor = robot.motor(of: part)?.motor else {
            throw CalibrationError("\(robot.path): there is no motor for '\(name)'; list it under devices")
        }
        var result = identity
        (result.lower, result.upper) = (sweep.lower, sweep.upper)
        guard case .joint(let index) = part else {
            // Its ends are what they are: a handle's and a jaw's differ from kit to kit.
            let least = (motor.model.countsPerTurn ?? 256) / 20
            guard sweep.upper - sweep.lower >= least else {
                throw CalibrationError("\(name): it was hardly moved; open and close it all the way")
            }
            let scale = MotorScale(gripper: motor, of: robot.gripper, calibration: result)
            result.zero = scale.zero
            return result
        }
        let joint = robot.joints[index]
        let (turn, wanted) = (motor.model.countsPerTurn ?? 4096, joint.upper - joint.lower)
        let unit = 2 * .pi / Double(turn) / motor.gear
        let span = Double(sweep.upper - sweep.lower) * unit
        if wanted >= fullTurn {
            guard span > 0.5 * wanted else { throw CalibrationError(tooShort(name, span, wanted)) }
            let position = joint.home / unit * Double(motor.direction)
            result.zero = home - Int(position.rounded())
            // Its range is a turn about its middle, wherever the sweep ended.
            let middle = result.zero + Int((robot.middle(of: part) / unit).rounded()) * motor.direction
            let half = Int((wanted / unit / 2).rounded())
            (result.lower, result.upper) = (middle - half, middle + half)
            return result
        }
        let allowed = tolerance * wanted + slack
        if span < wanted - allowed { throw CalibrationError(tooShort(name, span, wanted)) }
        if span > wanted + allowed {
            throw CalibrationError(
                "\(name): it was moved by \(degrees(span)), the robot file's range is \(degrees(wanted)): is this the "
                    + "right robot file, and the motor of that joint?")
        }
        result = result.centred(on: robot.middle(of: part), motor: motor)
        let found = Double(motor.direction) * Double(home - result.zero) * unit
        if abs(found - joint.home) > 2 * poseTolerance {
            throw CalibrationError(
                "\(name): in the home pose it was at \(degrees(found)), and home is at \(degrees(joint.home)): "
                    + mismatchCauses(found: found, expected: joint.home))
        }
        return result
    }

    /// Compares two arms that stand in the same pose, as a leader with its follower, or one arm with the pose that it was
    /// put into.
    ///
    /// - Parameters:
    ///   - found: Joint positions of the arm that is looked at, rad.
    ///   - expected: Where they should be, rad.
    ///   - names: The joints'.
    ///   - subject: What the first is called: `the leader`.
    ///   - object: What the second is called: `the follower`.
    /// - Returns: A line for each joint that is not where it should be, with the likely cause; empty if all are.
    public static func compare(
        _ found: [Double], with expected: [Double], names: [String], subject: String = "the leader",
        object: String = "the follower"
    ) -> [String] {
        zip(names, zip(found, expected)).compactMap { name, positions in
            let (found, expected) = positions
            guard abs(found - expected) > poseTolerance else { return nil }
            return
                "\(name): \(subject) is at \(degrees(found)), \(object) at \(degrees(expected)): "
                + mismatchCauses(found: found, expected: expected)
        }
    }

    private static func mismatchCauses(found: Double, expected: Double) -> String {
        if abs(found) > 0.15, abs(found + expected) < poseTolerance {
            return "it looks reversed: check its direction in the robot file"
        }
        let tooth = 2 * Double.pi / 25
        let teeth = ((found - expected) / tooth).rounded()
        if abs(found - expected - teeth * tooth) < 0.03, abs(teeth) <= 3 {
            return "that is \(Int(abs(teeth))) of the 25 teeth of a servo's spline: check how the horn is mounted"
        }
        return "put the arm into the pose that is asked for, and move every joint through its whole range"
    }

    private static func tooShort(_ name: String, _ span: Double, _ wanted: Double) -> String {
        "\(name): it was moved by \(degrees(span)), the robot file's range is \(degrees(wanted)): move it from one end to "
            + "the other"
    }

    private static func degrees(_ angle: Double) -> String { "\((angle * 180 / .pi).rounded())°" }
}
