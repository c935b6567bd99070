internal import Glibc
public import Numerics

/// The loss that a policy is cloned with: squared error for the mean, likelihood for the deviation.
///
///     mean over batch and action of (tanh(mean) − a)²   +   mean over batch of −ln π(a | s)
///
/// The likelihood moves the factors of the deviation alone (``StationaryNetwork/DeviationGradient/factors``), so states of
/// high variance don't lose their say in the mean (Stirn et al., "Faithful heteroscedastic regression", 2023; used in
/// this way by Watson, Huang, Heess, 2023).
public enum FaithfulLoss {
    /// The two parts.
    public struct Value: Equatable, Sendable {
        /// Mean squared error of the mode.
        public var squaredError: Double
        /// Mean negative log likelihood, summed over the action, in nats.
        public var negativeLogLikelihood: Double
    }

    /// The loss of labels (batch × action) after a forward pass; sets both gradients in `scratch` if there is one.
    @inline(never)
    public static func evaluate(
        labels: TensorView, _ workspace: StationaryNetwork.Workspace, _ scratch: StationaryNetwork.GradientWorkspace?
    ) -> Value {
        let (rows, size) = (labels.rows, labels.columns)
        var value = Value(squaredError: 0, negativeLogLikelihood: 0)
        let share = 1 / Float(rows)
        for row in 0..<rows {
            for column in 0..<size {
                let index = row * size + column
                let label = labels.base[row * labels.stride + column]
                let mean = workspace.mean.base[index]
                let mode = tanh(mean)
                let density = SquashedGaussian.logDensity(
                    action: Double(label), mean: Double(mean), deviation: Double(workspace.deviation.base[index]))
                value.squaredError += Double((mode - label) * (mode - label))
                value.negativeLogLikelihood -= density.value
                if let scratch {
                    scratch.mean.base[index] = 2 * share / Float(size) * (mode - label) * (1 - mode * mode)
                    scratch.deviation.base[index] = -share * Float(density.byDeviation)
                }
            }
        }
        value.squaredError /= Double(rows * size)
        value.negativeLogLikelihood /= Double(rows)
        return value
    }
}
