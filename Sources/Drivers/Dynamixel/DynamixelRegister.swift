/// The control table that Dynamixel's X series shares: 4096 steps a turn, the low byte first, two's complement.
///
/// (ROBOTIS e-manual, control tables of XL330, XL430, XC330, XM430, XM540.) Registers below 64 are kept without power and
/// can be written while the torque is off.
public enum DynamixelRegister {
    /// The model number.
    public static var model: Register {
        @_noLocks get { Register(0, width: 2) }
    }
    /// The firmware's version.
    public static var firmware: Register {
        @_noLocks get { Register(6, width: 1) }
    }
    /// The address on the bus.
    public static var id: Register {
        @_noLocks get { Register(7, width: 1) }
    }
    /// A code: 1 is 57,600, 3 is 1 Mbaud.
    public static var baudRate: Register {
        @_noLocks get { Register(8, width: 1) }
    }
    /// How long the servo waits before it replies.
    public static var returnDelay: Register {
        @_noLocks get { Register(9, width: 1, quantity: .time, unit: 2e-6) }
    }
    /// Bit 0 reverses, bit 2 makes profiles times, bit 3 lets goals switch the torque on.
    public static var driveMode: Register {
        @_noLocks get { Register(10, width: 1) }
    }
    /// The values of ``DynamixelMode``.
    public static var operatingMode: Register {
        @_noLocks get { Register(11, width: 1) }
    }
    /// Another address that it obeys, without replying: that of the motor it shares a joint with; 255 is none.
    public static var secondaryId: Register {
        @_noLocks get { Register(12, width: 1) }
    }
    /// 2.
    public static var protocolVersion: Register {
        @_noLocks get { Register(13, width: 1) }
    }
    /// Is added to the encoder's position: present = actual + offset.
    public static var homingOffset: Register {
        @_noLocks get { Register(20, width: 4, coding: .twosComplement, quantity: .angle, unit: Self.step) }
    }
    /// From here on the servo stops itself.
    public static var temperatureLimit: Register {
        @_noLocks get { Register(31, width: 1, quantity: .temperature) }
    }
    /// Above it the servo reports an error.
    public static var maximumVoltage: Register {
        @_noLocks get { Register(32, width: 2, quantity: .voltage, unit: 0.1) }
    }
    /// Below it the servo reports an error.
    public static var minimumVoltage: Register {
        @_noLocks get { Register(34, width: 2, quantity: .voltage, unit: 0.1) }
    }
    /// The largest duty cycle.
    public static var pwmLimit: Register {
        @_noLocks get { Register(36, width: 2, quantity: .fraction, unit: 1.0 / 885) }
    }
    /// The largest goal current, in the model's unit.
    public static var currentLimit: Register {
        @_noLocks get { Register(38, width: 2) }
    }
    /// The largest goal velocity.
    public static var velocityLimit: Register {
        @_noLocks get { Register(44, width: 4, quantity: .angularVelocity, unit: Self.revolutionPerMinute) }
    }
    /// Highest goal in mode position; comes before the lowest.
    public static var maximumPosition: Register {
        @_noLocks get { Register(48, width: 4, coding: .twosComplement, quantity: .angle, unit: Self.step) }
    }
    /// Lowest goal in mode position.
    public static var minimumPosition: Register {
        @_noLocks get { Register(52, width: 4, coding: .twosComplement, quantity: .angle, unit: Self.step) }
    }
    /// For which ``hardwareError`` bits the servo stops itself.
    public static var shutdown: Register {
        @_noLocks get { Register(63, width: 1) }
    }
    /// 0 off, 1 on. The first register that is lost without power.
    public static var torqueEnable: Register {
        @_noLocks get { Register(64, width: 1) }
    }
    /// 0: replies to ping only; 1: to read too; 2: to all.
    public static var statusReturnLevel: Register {
        @_noLocks get { Register(68, width: 1) }
    }
    /// The bits of ``DynamixelHardwareError``; cleared by a reboot.
    public static var hardwareError: Register {
        @_noLocks get { Register(70, width: 1) }
    }
    /// The order is D, I, P.
    public static var positionDerivativeGain: Register {
        @_noLocks get { Register(80, width: 2) }
    }
    /// See ``positionDerivativeGain``.
    public static var positionIntegralGain: Register {
        @_noLocks get { Register(82, width: 2) }
    }
    /// See ``positionDerivativeGain``.
    public static var positionProportionalGain: Register {
        @_noLocks get { Register(84, width: 2) }
    }
    /// Stops the servo when the bus is silent this long; 0 is off, −1 is tripped.
    public static var busWatchdog: Register {
        @_noLocks get { Register(98, width: 1, coding: .twosComplement, quantity: .time, unit: 0.02) }
    }
    /// Duty cycle to apply, or its largest in mode current-based position.
    public static var goalPWM: Register {
        @_noLocks get { Register(100, width: 2, coding: .twosComplement, quantity: .fraction, unit: 1.0 / 885) }
    }
    /// In the model's unit.
    public static var goalCurrent: Register {
        @_noLocks get { Register(102, width: 2, coding: .twosComplement) }
    }
    /// How fast to turn.
    public static var goalVelocity: Register {
        @_noLocks get {
            Register(104, width: 4, coding: .twosComplement, quantity: .angularVelocity, unit: Self.revolutionPerMinute)
        }
    }
    /// 0: none.
    public static var profileAcceleration: Register {
        @_noLocks get { Register(108, width: 4) }
    }
    /// 0: none.
    public static var profileVelocity: Register {
        @_noLocks get { Register(112, width: 4) }
    }
    /// Where to go.
    public static var goalPosition: Register {
        @_noLocks get { Register(116, width: 4, coding: .twosComplement, quantity: .angle, unit: Self.step) }
    }
    /// Wraps at 32,768; falls back to 0 at a reboot.
    public static var realtimeTick: Register {
        @_noLocks get { Register(120, width: 2, quantity: .time, unit: 0.001) }
    }
    /// 1 while it moves.
    public static var moving: Register {
        @_noLocks get { Register(122, width: 1) }
    }
    /// Duty cycle.
    public static var presentPWM: Register {
        @_noLocks get { Register(124, width: 2, coding: .twosComplement, quantity: .fraction, unit: 1.0 / 885) }
    }
    /// In the model's unit; load in parts of 1000 for those without a current sensor.
    public static var presentCurrent: Register {
        @_noLocks get { Register(126, width: 2, coding: .twosComplement) }
    }
    /// How fast it turns.
    public static var presentVelocity: Register {
        @_noLocks get {
            Register(128, width: 4, coding: .twosComplement, quantity: .angularVelocity, unit: Self.revolutionPerMinute)
        }
    }
    /// Where it is.
    public static var presentPosition: Register {
        @_noLocks get { Register(132, width: 4, coding: .twosComplement, quantity: .angle, unit: Self.step) }
    }
    /// Of its supply.
    public static var presentVoltage: Register {
        @_noLocks get { Register(144, width: 2, quantity: .voltage, unit: 0.1) }
    }
    /// Inside.
    public static var presentTemperature: Register {
        @_noLocks get { Register(146, width: 1, quantity: .temperature) }
    }

    /// One step, rad.
    static var step: Double {
        @_noLocks get { 2 * .pi / 4096 }
    }
    /// One count of velocity, rad/s.
    static var revolutionPerMinute: Double {
        @_noLocks get { 0.229 * 2 * .pi / 60 }
    }
    /// The block that is read in every cycle: current or load, velocity, position.
    static var motionBlock: (address: UInt16, count: Int) {
        @_noLocks get { (126, 10) }
    }
    /// From the motion block to the temperature, for a look now and then.
    static var presentBlock: (address: UInt16, count: Int) {
        @_noLocks get { (126, 21) }
    }
    /// From ``torqueEnable`` to ``hardwareError``.
    static var torqueBlock: (address: UInt16, count: Int) {
        @_noLocks get { (64, 7) }
    }
}
