internal import Numerics

/// The encoder of all cameras with a head that predicts the next chunk of actions from their features and what the robot says
/// about itself. The head is what the encoder learns by; it is left behind when the encoder is frozen.
///
///     chunk = output(silu(second(silu(first([features, pictures' features])))))
struct ImageCloningNetwork: Sendable {
    let encoder: ImageNetworks
    /// Of the encoder alone; a prefix of ``layout``.
    let encoderLayout: ParameterLayout
    let layout: ParameterLayout
    let featureSize: Int
    let chunkSize: Int

    private let first: Linear
    private let second: Linear
    private let output: Linear

    private static var hidden: Int { 256 }

    /// - Parameters:
    ///   - cameras: whose pictures are encoded.
    ///   - configuration: of their encoder.
    ///   - featureSize: numbers beside the pictures' features.
    ///   - chunkSize: numbers of a chunk.
    /// - Throws: ``PolicyError/configuration(_:)``.
    init(
        cameras: [ImageEncoder.Camera], configuration: ImageEncoderConfiguration, featureSize: Int, chunkSize: Int
    ) throws(PolicyError) {
        var layout = ParameterLayout()
        encoder = try ImageNetworks(cameras: cameras, configuration: configuration, in: &layout)
        encoderLayout = layout
        let inputs = featureSize + cameras.count * configuration.features
        first = Linear("head.first", inputs: inputs, outputs: Self.hidden, in: &layout)
        second = Linear("head.second", inputs: Self.hidden, outputs: Self.hidden, in: &layout)
        output = Linear("head.output", inputs: Self.hidden, outputs: chunkSize, in: &layout)
        self.layout = layout
        self.featureSize = featureSize
        self.chunkSize = chunkSize
    }

    func initialise(_ parameters: Parameters, random: inout RandomStream) {
        encoder.initialise(parameters, random: &random)
        first.initialise(parameters, gain: 1, random: &random)
        second.initialise(parameters, gain: 1, random: &random)
        output.initialise(parameters, gain: 0.1, random: &random)
    }

    /// Memory for passes of up to `rows` rows.
    final class Workspace: Sendable {
        /// One for each camera; the caller fills their pictures.
        let images: [ImageNetwork.Workspace]
        /// Features, then those of the pictures; the caller fills the former.
        let inputs: Tensor
        /// The result, batch × chunk.
        let chunks: Tensor
        fileprivate let first: HiddenLayer
        fileprivate let second: HiddenLayer
        fileprivate let imageGradients: [ImageNetwork.GradientWorkspace]
        fileprivate let inputGradient: Tensor

        init(_ network: ImageCloningNetwork, rows: Int) {
            images = network.encoder.networks.map { ImageNetwork.Workspace($0, rows: rows) }
            inputs = Tensor(rows: rows, columns: network.first.inputs)
            chunks = Tensor(rows: rows, columns: network.chunkSize)
            first = HiddenLayer(rows: rows, size: ImageCloningNetwork.hidden)
            second = HiddenLayer(rows: rows, size: ImageCloningNetwork.hidden)
            imageGradients = network.encoder.networks.map { ImageNetwork.GradientWorkspace($0, rows: rows) }
            inputGradient = Tensor(rows: rows, columns: network.first.inputs)
        }
    }

    /// What a hidden layer gives, before and after its activation, and the gradient of that.
    fileprivate final class HiddenLayer: Sendable {
        let inner: Tensor
        let activated: Tensor
        let gradient: Tensor

        init(rows: Int, size: Int) {
            inner = Tensor(rows: rows, columns: size)
            activated = Tensor(rows: rows, columns: size)
            gradient = Tensor(rows: rows, columns: size)
        }
    }

    /// From the pictures and features of `workspace` to its chunks.
    func forward(_ parameters: Parameters, rows: Int, _ workspace: Workspace) {
        let inputs = workspace.inputs.firstRows(rows)
        for index in encoder.networks.indices {
            encoder.networks[index].forward(parameters, rows: rows, workspace.images[index])
            copy(workspace.images[index].features.firstRows(rows), to: inputs.columns(columns(of: index)))
        }
        advance(parameters, inputs, through: first, workspace.first)
        advance(parameters, workspace.first.activated.firstRows(rows), through: second, workspace.second)
        output.forward(
            parameters, workspace.second.activated.firstRows(rows), into: workspace.chunks.firstRows(rows))
    }

    private func advance(_ parameters: Parameters, _ input: TensorView, through layer: Linear, _ hidden: HiddenLayer) {
        let inner = hidden.inner.firstRows(input.rows)
        layer.forward(parameters, input, into: inner)
        Activation.silu.forward(inner, into: hidden.activated.firstRows(input.rows))
    }

    /// Adds to `gradients` what the gradient of the chunks implies.
    func backward(_ parameters: Parameters, chunkGradient: TensorView, gradients: Parameters, _ workspace: Workspace) {
        let rows = chunkGradient.rows
        let (first, second) = (workspace.first, workspace.second)
        output.backward(
            parameters, input: second.activated.firstRows(rows), outputGradient: chunkGradient, gradients: gradients,
            inputGradient: .replace(second.gradient.firstRows(rows)))
        Activation.silu.backward(input: second.inner.firstRows(rows), gradient: second.gradient.firstRows(rows))
        self.second.backward(
            parameters, input: first.activated.firstRows(rows), outputGradient: second.gradient.firstRows(rows),
            gradients: gradients, inputGradient: .replace(first.gradient.firstRows(rows)))
        Activation.silu.backward(input: first.inner.firstRows(rows), gradient: first.gradient.firstRows(rows))
        let inputGradient = workspace.inputGradient.firstRows(rows)
        self.first.backward(
            parameters, input: workspace.inputs.firstRows(rows), outputGradient: first.gradient.firstRows(rows),
            gradients: gradients, inputGradient: .replace(inputGradient))
        for index in encoder.networks.indices {
            let scratch = workspace.imageGradients[index]
            copy(inputGradient.columns(columns(of: index)), to: scratch.features.firstRows(rows))
            encoder.networks[index].backward(
                parameters, rows: rows, gradients: gradients, workspace.images[index], scratch)
        }
    }

    /// The places of a camera's features among the head's inputs.
    private func columns(of camera: Int) -> Range<Int> {
        let start = featureSize + camera * encoder.configuration.features
        return start..<start + encoder.configuration.features
    }

    private func copy(_ from: TensorView, to: TensorView) {
        for row in 0..<from.rows {
            (to.base + row * to.stride).update(from: from.base + row * from.stride, count: from.columns)
        }
    }
}
