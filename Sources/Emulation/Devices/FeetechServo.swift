internal import Drivers

/// One STS servo's logic.
struct FeetechServo {
    var table: ControlTable
    var isSilent = false
    /// Held until the action instruction.
    private var registered: (address: Int, data: [UInt8])?
    private var motion = MotorMotion()
    private var errors: UInt8 = 0
    private var overloadedSince: Double?
    /// °C, when it has rested for long.
    private var restingTemperature = Self.roomWarm

    private static let step = 2 * Double.pi / 4096
    /// V.
    private static let supply = 12.1
    /// °C.
    private static let roomWarm = 31.0
    /// The part of an STS3215's torque for a radian and a unit of the proportional gain: the SO-101's makers model 16 of
    /// them by 17.8 N·m/rad, of 1.91 N·m.
    private static let proportionalUnit = 17.8 / 16 / 1.91
    /// The same for a radian a second and the derivative gain, which nobody has published: no overshoot with the factory's.
    private static let derivativeUnit = 0.02

    init(id: UInt8, model: Int, homingOffset: Int, position: Double) {
        table = ControlTable(
            count: 256, volatileStart: 40,
            contents: [
                (FeetechRegister.firmwareMajor, 3), (FeetechRegister.firmwareMinor, 10),
                (FeetechRegister.model, model), (FeetechRegister.id, Int(id)),
                (FeetechRegister.returnDelay, 250), (FeetechRegister.responseLevel, 1),
                (FeetechRegister.maximumPosition, 4095), (FeetechRegister.maximumTemperature, 70),
                (FeetechRegister.maximumVoltage, 140), (FeetechRegister.minimumVoltage, 40),
                (FeetechRegister.maximumTorque, 1000), (FeetechRegister.phase, 12),
                (FeetechRegister.unloadConditions, 0x2C), (FeetechRegister.proportionalGain, 32),
                (FeetechRegister.derivativeGain, 32), (FeetechRegister.protectionCurrent, 500),
                (FeetechRegister.homingOffset, homingOffset), (FeetechRegister.protectiveTorque, 20),
                (FeetechRegister.protectionTime, 200), (FeetechRegister.overloadTorque, 80),
                (FeetechRegister.torqueLimit, 1000), (FeetechRegister.lock, 1),
                (FeetechRegister.presentVoltage, Int(Self.supply * 10)),
                (FeetechRegister.presentTemperature, Int(Self.roomWarm)),
            ])
        motion.position = position
        refresh(motion, at: 0)
        table.set(FeetechRegister.goalPosition, table.get(FeetechRegister.presentPosition))
    }

    var id: UInt8 { UInt8(table.get(FeetechRegister.id)) }
    var error: UInt8 { errors }
    var returnDelay: Double { Double(table.get(FeetechRegister.returnDelay)) * 2e-6 }
    var repliesToWrites: Bool { table.get(FeetechRegister.responseLevel) != 0 }

    /// A block of registers; those beyond the table are 0.
    func read(_ address: Int, _ count: Int) -> [UInt8] {
        (address..<(address + count)).map { $0 < table.bytes.count ? table.bytes[$0] : 0 }
    }

    mutating func register(_ address: Int, _ data: [UInt8]) { registered = (address, data) }

    mutating func act() {
        guard let held = registered else { return }
        registered = nil
        write(held.address, held.data)
    }

    /// Registers that only say something are left as they are; those that are kept are not written while the torque is on,
    /// and not kept while they are locked.
    mutating func write(_ address: Int, _ data: [UInt8]) {
        let isTorqueOn = table.get(FeetechRegister.torqueEnable) == 1
        let isUnlocked = table.get(FeetechRegister.lock) == 0
        for (index, byte) in data.enumerated() {
            let place = address + index
            guard place >= 5, place < 80, !(56...70).contains(place) else { continue }
            if place < 40, isTorqueOn { continue }
            if place == Int(FeetechRegister.torqueEnable.address), byte == 128 {
                makeMiddle()
                continue
            }
            table.write(byte, at: place, isKept: isUnlocked)
        }
        // Torque that comes back ends an overload.
        if address == Int(FeetechRegister.torqueEnable.address), data.first == 0 {
            errors &= ~FeetechError.overload.rawValue
            overloadedSince = nil
        }
        refresh(motion, at: 0)
    }

    private mutating func makeMiddle() {
        var offset = (encoder - 2048) % 4096
        if offset > 2047 { offset -= 4096 }
        let bits = FeetechRegister.homingOffset.encode(offset)
        let place = Int(FeetechRegister.homingOffset.address)
        table.write(UInt8(bits & 0xFF), at: place, isKept: true)
        table.write(UInt8(bits >> 8), at: place + 1, isKept: true)
    }

    private var encoder: Int {
        let counts = Int((motion.position / Self.step).rounded()) % 4096
        return counts < 0 ? counts + 4096 : counts
    }

    /// The goal as an angle of the output: the nearest that the present turn has.
    func drive() -> MotorDrive {
        var drive = MotorDrive()
        let present = table.get(FeetechRegister.presentPosition)
        let lowest = table.get(FeetechRegister.minimumPosition)
        let highest = table.get(FeetechRegister.maximumPosition)
        var goal = table.get(FeetechRegister.goalPosition)
        if highest > lowest { goal = min(max(goal, lowest), highest) }
        drive.goal = motion.position + Double(goal - present) * Self.step
        drive.isOn = table.get(FeetechRegister.torqueEnable) == 1 && table.get(FeetechRegister.mode) == 0
        let speed = Double(table.get(FeetechRegister.goalSpeed)) * Self.step
        drive.speed = speed > 0 ? min(speed, 4.7) : 4.7
        drive.effort = Double(table.get(FeetechRegister.torqueLimit)) * 0.001
        drive.stiffness = Double(table.get(FeetechRegister.proportionalGain)) * Self.proportionalUnit
        drive.damping = Double(table.get(FeetechRegister.derivativeGain)) * Self.derivativeUnit
        if errors & FeetechError.overload.rawValue != 0 {
            drive.effort = min(drive.effort, Double(table.get(FeetechRegister.protectiveTorque)) * 0.01)
        }
        return drive
    }

    mutating func refresh(_ motion: MotorMotion, at time: Double) {
        self.motion = motion
        var position = (encoder - table.get(FeetechRegister.homingOffset)) % 4096
        if position < 0 { position += 4096 }
        table.set(FeetechRegister.presentPosition, position)
        table.set(FeetechRegister.presentSpeed, Int((motion.velocity / Self.step).rounded()))
        table.set(FeetechRegister.presentLoad, Int((motion.load * 1000).rounded()))
        table.set(FeetechRegister.presentCurrent, Int((motion.current / 0.0065).rounded()))
        table.set(
            FeetechRegister.presentTemperature, min(255, Int((restingTemperature + motion.warmth).rounded())))
        table.set(FeetechRegister.moving, abs(motion.velocity) > 0.01 ? 1 : 0)
        watch(time)
        table.set(FeetechRegister.status, Int(errors))
    }

    private mutating func watch(_ time: Double) {
        func note(_ error: FeetechError, _ isSet: Bool) {
            if isSet { errors |= error.rawValue } else { errors &= ~error.rawValue }
        }
        let voltage = table.get(FeetechRegister.presentVoltage)
        note(
            .voltage,
            voltage > table.get(FeetechRegister.maximumVoltage) || voltage < table.get(FeetechRegister.minimumVoltage))
        note(
            .overheated,
            table.get(FeetechRegister.presentTemperature) >= table.get(FeetechRegister.maximumTemperature))
        guard time > 0 else { return }
        let limit = Double(table.get(FeetechRegister.overloadTorque)) * 0.01
        if abs(motion.load) >= limit, abs(motion.velocity) < 0.05 {
            let since = overloadedSince ?? time
            overloadedSince = since
            if time - since > Double(table.get(FeetechRegister.protectionTime)) * 0.01 {
                errors |= FeetechError.overload.rawValue
            }
        } else {
            overloadedSince = nil
        }
    }

    mutating func suffer(_ event: EmulatedEvent) {
        switch event {
        case .overload: errors |= FeetechError.overload.rawValue
        case .voltage(let volts):
            table.set(FeetechRegister.presentVoltage, Int(((volts ?? Self.supply) * 10).rounded()))
        case .temperature(let degrees): restingTemperature = degrees.map { $0 - motion.warmth } ?? Self.roomWarm
        case .reboot:
            table.restart()
            errors = 0
            table.set(FeetechRegister.torqueLimit, table.get(FeetechRegister.maximumTorque))
        case .silent(let isSilent): self.isSilent = isSilent
        case .blocked: break
        }
        refresh(motion, at: 0)
        if event == .reboot { table.set(FeetechRegister.goalPosition, table.get(FeetechRegister.presentPosition)) }
    }
}
