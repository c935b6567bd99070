internal import Realtime
public import Robots

/// Feetech STS and SMS servos as the motors of an arm.
public struct FeetechMotors<Line: Transport & ~Copyable>: MotorBus, ~Copyable {
    /// The bus, for what goes beyond an arm's needs.
    public var bus: ServoBus<FeetechCodec, Line>
    private var torqueFractions = InlineArray<16, Int>(repeating: 1000)
    private var cycle: UInt64 = 0
    /// How long the reading of a cycle may take, ns.
    private var readingTime: UInt64 = 6_000_000
    /// Every how many cycles everything is read and not motion alone.
    private var fullEvery: UInt64 = 1
    /// Whether everything can be read within a cycle.
    private var readsAll = true
    private var isTorqueOn = false
    private var isCheckDue = false
    /// Cycles in which torque on is said again: nobody acknowledges it.
    private var repeats = 0
    /// Motors that were found with their torque off while it should be on.
    private var dropped: UInt32 = 0

    /// Every how many cycles it is checked that the torque is still on.
    private static var checkEvery: UInt64 { @_noLocks get { 50 } }

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
    /// Goals lie within a turn.
    public var isMultiTurn: Bool { false }

    /// See ``MotorBus/connect(_:calibration:device:period:)``.
    public mutating func connect(
        _ motors: [MotorDescription], calibration: Calibration, device: String, period: Double
    ) throws(DriverError) {
        bus.line.endCycles()
        bus.list(motors.map { UInt8($0.id) })
        (cycle, isTorqueOn, dropped) = (0, false, 0)
        if let first = motors.first { bus.detectEcho(with: FeetechRegister.model, of: UInt8(first.id)) }
        for (index, motor) in motors.enumerated() {
            let entry = calibration.motor(named: motor.joint)
            try bus.check(motor, calibration: motor.leader == nil ? entry : nil, device: device)
            let name = "\(device), motor \(motor.id) (\(motor.joint))"
            if let entry, entry.lower < 0 || entry.upper > 4095 {
                throw DriverError(
                    device: name,
                    message:
                        "its counts go round within its span \(entry.lower)…\(entry.upper), which it cannot follow: "
                        + "set its middle and calibrate the arm anew")
            }
            torqueFractions[index] = FeetechRegister.torqueLimit.number(for: motor.torqueLimit)
            do {
                try configure(motor)
            } catch {
                throw DriverError(
                    device: name, message: error.message(id: motor.id, baudRate: bus.line.transport.baudRate))
            }
        }
        bus.line.timing.returnDelay = 0
        readingTime = UInt64(period * SlowBus.readingPart * 1e9)
        bus.line.timing.longest = readingTime
        try SlowBus.check(
            device, motors: motors.count, baudRate: bus.line.transport.baudRate,
            needed: bus.timeToRead(count: FeetechRegister.motionBlock.count), period: period)
        readsAll = bus.timeToRead(count: FeetechRegister.presentBlock.count) <= readingTime
        let full = FeetechRegister.presentBlock.count + FeetechCodec.overhead
        let wire = Double(bus.line.transport.wireTime(bytes: motors.count * full)) * 1e-9
        fullEvery = wire > 0.3 * period ? 10 : 1
    }

    /// Torque off, then what is kept without power, where it differs, then what is not.
    private mutating func configure(_ motor: MotorDescription) throws(BusFault) {
        let id = UInt8(motor.id)
        try bus.writePatiently(FeetechRegister.torqueEnable, 0, to: id)
        try bus.writePatiently(FeetechRegister.lock, 0, to: id)
        // A quarter of the torque for a motor that may use half is what SO-100 grippers are run with.
        let overload = motor.torqueLimit < 1 ? motor.torqueLimit * 0.5 : 0.8
        var settings: [(Register, Int)] = [
            (FeetechRegister.responseLevel, 1),
            (FeetechRegister.returnDelay, 0),
            (FeetechRegister.mode, 0),
            (FeetechRegister.maximumTorque, FeetechRegister.maximumTorque.number(for: motor.torqueLimit)),
            (FeetechRegister.protectiveTorque, FeetechRegister.protectiveTorque.number(for: 0.2)),
            (FeetechRegister.protectionTime, FeetechRegister.protectionTime.number(for: 2)),
            (FeetechRegister.overloadTorque, FeetechRegister.overloadTorque.number(for: overload)),
        ]
        if let current = motor.currentLimit {
            settings.append((FeetechRegister.protectionCurrent, FeetechRegister.protectionCurrent.number(for: current)))
        }
        for (register, number) in settings { try bus.settle(register, number, of: id) }
        try bus.writePatiently(FeetechRegister.lock, 1, to: id)
        try bus.writePatiently(
            FeetechRegister.torqueLimit, FeetechRegister.torqueLimit.number(for: motor.torqueLimit), to: id)
        try bus.writePatiently(FeetechRegister.acceleration, 254, to: id)
        try bus.writePatiently(FeetechRegister.goalSpeed, 0, to: id)
    }

    /// See ``MotorBus/read(_:)``.
    public mutating func read(_ samples: inout InlineArray<16, MotorSample>) {
        cycle &+= 1
        bus.line.beginCycle(nanoseconds: readingTime)
        let isFull = readsAll && cycle % fullEvery == 0
        let block = isFull ? FeetechRegister.presentBlock : FeetechRegister.motionBlock
        bus.syncRead(address: block.address, count: block.count)
        let now = bus.line.transport.now()
        for motor in 0..<bus.motorCount {
            var fault: UInt16 = 0
            if bus.blocks.has(motor) {
                samples[motor].time = now
                samples[motor].position = bus.blocks.read(
                    FeetechRegister.presentPosition, of: motor, blockAddress: block.address)
                samples[motor].velocity = Double(
                    bus.blocks.read(FeetechRegister.presentSpeed, of: motor, blockAddress: block.address))
                samples[motor].load =
                    Double(bus.blocks.read(FeetechRegister.presentLoad, of: motor, blockAddress: block.address)) * 0.001
                var errors = bus.blocks.error(motor)
                if isFull {
                    takeSlow(motor, &samples[motor], blockAddress: block.address)
                    errors |= UInt8(
                        truncatingIfNeeded: bus.blocks.read(
                            FeetechRegister.status, of: motor, blockAddress: block.address))
                }
                fault = FeetechError(rawValue: errors).fault.rawValue
            } else {
                fault =
                    bus.blocks.garbled & 1 &<< UInt32(motor) != 0
                    ? DeviceFault.garbledReply.rawValue : DeviceFault.noReply.rawValue
            }
            if dropped & 1 &<< UInt32(motor) != 0 { fault |= DeviceFault.stopped.rawValue }
            samples[motor].fault = DeviceFault(rawValue: fault)
        }
        // After what the cycle is for, and in what it has left.
        if cycle % Self.checkEvery == 0 { isCheckDue = isTorqueOn }
        if isCheckDue, bus.blocks.received == bus.all { checkTorque() }
    }

    private func takeSlow(_ motor: Int, _ sample: inout MotorSample, blockAddress: UInt16) {
        sample.voltage =
            Double(bus.blocks.read(FeetechRegister.presentVoltage, of: motor, blockAddress: blockAddress)) * 0.1
        sample.temperature = Double(
            bus.blocks.read(FeetechRegister.presentTemperature, of: motor, blockAddress: blockAddress))
        sample.current =
            Double(bus.blocks.read(FeetechRegister.presentCurrent, of: motor, blockAddress: blockAddress)) * 0.0065
    }

    /// A servo that restarted has let go without saying so.
    private mutating func checkTorque() {
        let register = FeetechRegister.torqueEnable
        guard bus.hasTime(toRead: register.width) else { return }
        isCheckDue = false
        bus.syncRead(address: register.address, count: register.width)
        for motor in 0..<bus.motorCount where bus.blocks.has(motor) {
            let isOn = bus.blocks.read(register, of: motor, blockAddress: register.address) == 1
            if !isOn { dropped |= 1 &<< UInt32(motor) }
        }
    }

    /// See ``MotorBus/write(goals:motors:)``.
    public mutating func write(goals: borrowing InlineArray<16, Int>, motors: UInt32) {
        bus.syncWrite(FeetechRegister.goalPosition, values: goals, motors: motors)
        if repeats > 0 {
            repeats &-= 1
            bus.syncWrite(
                FeetechRegister.torqueEnable, values: InlineArray<16, Int>(repeating: 1), motors: motors & ~dropped)
        }
    }

    /// See ``MotorBus/enableTorque(goals:motors:)``.
    public mutating func enableTorque(goals: borrowing InlineArray<16, Int>, motors: UInt32) {
        dropped = 0
        bus.syncWrite(FeetechRegister.torqueLimit, values: torqueFractions, motors: motors)
        bus.syncWrite(FeetechRegister.goalPosition, values: goals, motors: motors)
        bus.syncWrite(FeetechRegister.torqueEnable, values: InlineArray<16, Int>(repeating: 1), motors: motors)
        isTorqueOn = true
        repeats = 3
        cycle = 0
    }

    /// See ``MotorBus/disableTorque()``.
    public mutating func disableTorque() {
        bus.syncWrite(FeetechRegister.torqueEnable, values: InlineArray<16, Int>(repeating: 0), motors: bus.all)
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
