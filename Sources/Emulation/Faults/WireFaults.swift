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

    /// Nothing goes wrong.
    public init() {}
}

/// Something that happens at a given time.
public struct ScheduledFault: Equatable, Sendable {
    /// What happens.
    public enum Kind: Equatable, Sendable {
        /// To a device.
        case device(EmulatedEvent, motor: Int)
        /// The port disappears, and comes back after this many seconds.
        case unplugged(seconds: Double)
    }

    /// When, s from the beginning.
    public var time: Double
    /// What happens.
    public var kind: Kind

    /// See the properties.
    public init(time: Double, kind: Kind) {
        self.time = time
        self.kind = kind
    }
}

/// Applies ``WireFaults`` to replies, one after the other.
struct WireNoise {
    let faults: WireFaults
    private var random: RandomStream

    init(_ faults: WireFaults) {
        self.faults = faults
        random = RandomStream.derived(from: faults.seed, 0x77697265)
    }

    /// What comes of a reply; nil if it is lost.
    mutating func spoil(_ reply: EmulatedReply) -> (reply: EmulatedReply, lateness: Double)? {
        var reply = reply
        // Always as many numbers for a reply, so that one fault's rate does not move the others.
        let draws = (0..<6).map { _ in random.uniformDouble() }
        if draws[0] < faults.lost { return nil }
        let lateness = draws[1] < faults.late ? 0.02 : 0
        if draws[2] < faults.wrongId, reply.bytes.count > 4 {
            let place = reply.bytes[2] == 0xFD ? 4 : 2
            reply.bytes[place] ^= 0x10
        }
        if draws[3] < faults.corrupted, !reply.bytes.isEmpty {
            let bit = Int(draws[5] * Double(reply.bytes.count * 8))
            reply.bytes[bit / 8] ^= 1 << UInt8(bit % 8)
        }
        if draws[4] < faults.truncated { reply.bytes.removeLast(1 + Int(draws[5] * Double(reply.bytes.count - 1))) }
        return (reply, lateness)
    }
}
