/// How long is waited on a bus.
public struct BusTiming: BitwiseCopyable, Equatable, Sendable {
    /// How long a servo takes to turn round from listening to sending, ns; its return delay is on top.
    public var turnRound: UInt64
    /// What the servos' return delay register is believed to hold, ns; the factory's 500 µs until it has been set.
    public var returnDelay: UInt64
    /// What is waited beyond what wire, servo and adapter take, ns.
    public var reserve: UInt64
    /// How long a line is silent when nothing that was asked before can come any more, ns.
    public var quiet: UInt64
    /// The longest that one transaction may take, ns, whatever the above comes to.
    public var longest: UInt64

    /// See the properties.
    public init(
        turnRound: UInt64 = 100_000, returnDelay: UInt64 = 510_000, reserve: UInt64 = 1_000_000,
        quiet: UInt64 = 30_000_000,
        longest: UInt64 = 50_000_000
    ) {
        self.turnRound = turnRound
        self.returnDelay = returnDelay
        self.reserve = reserve
        self.quiet = quiet
        self.longest = longest
    }
}
