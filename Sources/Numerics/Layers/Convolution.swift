/// The shape of a picture or of a feature map. Its numbers lie in rows from the top, in each row pixel by pixel from the left,
/// the channels of a pixel side by side.
public struct MapShape: Hashable, Codable, Sendable {
    /// Pixels down.
    public var height: Int
    /// Pixels across.
    public var width: Int
    /// Numbers in a pixel.
    public var channels: Int

    /// See the properties.
    public init(height: Int, width: Int, channels: Int) {
        self.height = height
        self.width = width
        self.channels = channels
    }

    /// How many numbers there are.
    public var count: Int { height * width * channels }
}

/// A convolution without padding: each pixel of the output is a linear function of a square patch of the input.
///
/// Patches are copied side by side (im2col) and multiplied with the weight by ``MatrixProduct``, as many rows of the output at
/// a time as stay in the second-level cache. Where they are needed again, to go backward, they are copied anew: that is
/// cheaper than keeping them, of which there are a multiple of the input's numbers.
public struct Convolution: Hashable, Sendable {
    /// Of the input; a row of a batch is one map.
    public let input: MapShape
    /// Of the output.
    public let output: MapShape
    let weight: Int
    let bias: Int

    private let geometry: PatchGeometry

    /// Numbers of patches that are copied at a time, at most.
    private static var patchLimit: Int { 1 << 16 }

    /// Memory for forward and backward passes of any number of maps, by one thread at a time.
    public final class Workspace: Sendable {
        fileprivate let patches: Tensor
        fileprivate let gradients: Tensor

        /// Made once for each convolution and worker.
        public init(_ layer: Convolution) {
            patches = Tensor(rows: layer.tileRows * layer.output.width, columns: layer.geometry.patchSize)
            gradients = Tensor(rows: patches.rows, columns: patches.columns)
        }
    }

    /// Adds `NAME.weight` (outputs × kernel × kernel × channels) and `NAME.bias` to the layout.
    ///
    /// - Parameters:
    ///   - name: of the layer.
    ///   - input: shape of the input; at least `kernel` pixels down and across.
    ///   - outputs: channels of the output.
    ///   - kernel: pixels along an edge of a patch.
    ///   - stride: pixels from one patch to the next.
    ///   - layout: of the network.
    public init(
        _ name: String, input: MapShape, outputs: Int, kernel: Int, stride: Int, in layout: inout ParameterLayout
    ) {
        precondition(
            kernel > 0 && stride > 0 && input.height >= kernel && input.width >= kernel && outputs > 0,
            "a convolution's patch does not fit into its input")
        self.input = input
        output = MapShape(
            height: (input.height - kernel) / stride + 1, width: (input.width - kernel) / stride + 1, channels: outputs)
        geometry = PatchGeometry(
            inputWidth: input.width, channels: input.channels, kernel: kernel, stride: stride, outputWidth: output.width
        )
        weight = layout.add(name + ".weight", [outputs, kernel, kernel, input.channels])
        bias = layout.add(name + ".bias", [outputs])
    }

    /// Gaussian weights of standard deviation `gain / √inputs`, and no bias.
    public func initialise(_ parameters: Parameters, gain: Float, random: inout RandomStream) {
        let count = output.channels * geometry.patchSize
        random.fillGaussian(UnsafeMutableBufferPointer(start: parameters.base + weight, count: count))
        Kernels.scale(parameters.base + weight, by: gain / Float(geometry.patchSize).squareRoot(), count)
        (parameters.base + bias).update(repeating: 0, count: output.channels)
    }

    /// Batch × input to batch × output.
    public func forward(
        _ parameters: Parameters, _ input: TensorView, into output: TensorView, _ workspace: Workspace
    ) {
        check(input, output)
        let weights = weights(parameters)
        for map in 0..<input.rows {
            eachTile { rows in
                let patches = gather(input.base + map * input.stride, rows, workspace)
                MatrixProduct.timesTransposed(
                    patches, weights, into: tile(output, map, rows), accumulate: false, bias: parameters.base + bias)
            }
        }
    }

    /// Adds to the parameters' gradients, where they are given, and, where asked for, gives the input's.
    public func backward(
        _ parameters: Parameters, input: TensorView, outputGradient: TensorView, gradients: Parameters?,
        inputGradient: InputGradient, _ workspace: Workspace
    ) {
        check(input, outputGradient)
        let target: TensorView?
        switch inputGradient {
        case .none: target = nil
        case .replace(let view):
            for map in 0..<view.rows { (view.base + map * view.stride).update(repeating: 0, count: view.columns) }
            target = view
        case .add(let view): target = view
        }
        let weights = weights(parameters)
        for map in 0..<input.rows {
            eachTile { rows in
                let slope = tile(outputGradient, map, rows)
                if let gradients {
                    let patches = gather(input.base + map * input.stride, rows, workspace)
                    MatrixProduct.transposedTimes(slope, patches, into: self.weights(gradients), accumulate: true)
                    Kernels.addColumnSums(of: slope, to: gradients.base + bias)
                }
                if let target {
                    let patches = workspace.gradients.firstRows(rows.count * output.width)
                    MatrixProduct.times(slope, weights, into: patches)
                    Kernels.scatterPatches(patches.base, geometry, rows: rows, to: target.base + map * target.stride)
                }
            }
        }
    }

    /// Rows of the output whose patches are copied at a time.
    private var tileRows: Int {
        min(output.height, max(1, Self.patchLimit / (output.width * geometry.patchSize)))
    }

    private func eachTile(_ body: (Range<Int>) -> Void) {
        var row = 0
        while row < output.height {
            let end = min(row + tileRows, output.height)
            body(row..<end)
            row = end
        }
    }

    private func gather(_ map: UnsafePointer<Float>, _ rows: Range<Int>, _ workspace: Workspace) -> TensorView {
        Kernels.gatherPatches(map, geometry, rows: rows, into: workspace.patches.base)
        return workspace.patches.firstRows(rows.count * output.width)
    }

    /// Some rows of one of the batch's output maps: pixels × channels.
    private func tile(_ maps: TensorView, _ map: Int, _ rows: Range<Int>) -> TensorView {
        maps.matrix(
            row: map, offset: rows.lowerBound * output.width * output.channels, rows: rows.count * output.width,
            columns: output.channels)
    }

    private func weights(_ parameters: Parameters) -> TensorView {
        TensorView(
            parameters.storage, offset: weight, rows: output.channels, columns: geometry.patchSize,
            stride: geometry.patchSize)
    }

    private func check(_ input: TensorView, _ output: TensorView) {
        precondition(
            input.columns == self.input.count && output.columns == self.output.count && input.rows == output.rows,
            "convolution: shapes do not fit")
    }
}
