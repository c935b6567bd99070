internal import Glibc
public import Numerics

/// A ``StationaryNetwork`` with its parameters, asked for one action at a time. It allocates nothing when asked.
///
/// For one thread; the parameters change only through ``take(_:version:)``.
public final class StationaryPolicy {
    /// The shape.
    public let network: StationaryNetwork
    /// Identifies the parameters in use; recorded beside every action.
    public private(set) var version: UInt64
    /// The largest size of a number in a sampled action: close to ±1 the density of an action says nothing any more.
    public let sampleLimit: Float

    private let parameters: Parameters
    private let workspace: StationaryNetwork.Workspace
    private let input: Tensor

    /// Copies the parameters.
    public init(network: StationaryNetwork, parameters: Parameters, version: UInt64, sampleLimit: Float = 0.97) {
        self.network = network
        self.parameters = parameters.duplicate()
        self.version = version
        self.sampleLimit = sampleLimit
        workspace = StationaryNetwork.Workspace(network, rows: 1)
        input = Tensor(rows: 1, columns: network.inputs)
        network.prepare(parameters, workspace)
    }

    /// Takes over other parameters, without allocating.
    public func take(_ parameters: Parameters, version: UInt64) {
        self.parameters.copy(from: parameters)
        self.version = version
        network.prepare(parameters, workspace)
    }

    /// Computes mean and deviation for an input row, of which the first ``StationaryNetwork/inputs`` numbers are used.
    public func observe(_ row: UnsafeBufferPointer<Float>) {
        precondition(row.count >= network.inputs, "an input row is too short")
        for index in 0..<network.inputs { input.base[index] = row[index] }
        network.forward(parameters, input.view, workspace)
    }

    /// The most likely action's image, `tanh(mean)`; for evaluation.
    public func mode(into action: UnsafeMutableBufferPointer<Float>) {
        for index in 0..<network.actionSize { action[index] = tanh(workspace.mean.base[index]) }
    }

    /// A random action; for exploration. `scale` is a factor of the deviation.
    public func sample(
        into action: UnsafeMutableBufferPointer<Float>, scale: Float = 1, random: inout RandomStream
    ) {
        for index in 0..<network.actionSize {
            let value = tanh(
                workspace.mean.base[index] + scale * workspace.deviation.base[index] * random.gaussian())
            action[index] = min(max(value, -sampleLimit), sampleLimit)
        }
    }

    /// The natural logarithm of the density of an action in the observed state.
    public func logDensity(of action: UnsafeBufferPointer<Float>) -> Double {
        var sum = 0.0
        for index in 0..<network.actionSize {
            sum +=
                SquashedGaussian.logDensity(
                    action: Double(action[index]), mean: Double(workspace.mean.base[index]),
                    deviation: Double(workspace.deviation.base[index])
                ).value
        }
        return sum
    }

    /// `KL(this ‖ other)` in nats, summed over the action, in the states that each of them has observed last.
    public func divergence(from other: StationaryPolicy) -> Double {
        precondition(network.actionSize == other.network.actionSize, "policies with different actions")
        var sum = 0.0
        for index in 0..<network.actionSize {
            sum +=
                SquashedGaussian.divergence(
                    mean: Double(workspace.mean.base[index]), deviation: Double(workspace.deviation.base[index]),
                    from: Double(other.workspace.mean.base[index]),
                    otherDeviation: Double(other.workspace.deviation.base[index])
                ).value
        }
        return sum
    }

    /// Mean of a dimension's Gaussian in the observed state.
    public func mean(_ dimension: Int) -> Float { workspace.mean[0, dimension] }
    /// Standard deviation of a dimension's Gaussian in the observed state.
    public func deviation(_ dimension: Int) -> Float { workspace.deviation[0, dimension] }
}
