internal import Glibc

/// How a flow is led to a chunk that goes on from the one under way: real-time chunking without training for it (Black, Galliker,
/// Levine, "Real-time execution of action chunking flow policies", 2025).
public struct FlowGuidance: Equatable, Sendable {
    /// How a fault of the chunk that the flow heads for becomes a change of its velocity.
    public enum Method: String, CaseIterable, Equatable, Sendable {
        /// Through the network: by the transposed Jacobian of that chunk, at the cost of a backward pass for each step.
        case exact
        /// As if the velocity did not depend on the noisy chunk: as fast as without guidance, but what is not guided follows
        /// less well.
        case jacobianFree = "jacobian-free"
    }

    /// How a fault becomes a change of velocity.
    public var method: Method
    /// The largest weight of that change. Early on and at the end, the weight that the derivation gives is beyond all
    /// bounds.
    public var largestWeight: Float

    /// Exact, and a weight of at most 5, as published.
    public init(method: Method = .exact, largestWeight: Float = 5) {
        self.method = method
        self.largestWeight = largestWeight
    }

    /// The weight at a time of the flow from 0, noise, to 1: `((1 − t)² + t²) / (t · (1 − t))`, at most ``largestWeight``.
    public func weight(at time: Float) -> Float {
        let rest = 1 - time
        let denominator = time * rest
        guard denominator > 0 else { return largestWeight }
        return min(largestWeight, (rest * rest + time * time) / denominator)
    }

    /// How much each action of a new chunk has to be that of the old one, 0 to 1.
    ///
    /// The first `delay` actions will have been carried out before the new chunk takes over: 1. From there on it falls to 0 at
    /// `end`, where the old chunk has no more actions: `c · (eᶜ − 1) / (e − 1)` with `c = (end − i) / (end − delay + 1)`.
    ///
    /// - Parameters:
    ///   - horizon: actions in a chunk.
    ///   - delay: control steps until the new chunk takes over.
    ///   - end: how many of the actions the old chunk has too.
    public static func mask(horizon: Int, delay: Int, end: Int) -> [Float] {
        (0..<horizon).map { index in
            if index >= end { return 0 }
            if index < delay { return 1 }
            let share = Double(end - index) / Double(end - delay + 1)
            return Float(share * expm1(share) / expm1(1))
        }
    }
}
