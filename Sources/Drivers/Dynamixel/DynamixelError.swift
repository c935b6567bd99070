public import Robots

/// What a servo's ``DynamixelRegister/hardwareError`` says.
public struct DynamixelHardwareError: OptionSet, BitwiseCopyable, Hashable, Sendable {
    /// The bits.
    public let rawValue: UInt8

    /// A set with these bits.
    @_noLocks
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The supply is out of its range.
    public static var voltage: DynamixelHardwareError { DynamixelHardwareError(rawValue: 0x01) }
    /// Too hot.
    public static var overheated: DynamixelHardwareError { DynamixelHardwareError(rawValue: 0x04) }
    /// The position sensor.
    public static var encoder: DynamixelHardwareError { DynamixelHardwareError(rawValue: 0x08) }
    /// An electric shock, or too little power for the motor.
    public static var shock: DynamixelHardwareError { DynamixelHardwareError(rawValue: 0x10) }
    /// Too much load for too long.
    public static var overload: DynamixelHardwareError { DynamixelHardwareError(rawValue: 0x20) }

    /// The same, as all drivers say it.
    public var fault: DeviceFault {
        @_noLocks get {
            var bits: UInt16 = 0
            if rawValue & 0x11 != 0 { bits |= DeviceFault.voltage.rawValue }
            if rawValue & 0x08 != 0 { bits |= DeviceFault.sensor.rawValue }
            if rawValue & 0x04 != 0 { bits |= DeviceFault.overheated.rawValue }
            if rawValue & 0x20 != 0 { bits |= DeviceFault.overload.rawValue }
            return DeviceFault(rawValue: bits)
        }
    }
}

/// Why a servo did not do what a request said: the low seven bits of a reply's error byte. Bit 7 (``alert``) says that
/// ``DynamixelRegister/hardwareError`` is set.
public enum DynamixelError: UInt8, BitwiseCopyable, Sendable {
    case resultFailed = 1
    case instruction = 2
    case check = 3
    case range = 4
    case length = 5
    case limit = 6
    /// A register that cannot be read or written now: EEPROM while the torque is on, or after ``DynamixelMode`` changes.
    case access = 7

    /// The bit that says that there is a hardware error.
    public static var alert: UInt8 { @_noLocks get { 0x80 } }
}

/// What ``DynamixelRegister/operatingMode`` holds.
public enum DynamixelMode: UInt8, BitwiseCopyable, Sendable {
    case current = 0
    case velocity = 1
    case position = 3
    /// Position over many turns.
    case extendedPosition = 4
    /// Position with a limit of the current.
    case currentBasedPosition = 5
    case pwm = 16
}
