/// What a device sends in reply to a request.
public struct EmulatedReply: Equatable, Sendable {
    /// The sender's address.
    public var id: UInt8
    /// How long it waits before it begins, s.
    public var delay: Double
    /// The bytes.
    public var bytes: [UInt8]
}

/// The devices on one bus, as they behave at its plug: bytes in, bytes out, and what they make their motors do.
///
/// They know neither the line nor the physics.
public protocol EmulatedDevices: AnyObject {
    /// The devices' addresses, in the order of the motors.
    var ids: [UInt8] { get }
    /// Bits a second that the host talks and listens at.
    var hostBaudRate: Int { get set }
    /// Takes bytes from the wire, which may be any part of a request or of several.
    ///
    /// - Parameter time: Now, s.
    /// - Returns: What they reply, one after the other.
    func receive(_ bytes: [UInt8], at time: Double) -> [EmulatedReply]
    /// What each motor is asked to do.
    func drives(at time: Double) -> [MotorDrive]
    /// What each motor has done.
    func take(_ motions: [MotorMotion], at time: Double)
    /// Something happens to one of them.
    func suffer(_ event: EmulatedEvent, motor: Int, at time: Double)
}

/// What can happen to a device, beside what goes wrong on the wire.
public enum EmulatedEvent: Equatable, Sendable {
    /// It protects itself from too much load.
    case overload
    /// Its supply is at this many volts from now on; nil for as many as at first.
    case voltage(Double?)
    /// It is at this many degrees Celsius from now on, before its own work warms it; nil for as many as at first.
    case temperature(Double?)
    /// It restarts: what is not kept without power is lost.
    case reboot
    /// It says nothing any more, or speaks again.
    case silent(Bool)
    /// Something holds what it moves, or lets it go.
    case blocked(Bool)
}
