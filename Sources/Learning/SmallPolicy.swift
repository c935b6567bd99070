public import Numerics
public import Policies

/// The small policy as it is deployed: everything that turns an observation and a base action into the action for the robot.
///
/// Its state row is made of the observation's features, the base action scheduled for this step, and the step's place in its
/// chunk as a fraction of the chunk, standardised by statistics of the demonstrations; and of the features'
/// ``DetailEncoding``. An ensemble's network sees the features alone, a residual's also base action and phase. Detail is for the
/// learner's critics, which see the whole row: a policy cloned from few demonstrations with it does worse.
public final class SmallPolicy: Sendable {
    /// What it was made for.
    public let purpose: PolicyPurpose
    /// How its action and the base policy's become one.
    public let composition: Composition
    /// The network's shape.
    public let network: StationaryNetwork
    /// The network's parameters.
    public let parameters: Parameters
    /// Statistics of the state row.
    public let normaliser: InputNormaliser
    /// Actions in a chunk of the base policy.
    public let horizon: Int
    /// The learner's update that the parameters come from; 0 is the cloned policy.
    public let version: UInt64

    /// What is shown of the features in detail.
    public let detail: DetailEncoding

    private let encoder: FeatureEncoder

    /// Puts the parts together.
    ///
    /// - Throws: ``LearningError/configuration(_:)`` if their sizes do not fit.
    public init(
        purpose: PolicyPurpose, composition: Composition, network: StationaryNetwork, parameters: Parameters,
        normaliser: InputNormaliser, octaves: Int, horizon: Int, version: UInt64
    ) throws(LearningError) {
        encoder = FeatureEncoder(layout: purpose.layout)
        detail = DetailEncoding(layout: purpose.layout, octaves: octaves)
        let plain = encoder.size + purpose.actionSize + 1
        guard composition.actionSize == purpose.actionSize, network.actionSize == purpose.actionSize,
            normaliser.mean.count == plain, normaliser.scale.count == plain, network.inputs <= plain + detail.size,
            horizon > 0
        else {
            throw .configuration(
                "a small policy for \(purpose.actionSize) actions and states of \(plain) numbers cannot have a network of "
                    + "\(network.inputs) inputs and \(network.actionSize) actions, and \(normaliser.mean.count) statistics"
            )
        }
        (self.purpose, self.composition, self.network, self.parameters) = (purpose, composition, network, parameters)
        (self.normaliser, self.horizon, self.version) = (normaliser, horizon, version)
    }

    /// The same policy with other parameters.
    public func with(_ parameters: Parameters, version: UInt64) throws(LearningError) -> SmallPolicy {
        try SmallPolicy(
            purpose: purpose, composition: composition, network: network, parameters: parameters,
            normaliser: normaliser, octaves: detail.octaves, horizon: horizon, version: version)
    }

    /// Numbers of an observation's features, base action and phase, before detail is added.
    public var plainSize: Int { encoder.size + purpose.actionSize + 1 }
    /// Numbers in a state row.
    public var stateSize: Int { plainSize + detail.size }

    /// The inputs of the network: the observation's features for an ensemble, base action and phase as well for a residual.
    public static func inputs(of kind: Composition.Kind, layout: ObservationLayout, actionSize: Int) -> Int {
        let features = FeatureEncoder(layout: layout).size
        return switch kind {
        case .ensemble: features
        case .residual: features + actionSize + 1
        }
    }

    /// Writes the state row of an observation (in the layout's order).
    ///
    /// - Parameters:
    ///   - observation: as the task observes.
    ///   - base: the base action of this step; nil where it is not known yet, which leaves its places at the mean.
    ///   - phase: the step's place in its chunk.
    ///   - plain: scratch memory of ``plainSize`` numbers.
    ///   - row: ``stateSize`` numbers.
    /// - Throws: `PolicyError` if the observation does not fit or is not finite.
    public func writeState(
        observation: [Float], base: [Float]?, phase: Int, plain: inout [Float],
        into row: UnsafeMutableBufferPointer<Float>
    ) throws(PolicyError) {
        precondition(row.count == stateSize && plain.count == plainSize, "small policy: a row of another size")
        try Self.writePlain(
            encoder, observation: observation, base: base, phase: phase, horizon: horizon, into: &plain)
        plain.withUnsafeMutableBufferPointer { plain in
            normaliser.apply(plain)
            if base == nil { for index in encoder.size..<plain.count { plain[index] = 0 } }
            detail.expand(plain, into: row)
        }
    }

    /// An observation's features, the base action and the phase, before they are standardised.
    ///
    /// - Throws: `PolicyError` if the observation does not fit or is not finite.
    public static func writePlain(
        _ encoder: FeatureEncoder, observation: [Float], base: [Float]?, phase: Int, horizon: Int,
        into plain: inout [Float]
    ) throws(PolicyError) {
        try encoder.encode(observation, into: &plain)
        let actionSize = plain.count - encoder.size - 1
        for index in 0..<actionSize { plain[encoder.size + index] = base?[index] ?? 0 }
        plain[plain.count - 1] = Float(phase) / Float(horizon)
    }
}
