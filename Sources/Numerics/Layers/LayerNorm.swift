/// Normalises every row to mean 0 and variance 1, then scales and shifts each column
/// (Ba, Kiros, Hinton, "Layer normalization", 2016; ε = 10⁻⁵).
public struct LayerNorm: Hashable, Sendable {
    /// Numbers in a row.
    public let size: Int
    let gain: Int
    let bias: Int

    /// Adds `NAME.weight` and `NAME.bias` to the layout.
    public init(_ name: String, size: Int, in layout: inout ParameterLayout) {
        self.size = size
        gain = layout.add(name + ".weight", [size])
        bias = layout.add(name + ".bias", [size])
    }

    /// Scale 1, shift 0.
    public func initialise(_ parameters: Parameters) {
        (parameters.base + gain).update(repeating: 1, count: size)
        (parameters.base + bias).update(repeating: 0, count: size)
    }

    /// Normalises the rows of `input`; `statistics` (batch × 2) keeps what the backward pass needs. `rectified` sets negative
    /// results to zero.
    public func forward(
        _ parameters: Parameters, _ input: TensorView, into output: TensorView, statistics: TensorView,
        rectified: Bool = false
    ) {
        precondition(
            input.columns == size && output.columns == size && output.rows == input.rows
                && statistics.rows == input.rows && statistics.columns == 2, "layer normalisation: shapes do not fit")
        for row in 0..<input.rows {
            let result = Kernels.layerNorm(
                input.base + row * input.stride, gain: parameters.base + gain, bias: parameters.base + bias,
                lowest: rectified ? 0 : -.infinity, output.base + row * output.stride, size)
            statistics.base[row * statistics.stride] = result.mean
            statistics.base[row * statistics.stride + 1] = result.reciprocal
        }
    }

    /// Adds to the parameters' gradients, where they are given, and sets the input's, or adds to it. `rectified` are the
    /// results of a forward pass that set negative ones to zero. The input's gradient may lie where the output's does.
    public func backward(
        _ parameters: Parameters, input: TensorView, statistics: TensorView, rectified: TensorView? = nil,
        outputGradient: TensorView, gradients: Parameters?, into inputGradient: TensorView, accumulate: Bool = false
    ) {
        precondition(
            input.columns == size && outputGradient.columns == size && inputGradient.columns == size
                && outputGradient.rows == input.rows && inputGradient.rows == input.rows
                && rectified.map { $0.columns == size && $0.rows == input.rows } ?? true,
            "layer normalisation: shapes do not fit")
        for row in 0..<input.rows {
            Kernels.layerNormBackward(
                input.base + row * input.stride,
                rectified: rectified.map { UnsafePointer($0.base + row * $0.stride) }, gain: parameters.base + gain,
                mean: statistics.base[row * statistics.stride],
                reciprocal: statistics.base[row * statistics.stride + 1],
                outputGradient: outputGradient.base + row * outputGradient.stride,
                gainGradient: gradients.map { $0.base + gain }, biasGradient: gradients.map { $0.base + bias },
                inputGradient: inputGradient.base + row * inputGradient.stride, adding: accumulate, size)
        }
    }
}
