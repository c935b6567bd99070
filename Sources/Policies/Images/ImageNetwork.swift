internal import Numerics

/// The network that makes features of one camera's pictures:
///
///     maps     = conv3(relu(conv3(relu(conv3/2(relu(conv5/2(picture)))))))
///     features = norm(linear(spatialSoftmax(maps)))
///
/// A picture of 84 × 84 becomes maps of 40 × 40, 19 × 19, 17 × 17 and 15 × 15.
struct ImageNetwork: Hashable, Sendable {
    let shape: MapShape
    let features: Int

    private let convolutions: [Convolution]
    private let softmax: SpatialSoftmax
    private let linear: Linear
    private let norm: LayerNorm

    init(
        _ name: String, height: Int, width: Int, configuration: ImageEncoderConfiguration,
        in layout: inout ParameterLayout
    ) {
        shape = MapShape(height: height, width: width, channels: 3)
        features = configuration.features
        let keypoints = configuration.keypoints
        var (convolutions, input) = ([Convolution](), shape)
        for (index, (outputs, kernel, stride)) in [
            (keypoints / 2, 5, 2), (keypoints, 3, 2), (keypoints, 3, 1), (keypoints, 3, 1),
        ].enumerated() {
            let layer = Convolution(
                "\(name).convolutions.\(index)", input: input, outputs: outputs, kernel: kernel, stride: stride,
                in: &layout)
            convolutions.append(layer)
            input = layer.output
        }
        self.convolutions = convolutions
        softmax = SpatialSoftmax(input: input)
        linear = Linear(name + ".linear", inputs: softmax.outputs, outputs: features, in: &layout)
        norm = LayerNorm(name + ".norm", size: features, in: &layout)
    }

    func initialise(_ parameters: Parameters, random: inout RandomStream) {
        // Variance is kept through the rectifiers; the last maps begin a little sharper, so that places differ from the start.
        for layer in convolutions { layer.initialise(parameters, gain: Float(2).squareRoot(), random: &random) }
        convolutions.last?.initialise(parameters, gain: 3, random: &random)
        linear.initialise(parameters, gain: 1, random: &random)
        norm.initialise(parameters)
    }

    /// Memory for passes of up to `rows` pictures.
    final class Workspace: Sendable {
        /// Pictures, batch × height × width × 3; filled by the caller.
        let pictures: Tensor
        /// The result, batch × features.
        let features: Tensor
        /// The rectified maps of all convolutions but the last, and the last's as they are.
        fileprivate let maps: [Tensor]
        fileprivate let patches: [Convolution.Workspace]
        fileprivate let probabilities: Tensor
        fileprivate let places: Tensor
        fileprivate let linear: Tensor
        fileprivate let statistics: Tensor

        init(_ network: ImageNetwork, rows: Int) {
            pictures = Tensor(rows: rows, columns: network.shape.count)
            features = Tensor(rows: rows, columns: network.features)
            maps = network.convolutions.map { Tensor(rows: rows, columns: $0.output.count) }
            patches = network.convolutions.map { Convolution.Workspace($0) }
            probabilities = Tensor(rows: rows, columns: network.softmax.input.count)
            places = Tensor(rows: rows, columns: network.softmax.outputs)
            linear = Tensor(rows: rows, columns: network.features)
            statistics = Tensor(rows: rows, columns: 2)
        }
    }

    /// Memory for the backward pass.
    final class GradientWorkspace: Sendable {
        /// The gradient of the features; filled by the caller.
        let features: Tensor
        fileprivate let maps: [Tensor]
        fileprivate let places: Tensor
        fileprivate let linear: Tensor

        init(_ network: ImageNetwork, rows: Int) {
            features = Tensor(rows: rows, columns: network.features)
            maps = network.convolutions.map { Tensor(rows: rows, columns: $0.output.count) }
            places = Tensor(rows: rows, columns: network.softmax.outputs)
            linear = Tensor(rows: rows, columns: network.features)
        }
    }

    /// From `workspace.pictures` to `workspace.features`.
    func forward(_ parameters: Parameters, rows: Int, _ workspace: Workspace) {
        var input = workspace.pictures.firstRows(rows)
        for index in convolutions.indices {
            let output = workspace.maps[index].firstRows(rows)
            convolutions[index].forward(parameters, input, into: output, workspace.patches[index])
            if index < convolutions.count - 1 { Activation.relu.forward(output, into: output) }
            input = output
        }
        let (places, linear) = (workspace.places.firstRows(rows), workspace.linear.firstRows(rows))
        softmax.forward(input, into: places, probabilities: workspace.probabilities.firstRows(rows))
        self.linear.forward(parameters, places, into: linear)
        norm.forward(
            parameters, linear, into: workspace.features.firstRows(rows),
            statistics: workspace.statistics.firstRows(rows))
    }

    /// Adds to `gradients` what `scratch.features`, the gradient of the features, implies.
    func backward(
        _ parameters: Parameters, rows: Int, gradients: Parameters, _ workspace: Workspace,
        _ scratch: GradientWorkspace
    ) {
        let (linear, places) = (scratch.linear.firstRows(rows), scratch.places.firstRows(rows))
        norm.backward(
            parameters, input: workspace.linear.firstRows(rows), statistics: workspace.statistics.firstRows(rows),
            outputGradient: scratch.features.firstRows(rows), gradients: gradients, into: linear)
        self.linear.backward(
            parameters, input: workspace.places.firstRows(rows), outputGradient: linear, gradients: gradients,
            inputGradient: .replace(places))
        let last = convolutions.count - 1
        softmax.backward(
            places: workspace.places.firstRows(rows), probabilities: workspace.probabilities.firstRows(rows),
            placeGradient: places, into: scratch.maps[last].firstRows(rows))
        for index in stride(from: last, through: 0, by: -1) {
            let slope = scratch.maps[index].firstRows(rows)
            // A rectified number says by itself whether its slope counts.
            if index < last {
                Activation.relu.backward(input: workspace.maps[index].firstRows(rows), gradient: slope)
            }
            let input = index == 0 ? workspace.pictures : workspace.maps[index - 1]
            convolutions[index].backward(
                parameters, input: input.firstRows(rows), outputGradient: slope, gradients: gradients,
                inputGradient: index == 0 ? .none : .replace(scratch.maps[index - 1].firstRows(rows)),
                workspace.patches[index])
        }
    }
}
