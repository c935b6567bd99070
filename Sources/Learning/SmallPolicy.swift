public import Numerics
public import Policies

/// The small policy as it is deployed: everything that turns an observation and a base action into the action for the robot.
///
/// Its state row is the observation's features, the base action scheduled for this step, and the step's place in its chunk as a
/// fraction of the chunk, standardised by statistics of the demonstrations. An ensemble's network sees the features alone,
/// a residual's the whole row; the learner's critics always see the whole row.
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

    private let encoder: FeatureEncoder

    /// Puts the parts together.
    ///
    /// - Throws: ``LearningError/configuration(_:)`` if their sizes do not fit.
    public init(
        purpose: PolicyPurpose, composition: Composition, network: StationaryNetwork, parameters: Parameters,
        normaliser: InputNormaliser, horizon: Int, version: UInt64
    ) throws(LearningError) {
        encoder = FeatureEncoder(layout: purpose.layout)
        let size = encoder.size + purpose.actionSize + 1
        guard composition.actionSize == purpose.actionSize, network.actionSize == purpose.actionSize,
            normaliser.mean.count == size, normaliser.scale.count == size, network.inputs <= size, horizon > 0
        else {
            throw .configuration(
                "a small policy for \(purpose.actionSize) actions and states of \(size) numbers cannot have a network of "
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
            normaliser: normaliser, horizon: horizon, version: version)
    }

    /// Features of an observation.
    public var featureSize: Int { encoder.size }
    /// Numbers in a state row.
    public var stateSize: Int { encoder.size + purpose.actionSize + 1 }

    /// The inputs of the network: the features for an ensemble, the whole state for a residual.
    public static func inputs(of kind: Composition.Kind, layout: ObservationLayout, actionSize: Int) -> Int {
        let features = FeatureEncoder(layout: layout).size
        return switch kind {
        case .ensemble: features
        case .residual: features + actionSize + 1
        }
    }

    /// Writes the standardised state row of an observation (in the layout's order).
    ///
    /// - Parameters:
    ///   - observation: as the task observes.
    ///   - base: the base action of this step; nil where it is not known yet, which leaves its places at the mean.
    ///   - phase: the step's place in its chunk.
    ///   - features: scratch memory of ``featureSize`` numbers.
    ///   - row: ``stateSize`` numbers.
    /// - Throws: `PolicyError` if the observation does not fit or is not finite.
    public func writeState(
        observation: [Float], base: [Float]?, phase: Int, features: inout [Float],
        into row: UnsafeMutableBufferPointer<Float>
    ) throws(PolicyError) {
        precondition(row.count == stateSize, "small policy: a state row of another size")
        try Self.writeRawState(
            encoder, observation: observation, base: base, phase: phase, horizon: horizon, features: &features,
            into: row)
        normaliser.apply(row)
        if base == nil { for index in encoder.size..<row.count { row[index] = 0 } }
    }

    /// A state row before it is standardised.
    public static func writeRawState(
        _ encoder: FeatureEncoder, observation: [Float], base: [Float]?, phase: Int, horizon: Int,
        features: inout [Float], into row: UnsafeMutableBufferPointer<Float>
    ) throws(PolicyError) {
        try encoder.encode(observation, into: &features)
        for index in 0..<encoder.size { row[index] = features[index] }
        let actionSize = row.count - encoder.size - 1
        for index in 0..<actionSize { row[encoder.size + index] = base?[index] ?? 0 }
        row[row.count - 1] = Float(phase) / Float(horizon)
    }
}
