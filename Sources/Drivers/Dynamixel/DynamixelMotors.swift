internal import Realtime
public import Robots

/// Dynamixel X servos as the motors of an arm.
public struct DynamixelMotors<Line: Transport & ~Copyable>: MotorBus, ~Copyable {
    /// The bus, for what goes beyond an arm's needs.
    public var bus: ServoBus<DynamixelCodec, Line>
    /// Whether the motors are read with one reply for all.
    public private(set) var isFast = false
    private var cycle: UInt64 = 0
    /// How long the reading of a cycle may take, ns.
    private var readingTime: UInt64 = 6_000_000
    private var isTorqueOn = false
    private var isTorqueCheckDue = false
    private var isWatchdogCheckDue = false
    private var repeats = 0
    private var fastFailures = 0
    private var dropped: UInt32 = 0
    /// Whether everything can be read within a cycle.
    private var readsAll = true
    /// Whether there can be time in a cycle to look at hardware errors.
    private var looksAtErrors = true
    /// A hardware error was announced and is to be looked at.
    private var isAlerted = false
    private var hardwareErrors = InlineArray<16, UInt8>(repeating: 0)
    /// A for a count of register 126; 0 where that is the load.
    private var currentUnits = InlineArray<16, Double>(repeating: 0)
    private var currentLimits = InlineArray<16, Int>(repeating: 0)
    private var dutyLimits = InlineArray<16, Int>(repeating: 885)
    private var currentLimited: UInt32 = 0
    private var watchdog = 5

    private static var checkEvery: UInt64 { @_noLocks get { 50 } }
    private static var fullEvery: UInt64 { @_noLocks get { 10 } }

    /// Motors behind a line that is open.
    public init(transport: consuming Line, timing: BusTiming = BusTiming()) {
        bus = ServoBus(transport: transport, timing: timing)
    }

    /// What has happened on the bus.
    public var counts: BusCounts { bus.line.counts }
    /// What has come of the requests to each motor.
    public var motorCounts: InlineArray<16, MotorCounts> { bus.motorCounts }
    /// Whether the port has disappeared.
    public var isGone: Bool { bus.line.isGone }
    /// Goals may be many turns away.
    public var isMultiTurn: Bool { true }

    /// See ``MotorBus/connect(_:calibration:device:period:)``.
    public mutating func connect(
        _ motors: [MotorDescription], calibration: Calibration, device: String, period: Double
    ) throws(DriverError) {
        bus.line.endCycles()
        bus.list(motors.map { UInt8($0.id) })
        (cycle, isTorqueOn, dropped, isAlerted, currentLimited) = (0, false, 0, false, 0)
        if let first = motors.first { bus.detectEcho(with: DynamixelRegister.model, of: UInt8(first.id)) }
        for (index, motor) in motors.enumerated() {
            try bus.check(
                motor, calibration: motor.leader == nil ? calibration.motor(named: motor.joint) : nil, device: device)
            do {
                try configure(motor, index: index)
            } catch {
                throw DriverError(
                    device: "\(device), motor \(motor.id) (\(motor.joint))",
                    message: error.message(id: motor.id, baudRate: bus.line.transport.baudRate))
            }
        }
        bus.line.timing.returnDelay = 0
        probeFast()
        try planCycle(motors.count, device: device, period: period)
        // Five control periods, and never so short that one late cycle stops the arm.
        let silence = max(0.1, 5 * period)
        watchdog = min(127, DynamixelRegister.busWatchdog.number(for: silence))
    }

    /// What there is time for in a cycle.
    private mutating func planCycle(_ motors: Int, device: String, period: Double) throws(DriverError) {
        readingTime = UInt64(period * SlowBus.readingPart * 1e9)
        bus.line.timing.longest = readingTime
        let needed = timeToRead(DynamixelRegister.motionBlock.count)
        try SlowBus.check(
            device, motors: motors, baudRate: bus.line.transport.baudRate, needed: needed, period: period)
        readsAll = timeToRead(DynamixelRegister.presentBlock.count) <= readingTime
        looksAtErrors = needed &+ bus.timeToRead(count: DynamixelRegister.torqueBlock.count) <= readingTime
    }

    /// ns.
    private func timeToRead(_ count: Int) -> UInt64 {
        isFast
            ? bus.timeToRead(count: count, frame: 8, overhead: DynamixelCodec.fastOverhead)
            : bus.timeToRead(count: count)
    }

    /// Old firmware does not know the fast read and is silent; a lost reply is not taken for that.
    private mutating func probeFast() {
        isFast = false
        fastFailures = 0
        for _ in 0..<3 where !isFast {
            bus.fastSyncRead(address: DynamixelRegister.motionBlock.address, count: DynamixelRegister.motionBlock.count)
            isFast = bus.blocks.received == bus.all
        }
    }

    /// Torque off, then what is kept without power, where it differs.
    private mutating func configure(_ motor: MotorDescription, index: Int) throws(BusFault) {
        let id = UInt8(motor.id)
        let unit = motor.model.currentUnit
        currentUnits[index] = unit ?? 0
        try bus.writePatiently(DynamixelRegister.busWatchdog, 0, to: id)
        try bus.writePatiently(DynamixelRegister.torqueEnable, 0, to: id)
        try bus.settle(DynamixelRegister.statusReturnLevel, 2, of: id)
        try bus.settle(DynamixelRegister.returnDelay, 0, of: id)
        if let leader = motor.leader {
            try bus.settle(DynamixelRegister.secondaryId, leader, of: id)
            let drive = try bus.readPatiently(DynamixelRegister.driveMode, of: id)
            try bus.settle(DynamixelRegister.driveMode, motor.direction < 0 ? drive | 1 : drive & ~1, of: id)
        }
        var mode = DynamixelMode.extendedPosition
        if let unit, let limit = motor.currentLimit, motor.part == .gripper {
            mode = .currentBasedPosition
            currentLimits[index] = Int((limit / unit).rounded())
            currentLimited |= 1 << UInt32(index)
        }
        dutyLimits[index] = DynamixelRegister.goalPWM.number(for: motor.torqueLimit)
        try bus.settle(DynamixelRegister.operatingMode, Int(mode.rawValue), of: id)
        try bus.writePatiently(DynamixelRegister.profileAcceleration, 0, to: id)
        try bus.writePatiently(DynamixelRegister.profileVelocity, 0, to: id)
    }

    /// See ``MotorBus/read(_:)``.
    public mutating func read(_ samples: inout InlineArray<16, MotorSample>) {
        cycle &+= 1
        bus.line.beginCycle(nanoseconds: readingTime)
        let isFull = readsAll && cycle % Self.fullEvery == 0
        let block = isFull ? DynamixelRegister.presentBlock : DynamixelRegister.motionBlock
        if isFast {
            bus.fastSyncRead(address: block.address, count: block.count)
            fastFailures = bus.blocks.received == 0 ? fastFailures &+ 1 : 0
            // One motor that is gone silences the fast reply of all: from then on each is asked for its own.
            if fastFailures >= 3 { isFast = false }
        } else {
            bus.syncRead(address: block.address, count: block.count)
        }
        let now = bus.line.transport.now()
        for motor in 0..<bus.motorCount {
            take(motor, &samples[motor], address: block.address, isFull: isFull, now: now)
        }
        checkSlowly()
    }

    /// After what the cycle is for, and in what it has left.
    private mutating func checkSlowly() {
        if isAlerted || cycle % Self.checkEvery == 0 { isTorqueCheckDue = true }
        if cycle % Self.checkEvery == Self.checkEvery / 2 { isWatchdogCheckDue = isTorqueOn }
        guard isTorqueCheckDue || isWatchdogCheckDue, bus.blocks.received == bus.all else { return }
        let count = isTorqueCheckDue ? DynamixelRegister.torqueBlock.count : DynamixelRegister.busWatchdog.width
        guard bus.hasTime(toRead: count) else { return }
        if isTorqueCheckDue { checkTorque() } else { checkWatchdog() }
    }

    private mutating func take(
        _ motor: Int, _ sample: inout MotorSample, address: UInt16, isFull: Bool, now: MonotonicTime
    ) {
        let bit: UInt32 = 1 &<< UInt32(motor)
        var fault: UInt16 = 0
        if bus.blocks.has(motor) {
            sample.time = now
            sample.position = bus.blocks.read(DynamixelRegister.presentPosition, of: motor, blockAddress: address)
            let velocity = bus.blocks.read(DynamixelRegister.presentVelocity, of: motor, blockAddress: address)
            sample.velocity = Double(velocity) * DynamixelRegister.revolutionPerMinute / DynamixelRegister.step
            let current = Double(bus.blocks.read(DynamixelRegister.presentCurrent, of: motor, blockAddress: address))
            if currentUnits[motor] > 0 {
                sample.current = current * currentUnits[motor]
            } else {
                sample.load = current * 0.001
            }
            if isFull {
                sample.voltage =
                    Double(bus.blocks.read(DynamixelRegister.presentVoltage, of: motor, blockAddress: address)) * 0.1
                sample.temperature = Double(
                    bus.blocks.read(DynamixelRegister.presentTemperature, of: motor, blockAddress: address))
            }
            if bus.blocks.error(motor) & DynamixelError.alert != 0 {
                isAlerted = true
                // What it is, there is no time to ask.
                if !looksAtErrors { fault = DeviceFault.stopped.rawValue }
            }
        } else if bus.blocks.garbled & bit != 0 {
            fault = DeviceFault.garbledReply.rawValue
        } else {
            fault = DeviceFault.noReply.rawValue
        }
        fault |= DynamixelHardwareError(rawValue: hardwareErrors[motor]).fault.rawValue
        if dropped & bit != 0 { fault |= DeviceFault.stopped.rawValue }
        sample.fault = DeviceFault(rawValue: fault)
    }

    /// Whether the torque is still on, and what has switched it off if not.
    private mutating func checkTorque() {
        isTorqueCheckDue = false
        let block = DynamixelRegister.torqueBlock
        bus.syncRead(address: block.address, count: block.count)
        if bus.blocks.received == bus.all { isAlerted = false }
        for motor in 0..<bus.motorCount where bus.blocks.has(motor) {
            hardwareErrors[motor] = UInt8(
                truncatingIfNeeded: bus.blocks.read(
                    DynamixelRegister.hardwareError, of: motor, blockAddress: block.address))
            let isOn = bus.blocks.read(DynamixelRegister.torqueEnable, of: motor, blockAddress: block.address) == 1
            if isTorqueOn, !isOn { dropped |= 1 &<< UInt32(motor) }
        }
    }

    /// A watchdog that has tripped refuses all goals.
    private mutating func checkWatchdog() {
        isWatchdogCheckDue = false
        let register = DynamixelRegister.busWatchdog
        bus.syncRead(address: register.address, count: register.width)
        for motor in 0..<bus.motorCount where bus.blocks.has(motor) {
            let value = bus.blocks.read(register, of: motor, blockAddress: register.address)
            if value < 0 { dropped |= 1 &<< UInt32(motor) }
        }
    }

    /// See ``MotorBus/write(goals:motors:)``.
    public mutating func write(goals: borrowing InlineArray<16, Int>, motors: UInt32) {
        bus.syncWrite(DynamixelRegister.goalPosition, values: goals, motors: motors)
        if repeats > 0 {
            repeats &-= 1
            let still = motors & ~dropped
            bus.syncWrite(DynamixelRegister.torqueEnable, values: InlineArray<16, Int>(repeating: 1), motors: still)
            bus.syncWrite(
                DynamixelRegister.busWatchdog, values: InlineArray<16, Int>(repeating: watchdog), motors: still)
        }
    }

    /// See ``MotorBus/enableTorque(goals:motors:)``.
    public mutating func enableTorque(goals: borrowing InlineArray<16, Int>, motors: UInt32) {
        dropped = 0
        bus.syncWrite(DynamixelRegister.busWatchdog, values: InlineArray<16, Int>(repeating: 0), motors: bus.all)
        bus.syncWrite(DynamixelRegister.goalPWM, values: dutyLimits, motors: bus.all)
        bus.syncWrite(DynamixelRegister.goalCurrent, values: currentLimits, motors: currentLimited)
        bus.syncWrite(DynamixelRegister.goalPosition, values: goals, motors: motors)
        bus.syncWrite(DynamixelRegister.torqueEnable, values: InlineArray<16, Int>(repeating: 1), motors: motors)
        bus.syncWrite(DynamixelRegister.busWatchdog, values: InlineArray<16, Int>(repeating: watchdog), motors: motors)
        isTorqueOn = true
        repeats = 3
        cycle = 0
    }

    /// See ``MotorBus/disableTorque()``.
    public mutating func disableTorque() {
        bus.syncWrite(DynamixelRegister.busWatchdog, values: InlineArray<16, Int>(repeating: 0), motors: bus.all)
        bus.syncWrite(DynamixelRegister.torqueEnable, values: InlineArray<16, Int>(repeating: 0), motors: bus.all)
        isTorqueOn = false
        repeats = 0
        dropped = 0
    }

    /// See ``MotorBus/disconnect()``.
    public mutating func disconnect() -> UInt32 {
        bus.line.endCycles()
        disableTorque()
        return bus.release()
    }
}

extension MotorModel {
    /// A for a count of current of a Dynamixel; nil for one that measures its load instead (ROBOTIS e-manual).
    public var currentUnit: Double? {
        switch self {
        case .xl330M077, .xl330M288, .xc330T181, .xc330T288: 0.001
        case .xm430W210, .xm430W350, .xm540W270, .xh540W150: 0.00269
        default: nil
        }
    }

    /// What it draws when it is held still at full supply, A: about what the makers state, at 12 V where there is a choice.
    public var stallCurrent: Double {
        switch self {
        case .sts3215: 2.7
        case .sts3250, .sm8512bl: 4.5
        case .xl330M077, .xl330M288: 1.5
        case .xc330T181, .xc330T288: 0.8
        case .xl430W250, .xc430W150: 1.4
        case .xm430W210, .xm430W350: 2.3
        case .xm540W270, .xh540W150: 4.4
        case .robotiq2F85, .robotiq2F140: 1.0
        }
    }
}
