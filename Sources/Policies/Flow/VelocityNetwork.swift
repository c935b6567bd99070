internal import Numerics

/// The network that gives the flow's velocity from a noisy chunk, the observation's features and the time.
///
///     c = silu(condition([features, embedding(t)]))
///     h = input(x);  h = block(h, c) for each block;  velocity = output(norm(h))
struct VelocityNetwork: Sendable {
    let configuration: FlowConfiguration
    let chunkSize: Int
    let featureSize: Int
    let layout: ParameterLayout

    private let embedding: TimeEmbedding
    private let condition: Linear
    private let input: Linear
    private let blocks: [ResidualBlock]
    private let norm: LayerNorm
    private let output: Linear

    init(configuration: FlowConfiguration, actionSize: Int, featureSize: Int) {
        self.configuration = configuration
        self.featureSize = featureSize
        chunkSize = configuration.horizon * actionSize
        embedding = TimeEmbedding(size: configuration.timeFeatures)
        var layout = ParameterLayout()
        let hidden = configuration.hidden
        condition = Linear(
            "condition", inputs: featureSize + configuration.timeFeatures, outputs: configuration.condition, in: &layout
        )
        input = Linear("input", inputs: chunkSize, outputs: hidden, in: &layout)
        blocks = (0..<configuration.blocks).map {
            ResidualBlock(
                "blocks.\($0)", size: hidden, inner: hidden, condition: configuration.condition, activation: .silu,
                in: &layout)
        }
        norm = LayerNorm("norm", size: hidden, in: &layout)
        output = Linear("output", inputs: hidden, outputs: chunkSize, in: &layout)
        self.layout = layout
    }

    func initialise(_ parameters: Parameters, random: inout RandomStream, outputGain: Float = 0.01) {
        condition.initialise(parameters, gain: 1, random: &random)
        input.initialise(parameters, gain: 1, random: &random)
        for block in blocks {
            block.initialise(parameters, outputGain: 1 / Float(blocks.count).squareRoot(), random: &random)
        }
        norm.initialise(parameters)
        output.initialise(parameters, gain: outputGain, random: &random)
    }

    /// Memory for passes of up to `rows` rows.
    final class Workspace: Sendable {
        /// Noisy chunks, batch × chunk; filled by the caller.
        let chunks: Tensor
        /// Features and time embedding; features are filled by the caller, times with ``VelocityNetwork/setTime(_:row:_:)``.
        let conditionInput: Tensor
        /// The result.
        let velocity: Tensor
        fileprivate let conditionInner: Tensor
        fileprivate let conditions: Tensor
        /// The residual stream before the first block and after each.
        fileprivate let stream: [Tensor]
        fileprivate let blocks: [ResidualBlock.Workspace]
        fileprivate let statistics: Tensor
        fileprivate let normalised: Tensor

        init(_ network: VelocityNetwork, rows: Int) {
            let hidden = network.configuration.hidden
            chunks = Tensor(rows: rows, columns: network.chunkSize)
            conditionInput = Tensor(
                rows: rows, columns: network.featureSize + network.configuration.timeFeatures)
            velocity = Tensor(rows: rows, columns: network.chunkSize)
            conditionInner = Tensor(rows: rows, columns: network.configuration.condition)
            conditions = Tensor(rows: rows, columns: network.configuration.condition)
            stream = (0...network.blocks.count).map { _ in Tensor(rows: rows, columns: hidden) }
            blocks = network.blocks.map { ResidualBlock.Workspace($0, rows: rows) }
            statistics = Tensor(rows: rows, columns: 2)
            normalised = Tensor(rows: rows, columns: hidden)
        }
    }

    /// Memory for the backward pass.
    final class GradientWorkspace: Sendable {
        fileprivate let stream: Tensor
        fileprivate let inner: Tensor
        fileprivate let normalised: Tensor
        fileprivate let conditions: Tensor

        init(_ network: VelocityNetwork, rows: Int) {
            let hidden = network.configuration.hidden
            stream = Tensor(rows: rows, columns: hidden)
            inner = Tensor(rows: rows, columns: hidden)
            normalised = Tensor(rows: rows, columns: hidden)
            conditions = Tensor(rows: rows, columns: network.configuration.condition)
        }
    }

    /// Writes the embedding of a row's time.
    func setTime(_ time: Float, row: Int, _ workspace: Workspace) {
        embedding.embed(
            time, into: workspace.conditionInput.base + row * workspace.conditionInput.columns + featureSize)
    }

    /// From `workspace.chunks` and `workspace.conditionInput` to `workspace.velocity`.
    func forward(_ parameters: Parameters, rows: Int, _ workspace: Workspace) {
        let (inner, conditions) = (workspace.conditionInner.firstRows(rows), workspace.conditions.firstRows(rows))
        condition.forward(parameters, workspace.conditionInput.firstRows(rows), into: inner)
        Activation.silu.forward(inner, into: conditions)
        input.forward(parameters, workspace.chunks.firstRows(rows), into: workspace.stream[0].firstRows(rows))
        for index in blocks.indices {
            blocks[index].forward(
                parameters, workspace.stream[index].firstRows(rows), condition: conditions,
                into: workspace.stream[index + 1].firstRows(rows), workspace.blocks[index])
        }
        let normalised = workspace.normalised.firstRows(rows)
        norm.forward(
            parameters, workspace.stream[blocks.count].firstRows(rows), into: normalised,
            statistics: workspace.statistics.firstRows(rows))
        output.forward(parameters, normalised, into: workspace.velocity.firstRows(rows))
    }

    /// Adds to `gradients`, if given, what the gradient of the velocity implies; `chunkGradient`, if given, becomes the
    /// gradient of the noisy chunks: the transposed Jacobian of the velocity times `velocityGradient`.
    func backward(
        _ parameters: Parameters, velocityGradient: TensorView, gradients: Parameters?,
        chunkGradient: TensorView? = nil,
        _ workspace: Workspace, _ scratch: GradientWorkspace
    ) {
        let rows = velocityGradient.rows
        let (stream, normalised) = (scratch.stream.firstRows(rows), scratch.normalised.firstRows(rows))
        let conditionGradient = gradients == nil ? nil : scratch.conditions.firstRows(rows)
        output.backward(
            parameters, input: workspace.normalised.firstRows(rows), outputGradient: velocityGradient,
            gradients: gradients, inputGradient: .replace(normalised))
        scratch.stream.fill(0)
        norm.backward(
            parameters, input: workspace.stream[blocks.count].firstRows(rows),
            statistics: workspace.statistics.firstRows(rows), outputGradient: normalised, gradients: gradients,
            into: stream, accumulate: true)
        scratch.conditions.fill(0)
        for index in stride(from: blocks.count - 1, through: 0, by: -1) {
            blocks[index].backward(
                parameters, input: workspace.stream[index].firstRows(rows),
                condition: workspace.conditions.firstRows(rows), gradient: stream, conditionGradient: conditionGradient,
                gradients: gradients, scratch: scratch.inner.firstRows(rows), normalisedScratch: normalised,
                workspace.blocks[index])
        }
        if let conditionGradient {
            Activation.silu.backward(input: workspace.conditionInner.firstRows(rows), gradient: conditionGradient)
            condition.backward(
                parameters, input: workspace.conditionInput.firstRows(rows), outputGradient: conditionGradient,
                gradients: gradients, inputGradient: .none)
        }
        let inputGradient: InputGradient = if let chunkGradient { .replace(chunkGradient) } else { .none }
        input.backward(
            parameters, input: workspace.chunks.firstRows(rows), outputGradient: stream, gradients: gradients,
            inputGradient: inputGradient)
    }
}
