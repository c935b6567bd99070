internal import Numerics

/// What goes wrong on an emulated wire: at random from a seed, and at given times.
public struct WireFaults: Equatable, Sendable {
    /// The seed of what is at random.
    public var seed: UInt64 = 1
    /// The part of replies that never come.
    public var lost = 0.0
    /// The part of replies with a flipped bit.
    public var corrupted = 0.0
    /// The part of replies that break off.
    public var truncated = 0.0
    /// The part of replies that the adapter hands over 20 ms late.
    public var late = 0.0
    /// The part of replies that carry another address.
    public var wrongId = 0.0
    /// Whether the host hears what it sends.
    public var echoes = false
    /// What happens when.
    public var events: [ScheduledFault] = []
    /// What happens again and again.
    public var recurring: [RecurringFault] = []

    /// Nothing goes wrong.
    public init() {}
}

/// How much went through an emulated wire, and how often something went wrong on it.
public struct InjectedFaults: Codable, Equatable, Sendable {
    /// Replies that devices sent.
    public var replies = 0
    /// Replies that never came.
    public var lost = 0
    /// Replies with a flipped bit.
    public var corrupted = 0
    /// Replies that broke off.
    public var truncated = 0
    /// Replies that the adapter handed over late.
    public var late = 0
    /// Replies that carried another address.
    public var wrongId = 0
    /// What happened to devices and port.
    public var events = 0

    /// Nothing yet.
    public init() {}
}

/// Applies ``WireFaults`` to replies, one after the other.
struct WireNoise {
    let faults: WireFaults
    private(set) var counts = InjectedFaults()
    private var random: RandomStream

    init(_ faults: WireFaults) {
        self.faults = faults
        random = RandomStream.derived(from: faults.seed, 0x77697265)
    }

    /// Counts something that happened to a device or the port.
    mutating func noteEvent() { counts.events += 1 }

    /// What comes of a reply; nil if it is lost.
    mutating func spoil(_ reply: EmulatedReply) -> (reply: EmulatedReply, lateness: Double)? {
        var reply = reply
        // Always as many numbers for a reply, so that one fault's rate does not move the others.
        let draws = (0..<6).map { _ in random.uniformDouble() }
        counts.replies += 1
        if draws[0] < faults.lost {
            counts.lost += 1
            return nil
        }
        let lateness = draws[1] < faults.late ? 0.02 : 0
        if lateness > 0 { counts.late += 1 }
        if draws[2] < faults.wrongId, reply.bytes.count > 4 {
            let place = reply.bytes[2] == 0xFD ? 4 : 2
            reply.bytes[place] ^= 0x10
            counts.wrongId += 1
        }
        if draws[3] < faults.corrupted, !reply.bytes.isEmpty {
            let bit = Int(draws[5] * Double(reply.bytes.count * 8))
            reply.bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            counts.corrupted += 1
        }
        if draws[4] < faults.truncated {
            reply.bytes.removeLast(1 + Int(draws[5] * Double(reply.bytes.count - 1)))
            counts.truncated += 1
        }
        return (reply, lateness)
    }
}
