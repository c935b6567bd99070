internal import Numerics

/// How long to wait before the next attempt: twice as long each time, up to a limit, and each time somewhere between half of
/// that and all of it, so that several clients of a server that comes back do not come at once.
public struct Backoff: Sendable {
    /// The first wait, ns.
    public static var first: UInt64 { 100_000_000 }
    /// The longest wait, ns.
    public static var longest: UInt64 { 3_000_000_000 }

    private var random: RandomStream
    private var next = Backoff.first

    /// Waits whose jitter follows from a seed.
    public init(seed: UInt64) {
        random = RandomStream.derived(from: seed, 0x6261_636B)
    }

    /// The next wait, ns.
    public mutating func wait() -> UInt64 {
        defer { next = min(2 * next, Self.longest) }
        return next / 2 + UInt64(random.uniformDouble() * Double(next / 2))
    }

    /// Begins anew, after a success.
    public mutating func reset() {
        next = Self.first
    }
}
