internal import Glibc
internal import Numerics

/// A critic that spreads its estimate over atoms: the input and every hidden layer batch-normalised, the rows of all weights
/// held at length 1, and the cross-entropy to a projected target instead of a squared error (Palenicek and others, "XQC:
/// well-conditioned optimization accelerates deep reinforcement learning", 2026). The normalisation makes the layers
/// indifferent to the weights' lengths, and the fixed lengths keep the effective step size from shrinking.
///
///     input norm → (linear without bias → batch norm → rectifier) × n → linear → one logit for each atom
///
/// To learn, rows before and behind the return are normalised as one batch; the policy sees running statistics.
struct CategoricalNetwork: Sendable {
    let stateSize: Int
    let actionSize: Int
    let support: ValueSupport
    let layout: ParameterLayout

    let inputNorm: BatchNorm
    let layers: [Linear]
    let norms: [BatchNorm]
    let output: Linear
    /// Where the weights with rows of length 1 lie.
    private let weights: [ParameterLayout.Entry]

    init(stateSize: Int, actionSize: Int, hidden: [Int], support: ValueSupport) {
        self.stateSize = stateSize
        self.actionSize = actionSize
        self.support = support
        var layout = ParameterLayout()
        var width = stateSize + actionSize
        inputNorm = BatchNorm("norms.input", size: width, in: &layout)
        var (layers, norms) = ([Linear](), [BatchNorm]())
        for (index, size) in hidden.enumerated() {
            layers.append(Linear("layers.\(index)", inputs: width, outputs: size, bias: false, in: &layout))
            norms.append(BatchNorm("norms.\(index)", size: size, in: &layout))
            width = size
        }
        output = Linear("output", inputs: width, outputs: support.atoms, in: &layout)
        (self.layers, self.norms, self.layout) = (layers, norms, layout)
        weights = layout.entries.filter { $0.shape.count == 2 }
    }

    func initialise(_ parameters: Parameters, random: inout RandomStream) {
        inputNorm.initialise(parameters)
        for index in layers.indices {
            layers[index].initialise(parameters, gain: 1, random: &random)
            norms[index].initialise(parameters)
        }
        output.initialise(parameters, gain: 1, random: &random)
        normaliseWeights(parameters)
    }

    func normaliseWeights(_ parameters: Parameters) {
        for entry in weights {
            let width = entry.shape[1]
            for row in 0..<entry.shape[0] {
                let start = parameters.base + entry.offset + row * width
                Columns.normalise(start, width)
            }
        }
    }

    /// Memory for one forward and backward pass.
    final class Workspace: Sendable {
        let value: Tensor
        /// Probabilities after a forward pass.
        let probabilities: Tensor
        let logitGradient: Tensor
        /// Statistics of the batch that was learnt from last: of the input, then of each layer.
        let measured: [Tensor]
        /// Running statistics, as they were used last.
        let recalled: [Tensor]
        let input: Tensor
        let inner: [Tensor]
        let normalised: [Tensor]
        let activated: [Tensor]
        let inputGradient: Tensor
        let layerGradient: [Tensor]

        init(_ network: CategoricalNetwork, rows: Int) {
            func tensors() -> [Tensor] { network.layers.map { Tensor(rows: rows, columns: $0.outputs) } }
            func statistics() -> [Tensor] {
                ([network.inputNorm] + network.norms).map { BatchNorm.statistics(size: $0.size) }
            }
            value = Tensor(rows: rows, columns: 1)
            probabilities = Tensor(rows: rows, columns: network.support.atoms)
            logitGradient = Tensor(rows: rows, columns: network.support.atoms)
            (measured, recalled) = (statistics(), statistics())
            input = Tensor(rows: rows, columns: network.inputNorm.size)
            (inner, normalised, activated, layerGradient) = (tensors(), tensors(), tensors(), tensors())
            inputGradient = Tensor(rows: rows, columns: network.inputNorm.size)
        }
    }

    /// Rows of state and action to the probabilities and values of some of them. With `measuring`, the rows' own statistics
    /// normalise them, else the running ones.
    func forward(
        _ parameters: Parameters, _ input: TensorView, measuring: Bool, of part: Range<Int>, _ workspace: Workspace
    ) {
        let rows = input.rows
        let statistics = measuring ? workspace.measured : workspace.recalled
        func normalise(_ norm: BatchNorm, _ place: Int, _ from: TensorView, _ to: TensorView) {
            if measuring {
                norm.measure(from, statistics[place])
            } else {
                norm.recall(parameters, statistics[place])
            }
            norm.forward(parameters, from, statistics[place], into: to)
        }
        var below = workspace.input.firstRows(rows)
        normalise(inputNorm, 0, input, below)
        for index in layers.indices {
            let (inner, normalised) = (
                workspace.inner[index].firstRows(rows), workspace.normalised[index].firstRows(rows)
            )
            let activated = workspace.activated[index].firstRows(rows)
            layers[index].forward(parameters, below, into: inner)
            normalise(norms[index], index + 1, inner, normalised)
            Activation.relu.forward(normalised, into: activated)
            below = activated
        }
        output.forward(parameters, below.rows(part), into: workspace.probabilities.view.rows(part))
        for row in part {
            let probabilities = workspace.probabilities.base + row * support.atoms
            softmax(probabilities)
            workspace.value.base[row] = support.mean(probabilities)
        }
    }

    private func softmax(_ logits: UnsafeMutablePointer<Float>) {
        var highest = logits[0]
        for index in 1..<support.atoms { highest = max(highest, logits[index]) }
        var sum: Float = 0
        for index in 0..<support.atoms {
            logits[index] = exp(logits[index] - highest)
            sum += logits[index]
        }
        for index in 0..<support.atoms { logits[index] /= sum }
    }

    /// Back from the logits' gradient of the same rows; see ``CriticShape/backward``.
    func backward(
        _ parameters: Parameters, _ input: TensorView, measured: Bool, of part: Range<Int>, gradients: Parameters,
        actionGradient: TensorView?, _ workspace: Workspace
    ) {
        let rows = input.rows
        let statistics = measured ? workspace.measured : workspace.recalled
        let last = layers.count - 1
        let top = workspace.layerGradient[last].firstRows(rows)
        if part.count < rows { workspace.layerGradient[last].fill(0) }
        output.pass(
            parameters, workspace.activated[last].view.rows(part), workspace.logitGradient.view.rows(part),
            gradients, into: top.rows(part), whole: actionGradient == nil)
        for index in stride(from: last, through: 0, by: -1) {
            let gradient = workspace.layerGradient[index].firstRows(rows)
            Activation.relu.backward(input: workspace.normalised[index].firstRows(rows), gradient: gradient)
            norms[index].backward(
                parameters, workspace.inner[index].firstRows(rows), statistics[index + 1], measured: measured,
                gradient: gradient, gradients: gradients)
            let (below, under) =
                index > 0
                ? (workspace.activated[index - 1], workspace.layerGradient[index - 1])
                : (workspace.input, workspace.inputGradient)
            layers[index].pass(
                parameters, below.firstRows(rows), gradient, gradients, into: under.firstRows(rows),
                whole: actionGradient == nil)
        }
        inputNorm.backward(
            parameters, input, statistics[0], measured: measured, gradient: workspace.inputGradient.firstRows(rows),
            gradients: gradients)
        guard let actionGradient else { return }
        for row in 0..<rows {
            (actionGradient.base + row * actionGradient.stride).update(
                from: workspace.inputGradient.base + row * inputNorm.size + stateSize, count: actionSize)
        }
    }
}
