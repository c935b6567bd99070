public import Numerics

extension StationaryNetwork {
    /// What the gradient of the deviations moves.
    public enum DeviationGradient: Sendable {
        /// Every parameter that the deviations depend on.
        case everything
        /// The factors alone: features are taken as given. The "faithful" fit of Stirn et al. (2023), in which the likelihood
        /// does not disturb the mean.
        case factors
    }

    /// Memory for the backward pass of up to `rows` rows.
    public final class GradientWorkspace: Sendable {
        /// Gradient of the means, batch × action; filled by the caller.
        public let mean: Tensor
        /// Gradient of the deviations, batch × action; filled by the caller.
        public let deviation: Tensor
        let projected: Tensor
        let factors: Tensor
        let features: Tensor
        let wave: Tensor
        let layers: [Tensor]

        /// Made once for each trainer of a network.
        public init(_ network: StationaryNetwork, rows: Int) {
            let shape = network.configuration
            mean = Tensor(rows: rows, columns: network.actionSize)
            deviation = Tensor(rows: rows, columns: network.actionSize)
            projected = Tensor(rows: rows, columns: network.actionSize * shape.features)
            factors = Tensor(rows: network.actionSize * shape.features, columns: shape.features)
            features = Tensor(rows: rows, columns: shape.features)
            wave = Tensor(rows: rows, columns: shape.features / 2)
            layers = network.layers.map { Tensor(rows: rows, columns: $0.outputs) }
        }
    }

    /// Adds to `gradients` what the gradients of means and deviations in `scratch` imply, after a forward pass of the same
    /// input.
    public func backward(
        _ parameters: Parameters, _ input: TensorView, gradients: Parameters, through path: DeviationGradient,
        _ workspace: Workspace, _ scratch: GradientWorkspace
    ) {
        let rows = input.rows
        let features = workspace.features.firstRows(rows)
        let featureGradient = scratch.features.firstRows(rows)
        location.backward(
            parameters, input: features, outputGradient: scratch.mean.firstRows(rows), gradients: gradients,
            inputGradient: .replace(featureGradient))
        projectBack(rows, workspace, scratch)
        let projected = scratch.projected.firstRows(rows)
        MatrixProduct.transposedTimes(projected, features, into: scratch.factors.view)
        addFactorGradient(gradients, workspace, scratch)
        if case .everything = path {
            MatrixProduct.times(projected, workspace.factors.view, into: featureGradient, accumulate: true)
        }
        waveGradient(rows, workspace, scratch)
        let last = layers.count - 1
        wave.backward(
            parameters, input: workspace.scaled.firstRows(rows), outputGradient: scratch.wave.firstRows(rows),
            gradients: gradients, inputGradient: .replace(scratch.layers[last].firstRows(rows)))
        scaleBack(rows, gradients, workspace, scratch)
        for index in stride(from: last, through: 0, by: -1) {
            let gradient = scratch.layers[index].firstRows(rows)
            Activation.elu.backward(input: workspace.inner[index].firstRows(rows), gradient: gradient)
            layers[index].backward(
                parameters, input: index == 0 ? input : workspace.activated[index - 1].firstRows(rows),
                outputGradient: gradient, gradients: gradients,
                inputGradient: index == 0 ? .none : .replace(scratch.layers[index - 1].firstRows(rows)))
        }
    }

    /// From the gradient of `√0.75 · tanh(√(floor + ‖y‖²))` to that of `y`.
    @inline(never)
    private func projectBack(_ rows: Int, _ workspace: Workspace, _ scratch: GradientWorkspace) {
        let size = configuration.features
        for index in 0..<rows * actionSize {
            let share = workspace.deviation.base[index] / Self.largestDeviation
            let slope =
                scratch.deviation.base[index] * Self.largestDeviation * (1 - share * share) / workspace.root.base[index]
            let (from, to) = (workspace.projected.base + index * size, scratch.projected.base + index * size)
            for column in 0..<size { to[column] = from[column] * slope }
        }
    }

    @inline(never)
    private func addFactorGradient(_ gradients: Parameters, _ workspace: Workspace, _ scratch: GradientWorkspace) {
        let size = configuration.features
        let to = gradients.base + factors
        for row in 0..<actionSize * size {
            let diagonal = row % size
            let start = row * size
            for column in diagonal + 1..<size {
                to[start + column] += scratch.factors.base[start + column]
            }
            to[start + diagonal] += scratch.factors.base[start + diagonal] * workspace.factors.base[start + diagonal]
        }
    }

    @inline(never)
    private func waveGradient(_ rows: Int, _ workspace: Workspace, _ scratch: GradientWorkspace) {
        let half = configuration.features / 2
        let factor = featureScale
        for row in 0..<rows {
            let input = workspace.wave.base + row * half
            let (from, to) = (scratch.features.base + row * 2 * half, scratch.wave.base + row * half)
            for index in 0..<half {
                let first = from[index] * Self.triangleSlope(input[index] + Self.quarterTurn)
                let second = from[half + index] * Self.triangleSlope(input[index] - Self.quarterTurn)
                to[index] = (first + second) * factor
            }
        }
    }

    @inline(never)
    private func scaleBack(
        _ rows: Int, _ gradients: Parameters, _ workspace: Workspace, _ scratch: GradientWorkspace
    ) {
        let width = configuration.bottleneck
        let gradient = scratch.layers[layers.count - 1].base
        for row in 0..<rows {
            for index in 0..<width {
                let place = row * width + index
                gradients.base[scales + index] += gradient[place] * workspace.scaled.base[place]
                gradient[place] *= workspace.inverseScales.base[index]
            }
        }
    }
}
