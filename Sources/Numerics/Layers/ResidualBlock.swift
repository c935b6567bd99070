/// A residual block of two linear layers that sees a condition besides its input:
///
///     output = input + second(activation(first(norm(input)) + condition(c)))
///
/// The pre-normalised residual layout of transformers' feed-forward blocks, with the condition added before the activation.
public struct ResidualBlock: Hashable, Sendable {
    /// Numbers in a row of the input and the output.
    public let size: Int
    let norm: LayerNorm
    let first: Linear
    let condition: Linear
    let second: Linear
    let activation: Activation

    /// Memory for one forward and backward pass of up to `rows` rows.
    public final class Workspace: Sendable {
        let statistics: Tensor
        let normalised: Tensor
        let inner: Tensor
        let activated: Tensor

        /// Made once for each block and worker.
        public init(_ block: ResidualBlock, rows: Int) {
            statistics = Tensor(rows: rows, columns: 2)
            normalised = Tensor(rows: rows, columns: block.size)
            inner = Tensor(rows: rows, columns: block.first.outputs)
            activated = Tensor(rows: rows, columns: block.first.outputs)
        }
    }

    /// Adds the parameters of `NAME.norm`, `NAME.first`, `NAME.condition` and `NAME.second` to the layout.
    public init(
        _ name: String, size: Int, inner: Int, condition: Int, activation: Activation, in layout: inout ParameterLayout
    ) {
        self.size = size
        self.activation = activation
        norm = LayerNorm(name + ".norm", size: size, in: &layout)
        first = Linear(name + ".first", inputs: size, outputs: inner, in: &layout)
        self.condition = Linear(name + ".condition", inputs: condition, outputs: inner, bias: false, in: &layout)
        second = Linear(name + ".second", inputs: inner, outputs: size, in: &layout)
    }

    /// Starts as a small change of its input: `outputGain` scales the second layer.
    public func initialise(_ parameters: Parameters, outputGain: Float, random: inout RandomStream) {
        norm.initialise(parameters)
        first.initialise(parameters, gain: 1, random: &random)
        condition.initialise(parameters, gain: 1, random: &random)
        second.initialise(parameters, gain: outputGain, random: &random)
    }

    /// Batch × size to batch × size; `output` must not be `input`.
    public func forward(
        _ parameters: Parameters, _ input: TensorView, condition conditions: TensorView, into output: TensorView,
        _ workspace: Workspace
    ) {
        let rows = input.rows
        let (normalised, inner) = (workspace.normalised.firstRows(rows), workspace.inner.firstRows(rows))
        let activated = workspace.activated.firstRows(rows)
        norm.forward(parameters, input, into: normalised, statistics: workspace.statistics.firstRows(rows))
        first.forward(parameters, normalised, into: inner)
        condition.forward(parameters, conditions, into: inner, accumulate: true)
        activation.forward(inner, into: activated)
        for row in 0..<rows {
            (output.base + row * output.stride).update(from: input.base + row * input.stride, count: size)
        }
        second.forward(parameters, activated, into: output, accumulate: true)
    }

    /// On entry `gradient` is the output's, on return the input's; the condition's is added to `conditionGradient`, and the
    /// parameters' to `gradients`, where they are given.
    ///
    /// `scratch` (batch × inner) and `normalisedScratch` (batch × size) are overwritten.
    public func backward(
        _ parameters: Parameters, input: TensorView, condition conditions: TensorView, gradient: TensorView,
        conditionGradient: TensorView?, gradients: Parameters?, scratch: TensorView, normalisedScratch: TensorView,
        _ workspace: Workspace
    ) {
        let rows = input.rows
        second.backward(
            parameters, input: workspace.activated.firstRows(rows), outputGradient: gradient, gradients: gradients,
            inputGradient: .replace(scratch))
        activation.backward(input: workspace.inner.firstRows(rows), gradient: scratch)
        condition.backward(
            parameters, input: conditions, outputGradient: scratch, gradients: gradients,
            inputGradient: conditionGradient.map { .add($0) } ?? .none)
        first.backward(
            parameters, input: workspace.normalised.firstRows(rows), outputGradient: scratch, gradients: gradients,
            inputGradient: .replace(normalisedScratch))
        norm.backward(
            parameters, input: input, statistics: workspace.statistics.firstRows(rows),
            outputGradient: normalisedScratch, gradients: gradients, into: gradient, accumulate: true)
    }
}
