/// The control table of Feetech's STS and SMS servos: 4096 steps a turn, the low byte first, signs apart from magnitudes.
///
/// (Feetech, "SMS/STS series memory table".) Registers below 40 are kept without power; they can be written while
/// ``lock`` is 0 and the torque is off.
public enum FeetechRegister {
    /// The first part of the firmware's version.
    public static var firmwareMajor: Register {
        @_noLocks get { Register(0, width: 1) }
    }
    /// The second part of the firmware's version.
    public static var firmwareMinor: Register {
        @_noLocks get { Register(1, width: 1) }
    }
    /// The model number.
    public static var model: Register {
        @_noLocks get { Register(3, width: 2) }
    }
    /// The address on the bus. Takes effect at once.
    public static var id: Register {
        @_noLocks get { Register(5, width: 1) }
    }
    /// A code: 0 is 1 Mbaud. Takes effect at once.
    public static var baudRate: Register {
        @_noLocks get { Register(6, width: 1) }
    }
    /// How long the servo waits before it replies.
    public static var returnDelay: Register {
        @_noLocks get { Register(7, width: 1, quantity: .time, unit: 2e-6) }
    }
    /// 0: replies to ping and read only; 1: to all.
    public static var responseLevel: Register {
        @_noLocks get { Register(8, width: 1) }
    }
    /// Lowest goal; 0 in both limits: many turns.
    public static var minimumPosition: Register {
        @_noLocks get { Register(9, width: 2, quantity: .angle, unit: Self.step) }
    }
    /// Highest goal.
    public static var maximumPosition: Register {
        @_noLocks get { Register(11, width: 2, quantity: .angle, unit: Self.step) }
    }
    /// From here on the servo protects itself.
    public static var maximumTemperature: Register {
        @_noLocks get { Register(13, width: 1, quantity: .temperature) }
    }
    /// Above it the servo protects itself.
    public static var maximumVoltage: Register {
        @_noLocks get { Register(14, width: 1, quantity: .voltage, unit: 0.1) }
    }
    /// Below it the servo protects itself.
    public static var minimumVoltage: Register {
        @_noLocks get { Register(15, width: 1, quantity: .voltage, unit: 0.1) }
    }
    /// Copied to ``torqueLimit`` at power-up.
    public static var maximumTorque: Register {
        @_noLocks get { Register(16, width: 2, quantity: .fraction, unit: 0.001) }
    }
    /// Bits that say how the motor is built in.
    public static var phase: Register {
        @_noLocks get { Register(18, width: 1) }
    }
    /// For which ``status`` bits the servo lets go.
    public static var unloadConditions: Register {
        @_noLocks get { Register(19, width: 1) }
    }
    /// Of the position loop. The order is P, D, I.
    public static var proportionalGain: Register {
        @_noLocks get { Register(21, width: 1) }
    }
    /// Of the position loop.
    public static var derivativeGain: Register {
        @_noLocks get { Register(22, width: 1) }
    }
    /// Of the position loop.
    public static var integralGain: Register {
        @_noLocks get { Register(23, width: 1) }
    }
    /// Above it the servo protects itself.
    public static var protectionCurrent: Register {
        @_noLocks get { Register(28, width: 2, quantity: .current, unit: 0.0065) }
    }
    /// Is taken from the encoder's position: present = actual − offset.
    public static var homingOffset: Register {
        @_noLocks get { Register(31, width: 2, coding: .signMagnitude(signBit: 11), quantity: .angle, unit: Self.step) }
    }
    /// 0 position, 1 speed, 2 PWM, 3 steps.
    public static var mode: Register {
        @_noLocks get { Register(33, width: 1) }
    }
    /// What is left after an overload.
    public static var protectiveTorque: Register {
        @_noLocks get { Register(34, width: 1, quantity: .fraction, unit: 0.01) }
    }
    /// How long an overload may last.
    public static var protectionTime: Register {
        @_noLocks get { Register(35, width: 1, quantity: .time, unit: 0.01) }
    }
    /// From here on it is an overload.
    public static var overloadTorque: Register {
        @_noLocks get { Register(36, width: 1, quantity: .fraction, unit: 0.01) }
    }
    /// 0 off, 1 on, 2 damping; 128 makes the present position 2048, for good.
    public static var torqueEnable: Register {
        @_noLocks get { Register(40, width: 1) }
    }
    /// 0: as fast as it goes.
    public static var acceleration: Register {
        @_noLocks get { Register(41, width: 1, quantity: .angularAcceleration, unit: 100 * Self.step) }
    }
    /// Where to go.
    public static var goalPosition: Register {
        @_noLocks get { Register(42, width: 2, coding: .signMagnitude(signBit: 15), quantity: .angle, unit: Self.step) }
    }
    /// In mode 2 the duty cycle instead.
    public static var goalTime: Register {
        @_noLocks get { Register(44, width: 2, coding: .signMagnitude(signBit: 10)) }
    }
    /// The largest speed on the way.
    public static var goalSpeed: Register {
        @_noLocks get {
            Register(46, width: 2, coding: .signMagnitude(signBit: 15), quantity: .angularVelocity, unit: Self.step)
        }
    }
    /// The largest duty cycle.
    public static var torqueLimit: Register {
        @_noLocks get { Register(48, width: 2, quantity: .fraction, unit: 0.001) }
    }
    /// 0: writes to registers below 40 are kept without power; 1: they are not.
    public static var lock: Register {
        @_noLocks get { Register(55, width: 1) }
    }
    /// Where it is.
    public static var presentPosition: Register {
        @_noLocks get { Register(56, width: 2, coding: .signMagnitude(signBit: 15), quantity: .angle, unit: Self.step) }
    }
    /// How fast it turns.
    public static var presentSpeed: Register {
        @_noLocks get {
            Register(58, width: 2, coding: .signMagnitude(signBit: 15), quantity: .angularVelocity, unit: Self.step)
        }
    }
    /// Duty cycle of the motor's voltage; no torque.
    public static var presentLoad: Register {
        @_noLocks get { Register(60, width: 2, coding: .signMagnitude(signBit: 10), quantity: .fraction, unit: 0.001) }
    }
    /// Of its supply.
    public static var presentVoltage: Register {
        @_noLocks get { Register(62, width: 1, quantity: .voltage, unit: 0.1) }
    }
    /// Inside.
    public static var presentTemperature: Register {
        @_noLocks get { Register(63, width: 1, quantity: .temperature) }
    }
    /// The bits of ``FeetechError``.
    public static var status: Register {
        @_noLocks get { Register(65, width: 1) }
    }
    /// 1 while it moves.
    public static var moving: Register {
        @_noLocks get { Register(66, width: 1) }
    }
    /// Of the motor.
    public static var presentCurrent: Register {
        @_noLocks get { Register(69, width: 2, coding: .signMagnitude(signBit: 15), quantity: .current, unit: 0.0065) }
    }

    /// One step, rad.
    static var step: Double {
        @_noLocks get { 2 * .pi / 4096 }
    }
    /// The block that is read in every cycle: position, speed, load, voltage, temperature, status, moving, current.
    static var presentBlock: (address: UInt16, count: Int) {
        @_noLocks get { (56, 15) }
    }
    /// The part of it that changes fast: position, speed, load.
    static var motionBlock: (address: UInt16, count: Int) {
        @_noLocks get { (56, 6) }
    }
}
