public import Robots

/// What a servo complains about: the error byte of its replies, and its status register.
///
/// The data of a reply with an error are as good as those of one without.
public struct FeetechError: OptionSet, BitwiseCopyable, Hashable, Sendable {
    /// The bits.
    public let rawValue: UInt8

    /// A set with these bits.
    @_noLocks
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The supply is out of its range.
    public static var voltage: FeetechError { FeetechError(rawValue: 0x01) }
    /// The position sensor.
    public static var sensor: FeetechError { FeetechError(rawValue: 0x02) }
    /// Too hot.
    public static var overheated: FeetechError { FeetechError(rawValue: 0x04) }
    /// Too much current.
    public static var current: FeetechError { FeetechError(rawValue: 0x08) }
    /// Too much load for too long.
    public static var overload: FeetechError { FeetechError(rawValue: 0x20) }

    /// The same, as all drivers say it.
    public var fault: DeviceFault {
        @_noLocks get {
            var bits: UInt16 = 0
            if rawValue & 0x01 != 0 { bits |= DeviceFault.voltage.rawValue }
            if rawValue & 0x02 != 0 { bits |= DeviceFault.sensor.rawValue }
            if rawValue & 0x04 != 0 { bits |= DeviceFault.overheated.rawValue }
            if rawValue & 0x28 != 0 { bits |= DeviceFault.overload.rawValue }
            return DeviceFault(rawValue: bits)
        }
    }
}
