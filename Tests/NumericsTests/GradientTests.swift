import Testing

@testable import Numerics

/// Compares a gradient with central differences of `loss` at the numbers of `range`; returns the largest difference
/// relative to the gradient's own size.
func gradientFault(
    of values: Tensor, gradient: Tensor, range: Range<Int>? = nil, step: Float = 1e-2, every stride: Int = 1,
    loss: () -> Double
) -> Double {
    let range = range ?? 0..<values.count
    var (fault, size) = (0.0, 1e-3)
    for index in Swift.stride(from: range.lowerBound, to: range.upperBound, by: stride) {
        let value = values.base[index]
        values.base[index] = value + step
        let above = loss()
        values.base[index] = value - step
        let below = loss()
        values.base[index] = value
        fault = max(fault, abs((above - below) / Double(2 * step) - Double(gradient.base[index])))
        size = max(size, abs(Double(gradient.base[index])))
    }
    return fault / size
}

extension Tensor {
    /// `Σ self · other`, a loss whose gradient by `self` is `other`.
    func dot(_ other: Tensor) -> Double { zip(values, other.values).reduce(0) { $0 + Double($1.0) * Double($1.1) } }
}

struct GradientTests {
    @Test(arguments: [1, 2, 3] as [UInt64], [(1, 4, 3), (5, 13, 9)])
    func linear(seed: UInt64, shape: (rows: Int, inputs: Int, outputs: Int)) {
        var random = RandomStream(seed: seed)
        var layout = ParameterLayout()
        let layer = Linear("layer", inputs: shape.inputs, outputs: shape.outputs, in: &layout)
        let (parameters, gradients) = (Parameters(layout: layout), Parameters(layout: layout))
        layer.initialise(parameters, gain: 1, random: &random)
        let input = gaussian(shape.rows, shape.inputs, &random)
        let weights = gaussian(shape.rows, shape.outputs, &random)
        let inputGradient = Tensor(rows: shape.rows, columns: shape.inputs)
        func loss() -> Double {
            let output = Tensor(rows: shape.rows, columns: shape.outputs)
            layer.forward(parameters, input.view, into: output.view)
            return output.dot(weights)
        }
        layer.backward(
            parameters, input: input.view, outputGradient: weights.view, gradients: gradients,
            inputGradient: .replace(inputGradient.view))
        #expect(gradientFault(of: parameters.storage, gradient: gradients.storage, loss: loss) < 2e-3)
        #expect(gradientFault(of: input, gradient: inputGradient, loss: loss) < 2e-3)
    }

    @Test(arguments: Activation.allCases)
    func activation(activation: Activation) {
        var random = RandomStream(seed: 6)
        let input = gaussian(3, 21, &random)
        // The rectifier has no derivative at 0.
        for index in 0..<input.count where abs(input.base[index]) < 0.05 { input.base[index] = 0.05 }
        let weights = gaussian(3, 21, &random)
        let gradient = Tensor(rows: 3, columns: 21)
        gradient.copy(from: weights)
        activation.backward(input: input.view, gradient: gradient.view)
        func loss() -> Double {
            let output = Tensor(rows: 3, columns: 21)
            activation.forward(input.view, into: output.view)
            return output.dot(weights)
        }
        #expect(gradientFault(of: input, gradient: gradient, loss: loss) < 2e-3)
    }

    @Test(arguments: [1, 2, 3] as [UInt64], [5, 16, 27])
    func layerNorm(seed: UInt64, size: Int) {
        var random = RandomStream(seed: seed)
        var layout = ParameterLayout()
        let norm = LayerNorm("norm", size: size, in: &layout)
        let (parameters, gradients) = (Parameters(layout: layout), Parameters(layout: layout))
        parameters.storage.copy(from: gaussian(1, layout.count, &random))
        let (input, weights) = (gaussian(4, size, &random), gaussian(4, size, &random))
        let (statistics, inputGradient) = (Tensor(rows: 4, columns: 2), Tensor(rows: 4, columns: size))
        func loss() -> Double {
            let output = Tensor(rows: 4, columns: size)
            norm.forward(parameters, input.view, into: output.view, statistics: statistics.view)
            return output.dot(weights)
        }
        _ = loss()
        norm.backward(
            parameters, input: input.view, statistics: statistics.view, outputGradient: weights.view,
            gradients: gradients, into: inputGradient.view, accumulate: true)
        for entry in layout.entries {
            let fault = gradientFault(
                of: parameters.storage, gradient: gradients.storage, range: entry.offset..<entry.offset + entry.count,
                loss: loss)
            #expect(fault < 3e-3, "\(entry.name)")
        }
        #expect(gradientFault(of: input, gradient: inputGradient, step: 3e-3, loss: loss) < 5e-3)
    }

    @Test(arguments: [1, 2] as [UInt64])
    func residualBlock(seed: UInt64) {
        var random = RandomStream(seed: seed)
        var layout = ParameterLayout()
        let block = ResidualBlock("block", size: 12, inner: 10, condition: 5, activation: .silu, in: &layout)
        let (parameters, gradients) = (Parameters(layout: layout), Parameters(layout: layout))
        block.initialise(parameters, outputGain: 1, random: &random)
        let (input, condition) = (gaussian(3, 12, &random), gaussian(3, 5, &random))
        let weights = gaussian(3, 12, &random)
        let workspace = ResidualBlock.Workspace(block, rows: 3)
        func loss() -> Double {
            let output = Tensor(rows: 3, columns: 12)
            block.forward(parameters, input.view, condition: condition.view, into: output.view, workspace)
            return output.dot(weights)
        }
        _ = loss()
        let (gradient, conditionGradient) = (Tensor(rows: 3, columns: 12), Tensor(rows: 3, columns: 5))
        gradient.copy(from: weights)
        block.backward(
            parameters, input: input.view, condition: condition.view, gradient: gradient.view,
            conditionGradient: conditionGradient.view, gradients: gradients,
            scratch: Tensor(rows: 3, columns: 10).view, normalisedScratch: Tensor(rows: 3, columns: 12).view, workspace)
        for entry in layout.entries {
            let fault = gradientFault(
                of: parameters.storage, gradient: gradients.storage, range: entry.offset..<entry.offset + entry.count,
                loss: loss)
            #expect(fault < 5e-3, "\(entry.name)")
        }
        #expect(gradientFault(of: input, gradient: gradient, step: 3e-3, loss: loss) < 5e-3)
        #expect(gradientFault(of: condition, gradient: conditionGradient, loss: loss) < 5e-3)
    }
}
