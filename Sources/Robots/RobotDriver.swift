public import Realtime

/// Something that can be read and commanded as a robot: real hardware, an emulated bus, or a simulation.
///
/// ``connect()`` and ``disconnect()`` may wait and allocate; they are called outside the control loop.
/// ``read(into:now:)``, ``write(_:)`` and ``reset(to:)`` are the real-time path: they allocate nothing, lock nothing
/// and return within their share of the cycle.
public protocol RobotDriver: ~Copyable {
    /// Finds the devices and checks that they are the ones described, healthy and calibrated, before any torque.
    ///
    /// - Throws: ``DriverError`` naming the device, what is wrong with it, and what to do.
    mutating func connect() throws(DriverError)

    /// Takes the present measurements. What could not be read keeps its old value and time, with its fault set.
    mutating func read(into measurement: inout Measurement, now: MonotonicTime)

    /// Sends a command. For a simulation this also advances the world by one control period.
    mutating func write(_ command: borrowing RobotCommand)

    /// Puts the world into a given state, if this backend can; a real robot cannot and returns false.
    mutating func reset(to scene: borrowing SceneSnapshot) -> Bool

    /// Ends the connection; torque is off afterwards.
    mutating func disconnect()
}

/// Why a driver could not connect.
public struct DriverError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The device that failed, as the robot file names it.
    public var device: String
    /// What is wrong, and what would put it right.
    public var message: String
    /// Whether a right is what is missing.
    public var lacksPermission: Bool

    /// An error of a device.
    public init(device: String, message: String, lacksPermission: Bool = false) {
        self.device = device
        self.message = message
        self.lacksPermission = lacksPermission
    }

    /// The device, and what is wrong with it.
    public var description: String { "\(device): \(message)" }
}
