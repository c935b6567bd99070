internal import Numerics

/// Estimates the return of a state and an action: linear layers, each followed by layer normalisation and a rectifier, and a
/// last linear layer to one number times ``valueScale``. The normalisation keeps values from growing without bound where
/// there is no data (Ball et al., "Efficient online reinforcement learning with offline data", 2023).
struct CriticNetwork: Sendable {
    /// Numbers in a state.
    let stateSize: Int
    /// Numbers in an action.
    let actionSize: Int
    /// Factor of the last layer's result: about the size of the returns.
    let valueScale: Float
    /// What is learnt from a batch.
    let loss: CriticLossKind
    /// The parameters.
    let layout: ParameterLayout

    let layers: [Linear]
    let norms: [LayerNorm]
    let output: Linear

    /// A network with hidden layers of these widths.
    init(
        stateSize: Int, actionSize: Int, hidden: [Int], valueScale: Float, loss: CriticLossKind = .temporalDifference
    ) {
        self.stateSize = stateSize
        self.loss = loss
        self.actionSize = actionSize
        self.valueScale = valueScale
        var layout = ParameterLayout()
        var width = stateSize + actionSize
        var (layers, norms) = ([Linear](), [LayerNorm]())
        for (index, size) in hidden.enumerated() {
            layers.append(Linear("layers.\(index)", inputs: width, outputs: size, in: &layout))
            norms.append(LayerNorm("norms.\(index)", size: size, in: &layout))
            width = size
        }
        output = Linear("output", inputs: width, outputs: 1, in: &layout)
        (self.layers, self.norms, self.layout) = (layers, norms, layout)
    }

    /// Gaussian layers; values near zero.
    func initialise(_ parameters: Parameters, random: inout RandomStream) {
        for index in layers.indices {
            layers[index].initialise(parameters, gain: 1, random: &random)
            norms[index].initialise(parameters)
        }
        output.initialise(parameters, gain: 0.01, random: &random)
    }

    /// Memory for one forward and backward pass of up to `rows` rows.
    final class Workspace: Sendable {
        /// The result, batch × 1.
        let value: Tensor
        let inner: [Tensor]
        let statistics: [Tensor]
        let activated: [Tensor]
        /// The gradients of a layer's results and of those of the layer below: two, so that they stay in the cache.
        private let gradients: [Tensor]
        let outputGradient: Tensor
        let valueGradient: Tensor

        /// Made once for each user of a network.
        init(_ network: CriticNetwork, rows: Int) {
            func tensors() -> [Tensor] { network.layers.map { Tensor(rows: rows, columns: $0.outputs) } }
            value = Tensor(rows: rows, columns: 1)
            inner = tensors()
            statistics = network.layers.map { _ in Tensor(rows: rows, columns: 2) }
            activated = tensors()
            let widest = network.layers.map(\.outputs).max() ?? 0
            gradients = (0..<2).map { _ in Tensor(rows: rows, columns: widest) }
            outputGradient = Tensor(rows: rows, columns: 1)
            valueGradient = Tensor(rows: rows, columns: 1)
        }

        /// Where the gradient of a layer's results lies, before and after the way back through their normalisation.
        func gradient(_ index: Int, rows: Int, _ layer: Linear) -> TensorView {
            TensorView(gradients[index % 2], offset: 0, rows: rows, columns: layer.outputs, stride: layer.outputs)
        }
    }

    func evaluate(_ parameters: Parameters, _ input: TensorView, _ workspace: Workspace) -> TensorView {
        let rows = input.rows
        var below = input
        for index in layers.indices {
            let (inner, activated) = (
                workspace.inner[index].firstRows(rows), workspace.activated[index].firstRows(rows)
            )
            layers[index].forward(parameters, below, into: inner)
            norms[index].forward(
                parameters, inner, into: activated, statistics: workspace.statistics[index].firstRows(rows),
                rectified: true)
            below = activated
        }
        let value = workspace.value.firstRows(rows)
        output.forward(parameters, below, into: value)
        for row in 0..<rows { value.base[row] *= valueScale }
        return value
    }

    func backward(
        _ parameters: Parameters, _ input: TensorView, valueGradient: TensorView, gradients: Parameters,
        actionGradient: TensorView?, _ workspace: Workspace
    ) {
        guard let actionGradient else {
            let scaled = workspace.outputGradient.firstRows(input.rows)
            for row in 0..<input.rows { scaled.base[row] = valueGradient.base[row * valueGradient.stride] * valueScale }
            return backward(parameters, input, scaled, gradients, actionGradient: nil, workspace)
        }
        // Of two critics only the smaller one's value counts: the other's rows are left out.
        let count = gather(valueGradient, workspace)
        backward(
            parameters, input.rows(0..<count), workspace.outputGradient.firstRows(count), gradients,
            actionGradient: actionGradient.rows(0..<count), workspace)
        scatter(actionGradient, valueGradient)
    }

    /// Moves what the forward pass left of the rows with a gradient to the front; returns how many they are.
    private func gather(_ valueGradient: TensorView, _ workspace: Workspace) -> Int {
        var count = 0
        for row in 0..<valueGradient.rows {
            let slope = valueGradient.base[row * valueGradient.stride]
            if slope == 0 { continue }
            workspace.outputGradient.base[count] = slope * valueScale
            if count < row {
                for index in layers.indices {
                    move(workspace.inner[index], row, to: count)
                    move(workspace.activated[index], row, to: count)
                    move(workspace.statistics[index], row, to: count)
                }
            }
            count += 1
        }
        return count
    }

    private func move(_ tensor: Tensor, _ row: Int, to place: Int) {
        (tensor.base + place * tensor.columns).update(from: tensor.base + row * tensor.columns, count: tensor.columns)
    }

    /// Moves the front rows to where they belong; the others are zero.
    private func scatter(_ result: TensorView, _ valueGradient: TensorView) {
        var count = 0
        for row in 0..<result.rows where valueGradient.base[row * valueGradient.stride] != 0 { count += 1 }
        for row in stride(from: result.rows - 1, through: 0, by: -1) {
            let target = result.base + row * result.stride
            if valueGradient.base[row * valueGradient.stride] == 0 {
                target.update(repeating: 0, count: result.columns)
            } else {
                count -= 1
                if count < row { target.update(from: result.base + count * result.stride, count: result.columns) }
            }
        }
    }

    private func backward(
        _ parameters: Parameters, _ input: TensorView, _ scaled: TensorView, _ gradients: Parameters,
        actionGradient: TensorView?, _ workspace: Workspace
    ) {
        let rows = input.rows
        let last = layers.count - 1
        output.pass(
            parameters, workspace.activated[last].firstRows(rows), scaled, gradients,
            into: workspace.gradient(last, rows: rows, layers[last]), whole: actionGradient == nil)
        for index in stride(from: last, through: 0, by: -1) {
            let gradient = workspace.gradient(index, rows: rows, layers[index])
            norms[index].backward(
                parameters, input: workspace.inner[index].firstRows(rows),
                statistics: workspace.statistics[index].firstRows(rows),
                rectified: workspace.activated[index].firstRows(rows), outputGradient: gradient,
                gradients: actionGradient == nil ? gradients : nil, into: gradient)
            if index > 0 {
                layers[index].pass(
                    parameters, workspace.activated[index - 1].firstRows(rows), gradient, gradients,
                    into: workspace.gradient(index - 1, rows: rows, layers[index - 1]), whole: actionGradient == nil)
            } else if let actionGradient {
                layers[0].inputGradient(
                    parameters, outputGradient: gradient, columns: stateSize..<stateSize + actionSize,
                    into: actionGradient
                )
            } else {
                layers[0].backward(
                    parameters, input: input, outputGradient: gradient, gradients: gradients, inputGradient: .none)
            }
        }
    }
}
