internal import Robots

extension ServoBus where Line: ~Copyable {
    /// Checks one motor: there, alone, of the right model, supplied, cool, and the one that was calibrated.
    mutating func check(
        _ motor: MotorDescription, calibration: MotorCalibration?, device: String
    ) throws(DriverError) {
        let name = "\(device), motor \(motor.id) (\(motor.joint))"
        do {
            try pingPatiently(UInt8(motor.id))
            let report = try report(of: UInt8(motor.id))
            guard let complaint = report.complaint(motor, calibration: calibration) else { return }
            throw DriverError(device: name, message: complaint)
        } catch let error as BusFault {
            throw DriverError(
                device: name, message: error.message(id: motor.id, baudRate: line.transport.baudRate))
        } catch let error as DriverError {
            throw error
        } catch {
            throw DriverError(device: name, message: "\(error)")
        }
    }

    /// Asks a motor, several times if need be, whether it is there.
    mutating func pingPatiently(_ id: UInt8) throws(BusFault) {
        var fault: BusFault?
        for _ in 0..<Self.attempts {
            do {
                _ = try ping(id)
                return
            } catch {
                fault = error.orMoreTelling(fault)
            }
            // A moment for whatever kept it from replying.
            line.waitForQuiet()
        }
        throw fault ?? .noReply
    }

    /// Everything that a motor says about itself.
    mutating func report(of id: UInt8) throws(BusFault) -> MotorReport {
        let table = Codec.table
        let model = try readPatiently(table.model, of: id)
        var version: [String] = []
        for part in table.firmware { version.append(String(try readPatiently(part, of: id))) }
        let voltage = Double(try readPatiently(table.voltage, of: id)) * table.voltage.unit
        let lowest = Double(try readPatiently(table.minimumVoltage, of: id)) * table.minimumVoltage.unit
        let highest = Double(try readPatiently(table.maximumVoltage, of: id)) * table.maximumVoltage.unit
        let temperature = try readPatiently(table.temperature, of: id)
        let hottest = try readPatiently(table.maximumTemperature, of: id)
        let offset = try readPatiently(table.homingOffset, of: id)
        let position = try readPatiently(table.position, of: id)
        let status = UInt8(truncatingIfNeeded: try readPatiently(table.status, of: id))
        return MotorReport(
            id: Int(id), modelNumber: model, firmware: version.joined(separator: "."), voltage: voltage,
            voltages: lowest...max(lowest, highest), temperature: temperature, maximumTemperature: hottest,
            homingOffset: offset, position: position, fault: Codec.fault(ofStatus: status))
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
}

extension BusFault {
    /// Of this fault and one of an earlier attempt the one that says more: a reply that never came says least.
    func orMoreTelling(_ earlier: BusFault?) -> BusFault {
        if case .noReply = self { earlier ?? self } else { self }
    }

    /// What is wrong, and what to do.
    public func message(id: Int, baudRate: Int) -> String {
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
