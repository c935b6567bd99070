public import Robots

/// A bus of servos as it is worked on before an arm is used: looked through, set up, and read while somebody moves it.
///
/// Everything here waits for replies and asks again; none of it is for the real-time path.
public protocol ServoBench: AnyObject {
    /// What is spoken on it.
    var bus: BusKind { get }
    /// Bits a second that it listens and talks at.
    var baudRate: Int { get }
    /// The rates that servos of this family can be set to, bits a second: that of the factory first.
    var baudRates: [Int] { get }
    /// Whether a joint's range must not lie across the place where counts go round.
    var goesRound: Bool { get }
    /// Whether the port has disappeared.
    var isGone: Bool { get }
    /// Talks at another rate from now on.
    func talk(at baudRate: Int) throws(TransportError)
    /// Looks who is there at this rate.
    func look() -> BusCensus
    /// Whether a motor is there.
    func ping(_ id: Int) throws(BusFault)
    /// Everything that a motor says about itself.
    func report(of id: Int) throws(BusFault) -> MotorReport
    /// Where motors are, counts as read, all at one moment; nil for each that did not reply.
    func positions(of ids: [Int]) -> [Int?]
    /// Whether a motor's torque is on.
    func isTorqueOn(_ id: Int) throws(BusFault) -> Bool
    /// Takes a motor's torque off.
    func release(_ id: Int) throws(BusFault)
    /// Gives a motor its address and its rate, and sets it to reply at once and to everything; torque is off afterwards.
    ///
    /// The bus talks at the new rate afterwards.
    func assign(_ id: Int, to new: Int, baudRate: Int) throws
    /// Sets a motor's homing offset so that it reads these counts where it is now, and opens the limits of its goals.
    ///
    /// - Returns: The offset.
    func makeRead(_ counts: Int, motor id: Int) throws(BusFault) -> Int
}

/// Who is on a bus.
public struct BusCensus: Equatable, Sendable {
    /// The addresses that a motor replied from, in order.
    public var ids: [Int]
    /// An address from which something came that could not be understood, two motors that talk at once: nobody is looked for
    /// behind it.
    public var garbled: [Int]

    /// See the properties.
    public init(ids: [Int] = [], garbled: [Int] = []) { (self.ids, self.garbled) = (ids, garbled) }

    /// Whether nothing at all was heard.
    public var isSilent: Bool { ids.isEmpty && garbled.isEmpty }
}

/// Why setting up a motor went wrong.
public struct SetupError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What is wrong, and what to do.
    public var description: String
}

extension BusKind {
    /// Opens a port as a bench for its servos.
    ///
    /// - Returns: Nil for a bus that has no servos.
    /// - Throws: ``TransportError``.
    public func openBench(_ path: String, baudRate: Int) throws(TransportError) -> (any ServoBench)? {
        switch self {
        case .feetech:
            try LineBench<FeetechCodec, Port>(self, baudRate: baudRate) { rate throws(TransportError) in
                try Port.open(path, baudRate: rate)
            }
        case .dynamixel:
            try LineBench<DynamixelCodec, Port>(self, baudRate: baudRate) { rate throws(TransportError) in
                try Port.open(path, baudRate: rate)
            }
        case .robotiq: nil
        }
    }
}
