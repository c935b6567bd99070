internal import Drivers
internal import Robots

/// One X-series servo's logic.
struct DynamixelServo {
    var table: ControlTable
    var isSilent = false
    private var registered: (address: Int, data: [UInt8])?
    private var motion = MotorMotion()
    private var lastHeard = 0.0
    /// Turns that are counted while there is power.
    private var turnOffset = 0
    /// °C, when it has rested for long.
    private var restingTemperature = Self.roomWarm
    /// A for a count of current; nil where there is no sensor of it.
    private let currentUnit: Double?

    private static let step = 2 * Double.pi / 4096
    /// V.
    private static let supply = 12.0
    /// °C.
    private static let roomWarm = 33.0

    init(id: UInt8, model: Int, firmware: Int, homingOffset: Int, position: Double) {
        currentUnit = MotorModel.allCases.first { $0.number == model && $0.bus == .dynamixel }?.currentUnit
        table = ControlTable(
            count: 256, volatileStart: 64,
            contents: [
                (DynamixelRegister.model, model), (DynamixelRegister.firmware, firmware),
                (DynamixelRegister.id, Int(id)), (DynamixelRegister.baudRate, 1), (DynamixelRegister.returnDelay, 250),
                (DynamixelRegister.operatingMode, 3), (DynamixelRegister.secondaryId, 255),
                (DynamixelRegister.protocolVersion, 2), (DynamixelRegister.homingOffset, homingOffset),
                (DynamixelRegister.temperatureLimit, 80), (DynamixelRegister.maximumVoltage, 160),
                (DynamixelRegister.minimumVoltage, 35), (DynamixelRegister.pwmLimit, 885),
                (DynamixelRegister.currentLimit, 1750), (DynamixelRegister.velocityLimit, 445),
                (DynamixelRegister.maximumPosition, 4095), (DynamixelRegister.shutdown, 52),
                (DynamixelRegister.statusReturnLevel, 2), (DynamixelRegister.positionProportionalGain, 800),
                (DynamixelRegister.goalPWM, 885), (DynamixelRegister.goalCurrent, 1750),
                (DynamixelRegister.presentVoltage, Int(Self.supply * 10)),
                (DynamixelRegister.presentTemperature, Int(Self.roomWarm)),
            ])
        motion.position = position
        refresh(motion, at: 0)
        resetGoals()
    }

    var id: UInt8 { UInt8(table.get(DynamixelRegister.id)) }
    var secondaryId: UInt8 { UInt8(table.get(DynamixelRegister.secondaryId)) }
    var model: Int { table.get(DynamixelRegister.model) }
    var firmware: Int { table.get(DynamixelRegister.firmware) }
    var returnDelay: Double { Double(table.get(DynamixelRegister.returnDelay)) * 2e-6 }
    var returnLevel: Int { table.get(DynamixelRegister.statusReturnLevel) }
    var alert: UInt8 { table.get(DynamixelRegister.hardwareError) != 0 ? DynamixelError.alert : 0 }
    /// Whether it knows the fast reads.
    var isFast: Bool { firmware >= 46 }
    private var isTorqueOn: Bool { table.get(DynamixelRegister.torqueEnable) == 1 }

    mutating func hear(at time: Double) { lastHeard = time }

    /// A block of registers; nil if it reaches beyond the table.
    func read(_ address: Int, _ count: Int) -> [UInt8]? {
        address >= 0 && count > 0 && address + count <= table.bytes.count
            ? Array(table.bytes[address..<(address + count)]) : nil
    }

    mutating func register(_ address: Int, _ data: [UInt8]) { registered = (address, data) }

    mutating func act() {
        guard let held = registered else { return }
        registered = nil
        _ = write(held.address, held.data)
    }

    /// - Returns: Why it was refused, 0 if it was not.
    mutating func write(_ address: Int, _ data: [UInt8]) -> UInt8 {
        let isReadOnly = address < 7 || (120...147).contains(address) || address == 70
        if isReadOnly || address + data.count > table.bytes.count { return DynamixelError.access.rawValue }
        if address < 64, isTorqueOn { return DynamixelError.access.rawValue }
        let isGoal = (100...119).contains(address)
        if isGoal, table.get(DynamixelRegister.busWatchdog) < 0 { return DynamixelError.range.rawValue }
        if let refused = refuse(address, data) { return refused.rawValue }
        for (index, byte) in data.enumerated() { table.write(byte, at: address + index, isKept: true) }
        if address == Int(DynamixelRegister.operatingMode.address) {
            resetGoals()
            turnOffset = 0
        }
        if address == Int(DynamixelRegister.torqueEnable.address), data.first == 1 {
            if table.get(DynamixelRegister.hardwareError) & table.get(DynamixelRegister.shutdown) != 0 {
                table.set(DynamixelRegister.torqueEnable, 0)
            } else if table.get(DynamixelRegister.goalPosition) == 0, mode == .position {
                table.set(DynamixelRegister.goalPosition, table.get(DynamixelRegister.presentPosition))
            }
        }
        refresh(motion, at: 0)
        return 0
    }

    private var mode: DynamixelMode? { DynamixelMode(rawValue: UInt8(table.get(DynamixelRegister.operatingMode))) }

    private func refuse(_ address: Int, _ data: [UInt8]) -> DynamixelError? {
        var bits: UInt32 = 0
        for (index, byte) in data.prefix(4).enumerated() { bits |= UInt32(byte) << UInt32(index * 8) }
        switch address {
        case Int(DynamixelRegister.goalPosition.address) where data.count == 4 && mode == .position:
            let goal = DynamixelRegister.goalPosition.decode(bits)
            let lowest = table.get(DynamixelRegister.minimumPosition)
            let highest = table.get(DynamixelRegister.maximumPosition)
            return goal < lowest || goal > highest ? .limit : nil
        case Int(DynamixelRegister.goalPosition.address) where data.count == 4:
            return abs(DynamixelRegister.goalPosition.decode(bits)) > 1_048_575 ? .limit : nil
        case Int(DynamixelRegister.operatingMode.address):
            return DynamixelMode(rawValue: UInt8(bits & 0xFF)) == nil ? .range : nil
        case Int(DynamixelRegister.torqueEnable.address): return bits & 0xFF > 1 ? .range : nil
        case Int(DynamixelRegister.busWatchdog.address): return bits & 0xFF > 127 ? .range : nil
        default: return nil
        }
    }

    private mutating func resetGoals() {
        table.set(DynamixelRegister.goalPosition, table.get(DynamixelRegister.presentPosition))
        table.set(DynamixelRegister.goalPWM, 885)
        table.set(DynamixelRegister.goalCurrent, table.get(DynamixelRegister.currentLimit))
        table.set(DynamixelRegister.positionProportionalGain, 800)
    }

    mutating func drive(at time: Double) -> MotorDrive {
        let watchdog = table.get(DynamixelRegister.busWatchdog)
        if watchdog > 0, isTorqueOn, time - lastHeard > Double(watchdog) * 0.02 {
            table.set(DynamixelRegister.busWatchdog, -1)
            table.set(DynamixelRegister.goalPosition, table.get(DynamixelRegister.presentPosition))
        }
        var drive = MotorDrive()
        let isPosition = mode == .position || mode == .extendedPosition || mode == .currentBasedPosition
        drive.isOn = isTorqueOn && isPosition
        let distance = table.get(DynamixelRegister.goalPosition) - table.get(DynamixelRegister.presentPosition)
        drive.goal = motion.position + Double(distance) * Self.step
        drive.effort = Double(table.get(DynamixelRegister.goalPWM)) / 885
        // A 128th of the gain is the duty, of 885, for a count to go (ROBOTIS' e-manual).
        drive.stiffness = Double(table.get(DynamixelRegister.positionProportionalGain)) / 128 / 885 / Self.step
        drive.damping = 0
        if mode == .currentBasedPosition {
            drive.effort = min(drive.effort, Double(table.get(DynamixelRegister.goalCurrent)) / 1750)
        }
        return drive
    }

    mutating func refresh(_ motion: MotorMotion, at time: Double) {
        self.motion = motion
        let encoder = Int((motion.position / Self.step).rounded())
        var position = encoder - turnOffset + table.get(DynamixelRegister.homingOffset)
        if mode == .position {
            position %= 4096
            if position < 0 { position += 4096 }
        }
        table.set(DynamixelRegister.presentPosition, position)
        table.set(
            DynamixelRegister.presentVelocity,
            Int((motion.velocity / DynamixelRegister.presentVelocity.unit).rounded()))
        // Those without a sensor of the current have the load in its place.
        let unit = currentUnit
        let current = unit.map { motion.current / $0 } ?? (motion.load * 1000)
        table.set(DynamixelRegister.presentCurrent, Int(current.rounded()))
        table.set(
            DynamixelRegister.presentTemperature, min(255, Int((restingTemperature + motion.warmth).rounded())))
        table.set(DynamixelRegister.moving, abs(motion.velocity) > 0.01 ? 1 : 0)
        table.set(DynamixelRegister.realtimeTick, Int(time * 1000) % 32768)
        watch(time)
    }

    private mutating func watch(_ time: Double) {
        var errors = UInt8(truncatingIfNeeded: table.get(DynamixelRegister.hardwareError))
        let voltage = table.get(DynamixelRegister.presentVoltage)
        if voltage < table.get(DynamixelRegister.minimumVoltage)
            || voltage > table.get(DynamixelRegister.maximumVoltage)
        {
            errors |= DynamixelHardwareError.voltage.rawValue
        }
        if table.get(DynamixelRegister.presentTemperature) > table.get(DynamixelRegister.temperatureLimit) {
            errors |= DynamixelHardwareError.overheated.rawValue
        }
        fail(errors)
    }

    /// Errors stay until a restart; those of the shutdown mask let go.
    private mutating func fail(_ errors: UInt8) {
        table.set(DynamixelRegister.hardwareError, Int(errors))
        if Int(errors) & table.get(DynamixelRegister.shutdown) != 0 { table.set(DynamixelRegister.torqueEnable, 0) }
    }

    mutating func reboot() {
        table.restart()
        // The turns are forgotten.
        let encoder = Int((motion.position / Self.step).rounded())
        turnOffset = (encoder / 4096) * 4096
        refresh(motion, at: 0)
        resetGoals()
    }

    mutating func clearTurns() {
        let encoder = Int((motion.position / Self.step).rounded())
        turnOffset = (encoder / 4096) * 4096
        refresh(motion, at: 0)
    }

    mutating func suffer(_ event: EmulatedEvent) {
        switch event {
        case .overload:
            fail(UInt8(table.get(DynamixelRegister.hardwareError)) | DynamixelHardwareError.overload.rawValue)
        case .voltage(let volts):
            table.set(DynamixelRegister.presentVoltage, Int(((volts ?? Self.supply) * 10).rounded()))
        case .temperature(let degrees): restingTemperature = degrees.map { $0 - motion.warmth } ?? Self.roomWarm
        case .reboot: reboot()
        case .silent(let isSilent): self.isSilent = isSilent
        case .blocked: break
        }
        refresh(motion, at: 0)
    }
}
