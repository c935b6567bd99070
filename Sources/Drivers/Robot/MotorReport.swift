public import Robots

/// What a motor says about itself when it is asked: what it is, and how it is.
public struct MotorReport: Equatable, Sendable {
    /// Its address.
    public var id: Int
    /// What its model register holds.
    public var modelNumber: Int
    /// `3.10`.
    public var firmware: String
    /// Of its supply, V.
    public var voltage: Double
    /// Where it works, V.
    public var voltages: ClosedRange<Double>
    /// °C.
    public var temperature: Int
    /// From here on it protects itself, °C.
    public var maximumTemperature: Int
    /// Counts.
    public var homingOffset: Int
    /// Counts, as read.
    public var position: Int
    /// What it complains about.
    public var fault: DeviceFault

    /// How far outside of the measured span a position is believed: 10°, counts.
    private static var slack: Int { 114 }

    /// What it is called; its number if there is no driver for it.
    public func modelName(on bus: BusKind) -> String {
        MotorModel.allCases.first { $0.number == modelNumber && $0.bus == bus }?.rawValue ?? String(modelNumber)
    }

    /// What is wrong with it if it should be this motor; nil if it is.
    public func modelComplaint(_ motor: MotorDescription) -> String? {
        guard let wanted = motor.model.number, modelNumber != wanted else { return nil }
        return
            "is model \(modelName(on: motor.model.bus)), the robot file says \(motor.model.rawValue): is this the arm, "
            + "and are its ids those of the robot file?"
    }

    /// What is wrong with its supply.
    public var supplyComplaint: String? {
        if voltages.contains(voltage) { return nil }
        return "its supply is \(Self.text(voltage)) V, it works from \(Self.text(voltages.lowerBound)) to "
            + "\(Self.text(voltages.upperBound)) V: check the power supply"
    }

    /// Whether it is too hot.
    public var temperatureComplaint: String? {
        temperature < maximumTemperature
            ? nil : "is \(temperature) °C hot, its limit is \(maximumTemperature) °C: let it cool down"
    }

    /// Whether it has stopped itself.
    public var faultComplaint: String? {
        fault.isEmpty ? nil : "it stopped itself (\(fault.words)): remove the cause, then switch it off and on"
    }

    /// Whether its firmware is the one that it was calibrated with.
    public func firmwareComplaint(_ calibration: MotorCalibration) -> String? {
        guard let wanted = calibration.firmware, wanted != firmware else { return nil }
        return "has firmware \(firmware), its calibration was made with \(wanted): calibrate the arm anew"
    }

    /// Whether it is the motor that was calibrated, and stands where that one can.
    public func calibrationComplaint(_ motor: MotorDescription, _ calibration: MotorCalibration) -> String? {
        if homingOffset != calibration.homingOffset {
            return "its homing offset is \(homingOffset), that of the calibration is \(calibration.homingOffset): the "
                + "calibration is another arm's, or the motor was set anew; calibrate the arm anew"
        }
        let unwrapped = MotorScale(joint: motor, calibration: calibration).unwrapped(position)
        let span = (calibration.lower - Self.slack)...(calibration.upper + Self.slack)
        if span.contains(unwrapped) { return nil }
        return "stands at \(unwrapped) counts, outside of its calibrated span \(calibration.lower)…"
            + "\(calibration.upper): the calibration is another arm's, or a gear slipped; calibrate the arm anew"
    }

    /// The first thing that forbids to use it.
    ///
    /// - Parameters:
    ///   - motor: What it should be.
    ///   - calibration: That of the motor that should be there; nil for one that has none.
    public func complaint(_ motor: MotorDescription, calibration: MotorCalibration?) -> String? {
        modelComplaint(motor) ?? supplyComplaint ?? temperatureComplaint ?? faultComplaint
            ?? calibration.flatMap { firmwareComplaint($0) ?? calibrationComplaint(motor, $0) }
    }

    private static func text(_ volts: Double) -> String { String((volts * 10).rounded() / 10) }
}
