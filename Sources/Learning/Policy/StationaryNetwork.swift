internal import Glibc
public import Numerics

/// A heteroscedastic policy whose uncertainty grows back to its prior away from the data.
///
/// For an input row `s`, with F features, `act(x) = π/(2√2) · triangle(x)`, and per action dimension j an upper triangular
/// factor `U_j` (its diagonal stored as logarithms):
///
///     x = MLP(s)                                           ELU after every layer
///     w = (x · exp(log inverse length scales)) · Wᵀ
///     f = [act(w + π/4), act(w − π/4)] / √F
///     mean_j = f · location_j
///     deviation_j = √0.75 · tanh(√(floor + ‖U_j f‖²))
///
/// A stationary process forgets what it has learnt at a distance, so that the density of a cloned policy is close to uniform
/// in states that nobody has shown; √0.75 is nearly the deviation at which a squashed Gaussian is closest to uniform.
/// The network is the "HetStat" policy of Watson, Huang, Heess ("Coherent soft imitation learning", NeurIPS 2023).
///
/// Like a layer it only describes: parameters, gradients and work space are handed in.
public struct StationaryNetwork: Sendable {
    /// The shape.
    public let configuration: StationaryConfiguration
    /// Numbers in an input row.
    public let inputs: Int
    /// Numbers in an action.
    public let actionSize: Int
    /// The parameters.
    public let layout: ParameterLayout

    let layers: [Linear]
    let wave: Linear
    let location: Linear
    let scales: Int
    let factors: Int

    /// The largest deviation, √0.75.
    static var largestDeviation: Float { 0.8660254 }
    static var quarterTurn: Float { Float.pi / 4 }

    /// A network of this shape.
    public init(configuration: StationaryConfiguration, inputs: Int, actionSize: Int) {
        self.configuration = configuration
        self.inputs = inputs
        self.actionSize = actionSize
        var layout = ParameterLayout()
        var width = inputs
        layers = (configuration.hidden + [configuration.bottleneck]).enumerated().map { index, size in
            defer { width = size }
            return Linear("layers.\(index)", inputs: width, outputs: size, in: &layout)
        }
        scales = layout.add("logInverseLengthScales", [configuration.bottleneck])
        wave = Linear(
            "wave", inputs: configuration.bottleneck, outputs: configuration.features / 2, bias: false, in: &layout)
        location = Linear("location", inputs: configuration.features, outputs: actionSize, bias: false, in: &layout)
        factors = layout.add("factors", [actionSize, configuration.features, configuration.features])
        self.layout = layout
    }

    /// The prior: mean zero, identity factors, orthogonal layers, Gaussian frequencies.
    public func initialise(_ parameters: Parameters, random: inout RandomStream) {
        parameters.clear()
        for index in layers.indices {
            parameters.initialiseOrthogonally("layers.\(index).weight", random: &random)
        }
        (parameters.base + scales).update(
            repeating: configuration.logInverseLengthScale, count: configuration.bottleneck)
        wave.initialise(parameters, gain: Float(configuration.bottleneck).squareRoot(), random: &random)
    }

    /// Memory for one forward and backward pass of up to `rows` rows.
    public final class Workspace: Sendable {
        /// The Gaussians' means, batch × action.
        public let mean: Tensor
        /// The Gaussians' standard deviations, batch × action.
        public let deviation: Tensor
        let inner: [Tensor]
        let activated: [Tensor]
        let scaled: Tensor
        let wave: Tensor
        let features: Tensor
        let projected: Tensor
        let root: Tensor
        /// The factors as they multiply: exponentials on the diagonal, zeros below.
        let factors: Tensor
        let inverseScales: Tensor

        /// Made once for each user of a network.
        public init(_ network: StationaryNetwork, rows: Int) {
            let shape = network.configuration
            mean = Tensor(rows: rows, columns: network.actionSize)
            deviation = Tensor(rows: rows, columns: network.actionSize)
            inner = network.layers.map { Tensor(rows: rows, columns: $0.outputs) }
            activated = network.layers.map { Tensor(rows: rows, columns: $0.outputs) }
            scaled = Tensor(rows: rows, columns: shape.bottleneck)
            wave = Tensor(rows: rows, columns: shape.features / 2)
            features = Tensor(rows: rows, columns: shape.features)
            projected = Tensor(rows: rows, columns: network.actionSize * shape.features)
            root = Tensor(rows: rows, columns: network.actionSize)
            factors = Tensor(rows: network.actionSize * shape.features, columns: shape.features)
            inverseScales = Tensor(rows: 1, columns: shape.bottleneck)
        }
    }

    /// Takes over into the work space what depends on parameters alone. Needed after each change of the parameters.
    @inline(never)
    public func prepare(_ parameters: Parameters, _ workspace: Workspace) {
        let size = configuration.features
        let (from, to) = (parameters.base + factors, workspace.factors.base)
        for row in 0..<actionSize * size {
            let diagonal = row % size
            let start = row * size
            for column in diagonal + 1..<size { to[start + column] = from[start + column] }
            to[start + diagonal] = exp(from[start + diagonal])
        }
        for index in 0..<configuration.bottleneck {
            workspace.inverseScales.base[index] = exp(parameters.base[scales + index])
        }
    }

    /// Batch × inputs to means and deviations in the work space, which must be prepared with the same parameters.
    public func forward(_ parameters: Parameters, _ input: TensorView, _ workspace: Workspace) {
        let rows = input.rows
        var below = input
        for index in layers.indices {
            let (inner, activated) = (
                workspace.inner[index].firstRows(rows), workspace.activated[index].firstRows(rows)
            )
            layers[index].forward(parameters, below, into: inner)
            Activation.elu.forward(inner, into: activated)
            below = activated
        }
        scale(below, workspace)
        wave.forward(parameters, workspace.scaled.firstRows(rows), into: workspace.wave.firstRows(rows))
        makeFeatures(rows, workspace)
        let features = workspace.features.firstRows(rows)
        location.forward(parameters, features, into: workspace.mean.firstRows(rows))
        MatrixProduct.timesTransposed(
            features, workspace.factors.view, into: workspace.projected.firstRows(rows))
        makeDeviations(rows, workspace)
    }

    @inline(never)
    private func scale(_ bottleneck: TensorView, _ workspace: Workspace) {
        let width = configuration.bottleneck
        for row in 0..<bottleneck.rows {
            let (from, to) = (bottleneck.base + row * bottleneck.stride, workspace.scaled.base + row * width)
            for index in 0..<width { to[index] = from[index] * workspace.inverseScales.base[index] }
        }
    }

    /// `π / (2√2 · √F)`, which makes the features' squared length 1 on average.
    var featureScale: Float { Float.pi / (8 * Float(configuration.features)).squareRoot() }

    @inline(never)
    private func makeFeatures(_ rows: Int, _ workspace: Workspace) {
        let half = configuration.features / 2
        let factor = featureScale
        for row in 0..<rows {
            let (from, to) = (workspace.wave.base + row * half, workspace.features.base + row * 2 * half)
            var index = 0
            while index + 8 <= half {
                let wave = UnsafeRawPointer(from + index).loadUnaligned(as: Lanes.self)
                let (first, second) = (Self.triangle(wave + Self.quarterTurn), Self.triangle(wave - Self.quarterTurn))
                UnsafeMutableRawPointer(to + index).storeBytes(of: first * factor, as: Lanes.self)
                UnsafeMutableRawPointer(to + half + index).storeBytes(of: second * factor, as: Lanes.self)
                index += 8
            }
            while index < half {
                to[index] = Self.triangle(from[index] + Self.quarterTurn) * factor
                to[half + index] = Self.triangle(from[index] - Self.quarterTurn) * factor
                index += 1
            }
        }
    }

    @inline(never)
    private func makeDeviations(_ rows: Int, _ workspace: Workspace) {
        let size = configuration.features
        for index in 0..<rows * actionSize {
            let start = workspace.projected.base + index * size
            var sums = SIMD8<Float>.zero
            var column = 0
            while column + 8 <= size {
                let lanes = UnsafeRawPointer(start + column).loadUnaligned(as: SIMD8<Float>.self)
                sums.addProduct(lanes, lanes)
                column += 8
            }
            var variance = sums.sum()
            while column < size {
                variance += start[column] * start[column]
                column += 1
            }
            let root = (configuration.varianceFloor + variance).squareRoot()
            workspace.root.base[index] = root
        }
        let deviations = workspace.deviation.firstRows(rows)
        Activation.tanh.forward(workspace.root.firstRows(rows), into: deviations)
        for index in 0..<rows * actionSize { deviations.base[index] *= Self.largestDeviation }
    }

    typealias Lanes = SIMD8<Float>

    /// As for a single number, to the last bit or nearly.
    @inline(__always)
    static func triangle(_ x: Lanes) -> Lanes {
        // Adding 1.5·2²³ leaves the nearest integer in the low bits.
        let shifted = Lanes(repeating: 12_582_912).addingProduct(x, Lanes(repeating: 1 / Float.pi))
        let half = shifted - Lanes(repeating: 12_582_912)
        let value = x.addingProduct(half, Lanes(repeating: -Float.pi))
        let sign = unsafeBitCast(shifted, to: SIMD8<UInt32>.self) &<< 31
        return unsafeBitCast(unsafeBitCast(value, to: SIMD8<UInt32>.self) ^ sign, to: Lanes.self)
    }

    /// A wave of straight lines between ±π/2 with the slope 1 at 0 and the period 2π.
    @inline(__always)
    static func triangle(_ x: Float) -> Float {
        let half = (x * (1 / Float.pi) + 0.5).rounded(.down)
        let value = x - Float.pi * half
        // Odd half periods fall.
        return half - 2 * (half * 0.5).rounded(.down) == 0 ? value : -value
    }

    /// The wave's derivative, 1 or −1.
    @inline(__always)
    static func triangleSlope(_ x: Float) -> Float {
        let half = (x * (1 / Float.pi) + 0.5).rounded(.down)
        return half - 2 * (half * 0.5).rounded(.down) == 0 ? 1 : -1
    }
}
