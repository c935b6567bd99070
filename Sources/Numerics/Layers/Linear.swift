/// `output = input · weightᵀ + bias`, with a weight of outputs × inputs.
///
/// Like all layers it is only a description: parameters, gradients and work space are handed in, so that one description
/// serves the trained network, its moving average and every worker.
public struct Linear: Hashable, Sendable {
    /// Numbers in an input row.
    public let inputs: Int
    /// Numbers in an output row.
    public let outputs: Int
    let weight: Int
    let bias: Int?

    /// Adds `NAME.weight` and, if asked for, `NAME.bias` to the layout.
    public init(_ name: String, inputs: Int, outputs: Int, bias: Bool = true, in layout: inout ParameterLayout) {
        self.inputs = inputs
        self.outputs = outputs
        weight = layout.add(name + ".weight", [outputs, inputs])
        self.bias = bias ? layout.add(name + ".bias", [outputs]) : nil
    }

    /// Gaussian weights of standard deviation `gain / √inputs`, and no bias.
    public func initialise(_ parameters: Parameters, gain: Float, random: inout RandomStream) {
        let values = UnsafeMutableBufferPointer(start: parameters.base + weight, count: outputs * inputs)
        random.fillGaussian(values)
        Kernels.scale(parameters.base + weight, by: gain / Float(inputs).squareRoot(), values.count)
        if let bias { (parameters.base + bias).update(repeating: 0, count: outputs) }
    }

    /// Batch × inputs to batch × outputs; `accumulate` adds to the output instead of replacing it.
    public func forward(
        _ parameters: Parameters, _ input: TensorView, into output: TensorView, accumulate: Bool = false
    ) {
        MatrixProduct.timesTransposed(
            input, weights(parameters), into: output, accumulate: accumulate, bias: bias.map { parameters.base + $0 })
    }

    /// Adds to the parameters' gradients, where they are given, and, where asked for, gives the input's: `replace` sets it,
    /// `add` adds to it.
    public func backward(
        _ parameters: Parameters, input: TensorView, outputGradient: TensorView, gradients: Parameters?,
        inputGradient: InputGradient
    ) {
        if let gradients {
            MatrixProduct.transposedTimes(outputGradient, input, into: weights(gradients), accumulate: true)
            if let bias { Kernels.addColumnSums(of: outputGradient, to: gradients.base + bias) }
        }
        switch inputGradient {
        case .none: break
        case .replace(let result): MatrixProduct.times(outputGradient, weights(parameters), into: result)
        case .add(let result):
            MatrixProduct.times(outputGradient, weights(parameters), into: result, accumulate: true)
        }
    }

    /// The gradient of some columns of the input, without that of the parameters.
    public func inputGradient(
        _ parameters: Parameters, outputGradient: TensorView, columns: Range<Int>, into result: TensorView
    ) {
        MatrixProduct.times(outputGradient, weights(parameters).columns(columns), into: result)
    }

    private func weights(_ parameters: Parameters) -> TensorView {
        TensorView(parameters.storage, offset: weight, rows: outputs, columns: inputs, stride: inputs)
    }
}

/// What a backward pass does with the gradient of its input.
public enum InputGradient: Sendable {
    /// Not needed, so not computed.
    case none
    /// Overwrites.
    case replace(TensorView)
    /// Adds.
    case add(TensorView)
}
