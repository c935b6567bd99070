public import Numerics

/// How long a policy's answers are made to take, to see what becomes of the robot: on the virtual clock in lockstep, by sleeping in
/// real time.
public struct PolicyLatency: Equatable, Sendable {
    /// What every answer takes, s.
    public var constant: Double
    /// What an answer may take longer, s; evenly distributed from 0 to this.
    public var jitter: Double
    /// How much longer still an answer takes when the policy stalls, s.
    public var stall: Double
    /// How often it stalls: a part of the answers.
    public var stallProbability: Double

    /// Answers as soon as the policy has them.
    public static let none = PolicyLatency()

    /// All of it.
    public init(constant: Double = 0, jitter: Double = 0, stall: Double = 0, stallProbability: Double = 0) {
        (self.constant, self.jitter, self.stall, self.stallProbability) = (constant, jitter, stall, stallProbability)
    }

    /// What one answer takes, ns; draws from `random`.
    public func nanoseconds(_ random: inout RandomStream) -> UInt64 {
        let (spread, chance) = (random.uniformDouble(), random.uniformDouble())
        let seconds = constant + jitter * spread + (chance < stallProbability ? stall : 0)
        return UInt64((seconds * 1e9).rounded())
    }
}
