import CRealtime

/// Turns one motor's counts into the position of what it moves, and back. A plain value for the real-time path.
///
/// The position of a joint is `direction · 2π/turn · (counts − zero) / gear`, in rad. The opening of a gripper is in equal
/// parts between the ends of its measured span, in m.
public struct MotorScale: BitwiseCopyable, Equatable, Sendable {
    /// Change of the position for one count: rad or m.
    public let unit: Double
    /// The position at the counts `zero`: rad or m.
    public let origin: Double
    /// The counts that ``origin`` belongs to.
    public let zero: Int
    /// The middle of the measured span, counts: what is read is unwrapped to the turn around it.
    public let middle: Int
    /// Counts of a turn; 0 for a motor whose counts do not go round.
    public let turn: Int

    /// The scale of a motor that moves a joint, in rad.
    ///
    /// - Parameters:
    ///   - motor: As the robot file describes it.
    ///   - calibration: Of the same motor.
    public init(joint motor: MotorDescription, calibration: MotorCalibration) {
        let turn = motor.model.countsPerTurn ?? 4096
        unit = Double(motor.direction) * 2 * .pi / Double(turn) / motor.gear
        origin = 0
        zero = calibration.zero
        middle = calibration.lower + (calibration.upper - calibration.lower) / 2
        self.turn = turn
    }

    /// The scale of a motor that moves the gripper, in m of opening.
    ///
    /// - Parameters:
    ///   - motor: As the robot file describes it.
    ///   - gripper: Its range. Where the gripper turns, the motor's direction and the angles say which end of the span is
    ///     the closed one; else a direction of 1 says that the counts grow with the opening.
    ///   - calibration: Of the same motor.
    public init(gripper motor: MotorDescription, of gripper: GripperDescription, calibration: MotorCalibration) {
        let growing =
            motor.direction > 0
            ? (gripper.turn.map { $0.open > $0.closed } ?? true) : gripper.turn.map { $0.open < $0.closed } ?? false
        let span = Double(max(1, calibration.upper - calibration.lower))
        let range = gripper.maximumOpening - gripper.minimumOpening
        unit = (growing ? range : -range) / span
        origin = gripper.minimumOpening
        zero = growing ? calibration.lower : calibration.upper
        middle = calibration.lower + (calibration.upper - calibration.lower) / 2
        turn = motor.model.countsPerTurn ?? 0
    }

    /// Counts as they are read, put into the turn around the middle of the span.
    @_noLocks
    public func unwrapped(_ counts: Int) -> Int {
        guard turn > 0 else { return counts }
        let half = turn / 2
        var distance = (counts &- middle) % turn
        if distance >= half { distance -= turn }
        if distance < -half { distance += turn }
        return middle &+ distance
    }

    /// The position (rad or m) at counts as they are read.
    @_noLocks
    public func position(at counts: Int) -> Double { origin + unit * Double(unwrapped(counts) &- zero) }

    /// The position (rad or m) at counts that are not wrapped: a motor in multi-turn mode.
    @_noLocks
    public func position(atUnwrapped counts: Int) -> Double { origin + unit * Double(counts &- zero) }

    /// The counts to command for a position (rad or m), unwrapped and rounded.
    ///
    /// - Parameter position: Finite, within the range of an `Int32` in counts.
    @_noLocks
    public func counts(at position: Double) -> Int {
        let exact = (position - origin) / unit
        guard exact.isFinite, abs(exact) < 1e9 else { return zero }
        // Rounding to the nearest without a call into the C library.
        return zero &+ Int(exact < 0 ? exact - 0.5 : exact + 0.5)
    }

    /// A velocity (rad/s or m/s) from counts a second.
    @_noLocks
    public func velocity(_ countsPerSecond: Double) -> Double { unit * countsPerSecond }
}

extension RobotDescription {
    /// The scale of the leading motor of a part, with a calibration of this robot.
    ///
    /// - Throws: ``CalibrationError`` where the calibration lacks the motor.
    public func scale(
        of part: MotorDescription.Part, calibration: Calibration
    ) throws(CalibrationError) -> MotorScale {
        let name = name(of: part)
        guard let motor = motor(of: part)?.motor else {
            throw CalibrationError("\(path): there is no motor for '\(name)'; list it under devices")
        }
        guard let entry = calibration.motor(named: name) else {
            throw CalibrationError("\(calibration.path): there is no motor for '\(name)'; calibrate the arm anew")
        }
        return switch part {
        case .joint: MotorScale(joint: motor, calibration: entry)
        case .gripper: MotorScale(gripper: motor, of: gripper, calibration: entry)
        }
    }
}

/// Why a calibration could not be made or used.
public struct CalibrationError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What is wrong, and what would put it right.
    public var description: String

    /// An error with this message.
    public init(_ description: String) {
        self.description = description
    }
}
