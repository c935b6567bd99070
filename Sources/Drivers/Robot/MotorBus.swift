public import Robots

/// Several motors of one family on a bus, as an arm uses them.
///
/// ``connect(_:calibration:device:period:)`` and ``disconnect()`` wait for acknowledgements. The others are the real-time
/// path: one or two transactions each, every one within its deadline.
public protocol MotorBus: ~Copyable {
    /// What has happened on the bus.
    var counts: BusCounts { get }
    /// What has come of the requests to each motor, by its index.
    var motorCounts: InlineArray<16, MotorCounts> { get }
    /// Whether the port has disappeared.
    var isGone: Bool { get }
    /// Whether goals may be many turns away from zero.
    var isMultiTurn: Bool { get }
    /// Checks that these motors are there, are what they should be, and are well; sets what they need. Torque is off
    /// afterwards.
    ///
    /// - Parameters:
    ///   - motors: In the order of their indices.
    ///   - calibration: Of the arm that should be there.
    ///   - device: The bus's name in messages.
    ///   - period: How often ``read(_:)`` will be called, s.
    mutating func connect(
        _ motors: [MotorDescription], calibration: Calibration, device: String, period: Double
    ) throws(DriverError)
    /// Reads all motors. Those that did not reply keep what they had, but for their fault.
    mutating func read(_ samples: inout InlineArray<16, MotorSample>)
    /// Sends goals, counts.
    mutating func write(goals: borrowing InlineArray<16, Int>, motors: UInt32)
    /// Makes `goals` the goals and then switches the torque on.
    mutating func enableTorque(goals: borrowing InlineArray<16, Int>, motors: UInt32)
    /// Switches the torque off. Nobody acknowledges it: to be called again now and then.
    mutating func disableTorque()
    /// Switches the torque off, with acknowledgements.
    ///
    /// - Returns: A bit for each motor that did not acknowledge it.
    mutating func disconnect() -> UInt32
}
