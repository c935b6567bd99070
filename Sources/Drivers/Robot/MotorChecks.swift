internal import Robots

/// Where one family of motors keeps what is looked at before an arm is used.
struct MotorChecks {
    var model: Register
    var homingOffset: Register
    var position: Register
    var voltage: Register
    var minimumVoltage: Register
    var maximumVoltage: Register
    var temperature: Register
    var maximumTemperature: Register
    /// How far outside of the measured span a position is believed: 10°, counts.
    var slack = 114
}

extension ServoBus where Line: ~Copyable {
    /// Checks one motor: there, alone, of the right model, supplied, cool, and the one that was calibrated.
    mutating func check(
        _ motor: MotorDescription, calibration: MotorCalibration?,
        firmware: (inout Self, UInt8) throws(BusFault) -> String,
        with checks: MotorChecks, device: String
    ) throws(DriverError) {
        let id = UInt8(motor.id)
        let name = "\(device), motor \(motor.id) (\(motor.joint))"
        func fail(_ message: String) -> DriverError { DriverError(device: name, message: message) }
        let baudRate = line.transport.baudRate
        var failed: BusFault?
        for _ in 0..<Self.attempts {
            do {
                try ping(id)
                failed = nil
                break
            } catch {
                failed = error
            }
        }
        if let failed { throw fail(failed.message(id: motor.id, baudRate: baudRate)) }
        do {
            let model = try readPatiently(checks.model, of: id)
            if let wanted = motor.model.number, model != wanted {
                let found = MotorModel.allCases.first { $0.number == model && $0.bus == motor.model.bus }?.rawValue
                throw fail(
                    "is model \(found ?? String(model)), the robot file says \(motor.model.rawValue): is this the arm, and "
                        + "are its ids those of the robot file?")
            }
            let version = try firmware(&self, id)
            let voltage = Double(try readPatiently(checks.voltage, of: id)) * checks.voltage.unit
            let lowest = Double(try readPatiently(checks.minimumVoltage, of: id)) * checks.minimumVoltage.unit
            let highest = Double(try readPatiently(checks.maximumVoltage, of: id)) * checks.maximumVoltage.unit
            if voltage < lowest || voltage > highest {
                throw fail(
                    "its supply is \(Self.text(voltage)) V, it works from \(Self.text(lowest)) to \(Self.text(highest)) V: "
                        + "check the power supply")
            }
            let temperature = try readPatiently(checks.temperature, of: id)
            let hottest = try readPatiently(checks.maximumTemperature, of: id)
            if temperature >= hottest {
                throw fail("is \(temperature) °C hot, its limit is \(hottest) °C: let it cool down")
            }
            guard let calibration else { return }
            if let wanted = calibration.firmware, wanted != version {
                throw fail(
                    "has firmware \(version), its calibration was made with \(wanted): calibrate the arm anew")
            }
            let offset = try readPatiently(checks.homingOffset, of: id)
            if offset != calibration.homingOffset {
                throw fail(
                    "its homing offset is \(offset), that of the calibration is \(calibration.homingOffset): the "
                        + "calibration is another arm's, or the motor was set anew; calibrate the arm anew")
            }
            let position = try readPatiently(checks.position, of: id)
            let scale = MotorScale(joint: motor, calibration: calibration)
            let unwrapped = scale.unwrapped(position)
            if unwrapped < calibration.lower - checks.slack || unwrapped > calibration.upper + checks.slack {
                throw fail(
                    "stands at \(unwrapped) counts, outside of its calibrated span \(calibration.lower)…"
                        + "\(calibration.upper): the calibration is another arm's, or a gear slipped; calibrate the arm anew"
                )
            }
        } catch let error as BusFault {
            throw fail(error.message(id: motor.id, baudRate: baudRate))
        } catch let error as DriverError {
            throw error
        } catch {
            throw fail("\(error)")
        }
    }

    /// Sets a register where it differs: EEPROM wears out.
    ///
    /// - Returns: Whether it had to be set.
    @discardableResult
    mutating func settle(_ register: Register, _ number: Int, of id: UInt8) throws(BusFault) -> Bool {
        if try readPatiently(register, of: id) == number { return false }
        try writePatiently(register, number, to: id)
        return true
    }

    private static func text(_ volts: Double) -> String { String((volts * 10).rounded() / 10) }
}

extension BusFault {
    /// What is wrong, and what to do.
    func message(id: Int, baudRate: Int) -> String {
        switch self {
        case .noReply:
            "no reply at \(baudRate) baud: check its power and its cable, and that its id is \(id)"
        case .garbled:
            "its replies are garbled: two motors with id \(id), another baud rate than \(baudRate), or a bad cable"
        case .foreign(let other): "motor \(other) replied in its place: two motors' ids are mixed up"
        case .refused(let error): "refused a request with error \(error): switch its power off and on"
        case .gone: "the port is gone: was the adapter unplugged?"
        }
    }
}
