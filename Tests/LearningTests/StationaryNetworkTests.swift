import Foundation
import Numerics
import Realtime
import Testing

@testable import Learning

func fillGaussian(_ tensor: Tensor, scale: Float = 1, _ random: inout RandomStream) {
    for index in 0..<tensor.count { tensor.base[index] = scale * random.gaussian() }
}

/// The largest difference between a gradient and central differences, relative to the gradient's own size.
func gradientFault(
    _ values: Tensor, _ gradient: Tensor, _ range: Range<Int>, step: Float = 2e-3, loss: () -> Double
) -> Double {
    var (fault, size) = (0.0, 1e-2)
    for index in range {
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

struct StationaryNetworkTests {
    private func reference(logScale: Float) -> StationaryNetwork {
        var shape = StationaryConfiguration()
        shape.features = 256
        shape.logInverseLengthScale = logScale
        shape.varianceFloor = 1e-5
        return StationaryNetwork(configuration: shape, inputs: 20, actionSize: 3)
    }

    /// Deviation over random inputs at two length scales, and the squared length of the features.
    @Test(arguments: [(Float(-5), 0.77, 0.610), (Float(0.7), 1.015, 0.662)])
    func knownNumbersOfThePrior(logScale: Float, length: Double, deviation: Double) {
        let network = reference(logScale: logScale)
        var random = RandomStream(seed: 4)
        let parameters = Parameters(layout: network.layout)
        network.initialise(parameters, random: &random)
        let workspace = StationaryNetwork.Workspace(network, rows: 500)
        let input = Tensor(rows: 500, columns: 20)
        fillGaussian(input, scale: 3, &random)
        network.prepare(parameters, workspace)
        network.forward(parameters, input.view, workspace)
        let squares = workspace.features.values.reduce(0) { $0 + Double($1 * $1) } / 500
        let mean = workspace.deviation.values.reduce(0) { $0 + Double($1) } / 1500
        #expect(abs(squares - length) < 0.03, "\(squares)")
        #expect(abs(mean - deviation) < 0.01, "\(mean)")
        #expect(workspace.mean.values.allSatisfy { $0 == 0 })
    }

    /// Deviations stay between the floor's and √0.75.
    @Test(arguments: [(Float(-40), 0.00274), (Float(6), 0.8660)])
    func boundsOfTheDeviation(logDiagonal: Float, deviation: Double) {
        let network = reference(logScale: 0)
        var random = RandomStream(seed: 5)
        let parameters = Parameters(layout: network.layout)
        network.initialise(parameters, random: &random)
        for dimension in 0..<3 {
            for index in 0..<256 {
                parameters.base[network.factors + (dimension * 256 + index) * 256 + index] = logDiagonal
            }
        }
        let workspace = StationaryNetwork.Workspace(network, rows: 4)
        let input = Tensor(rows: 4, columns: 20)
        fillGaussian(input, &random)
        network.prepare(parameters, workspace)
        network.forward(parameters, input.view, workspace)
        #expect(workspace.deviation.values.allSatisfy { abs(Double($0) - deviation) < 3e-5 })
    }

    @Test func theWaveIsATriangle() {
        for (x, value) in [
            (0, 0), (0.5, 0.5), (1.5, 1.5), (2, 1.1415927), (-2, -1.1415927), (6.2831855, 0), (4, -0.8584073),
        ]
            as [(Float, Float)]
        {
            #expect(abs(StationaryNetwork.triangle(x) - value) < 1e-5)
        }
        for x in stride(from: Float(-20), to: 20, by: 0.37) {
            let difference = StationaryNetwork.triangle(x + 1e-2) - StationaryNetwork.triangle(x - 1e-2)
            if abs(abs(StationaryNetwork.triangle(x)) - Float.pi / 2) > 0.02 {
                #expect(abs(difference / 2e-2 - StationaryNetwork.triangleSlope(x)) < 1e-2)
            }
            #expect(abs(StationaryNetwork.triangle(x + 2 * Float.pi) - StationaryNetwork.triangle(x)) < 1e-4)
        }
    }

    /// Inputs that are a common period of all waves apart have the same deviations and means; others have not.
    @Test func translationByAPeriod() {
        var shape = StationaryConfiguration()
        (shape.hidden, shape.bottleneck, shape.features, shape.logInverseLengthScale) = ([], 2, 8, 0)
        let network = StationaryNetwork(configuration: shape, inputs: 2, actionSize: 2)
        var random = RandomStream(seed: 6)
        let parameters = Parameters(layout: network.layout)
        network.initialise(parameters, random: &random)
        for index in 0..<parameters.count { parameters.base[index] += 0.5 * random.gaussian() }
        for entry in network.layout.entries {
            let values = parameters.values(entry)
            switch entry.name {
            // Positive inputs pass the only layer unchanged, and frequencies are whole numbers.
            case "layers.0.weight": for index in 0..<4 { values[index] = index % 3 == 0 ? 1 : 0 }
            case "layers.0.bias", "logInverseLengthScales": for index in values.indices { values[index] = 0 }
            case "wave.weight": for index in values.indices { values[index] = Float(random.integer(below: 5)) - 2 }
            default: break
            }
        }
        let (workspace, input) = (StationaryNetwork.Workspace(network, rows: 3), Tensor(rows: 3, columns: 2))
        input.copy(from: [0.7, 1.9, 0.7 + 2 * Float.pi, 1.9 + 4 * Float.pi, 1.7, 1.1])
        network.prepare(parameters, workspace)
        network.forward(parameters, input.view, workspace)
        for dimension in 0..<2 {
            #expect(abs(workspace.deviation[0, dimension] - workspace.deviation[1, dimension]) < 1e-5)
            #expect(abs(workspace.mean[0, dimension] - workspace.mean[1, dimension]) < 1e-5)
            #expect(abs(workspace.mean[0, dimension] - workspace.mean[2, dimension]) > 1e-3)
        }
    }

    private struct Small {
        let network: StationaryNetwork
        let parameters: Parameters
        let gradients: Parameters
        let workspace: StationaryNetwork.Workspace
        let scratch: StationaryNetwork.GradientWorkspace
        let input = Tensor(rows: 5, columns: 6)

        init(seed: UInt64) {
            var shape = StationaryConfiguration()
            shape.hidden = [9, 8]
            shape.bottleneck = 4
            shape.features = 6
            network = StationaryNetwork(configuration: shape, inputs: 6, actionSize: 2)
            parameters = Parameters(layout: network.layout)
            gradients = Parameters(layout: network.layout)
            var random = RandomStream(seed: seed)
            network.initialise(parameters, random: &random)
            for index in 0..<parameters.count { parameters.base[index] += 0.3 * random.gaussian() }
            workspace = StationaryNetwork.Workspace(network, rows: 5)
            scratch = StationaryNetwork.GradientWorkspace(network, rows: 5)
            fillGaussian(input, &random)
            fillGaussian(scratch.mean, &random)
            fillGaussian(scratch.deviation, &random)
        }

        func run() {
            network.prepare(parameters, workspace)
            network.forward(parameters, input.view, workspace)
        }

        func backward(_ path: StationaryNetwork.DeviationGradient) {
            run()
            network.backward(parameters, input.view, gradients: gradients, through: path, workspace, scratch)
        }
    }

    /// Every tensor against central differences of a random linear function of means and deviations.
    @Test(arguments: [1, 2, 3] as [UInt64])
    func gradients(seed: UInt64) {
        let small = Small(seed: seed)
        func loss() -> Double {
            small.run()
            var sum = 0.0
            for index in 0..<small.scratch.mean.count {
                sum += Double(small.workspace.mean.base[index] * small.scratch.mean.base[index])
                sum += Double(small.workspace.deviation.base[index] * small.scratch.deviation.base[index])
            }
            return sum
        }
        small.backward(.everything)
        for entry in small.network.layout.entries {
            let fault = gradientFault(
                small.parameters.storage, small.gradients.storage, entry.offset..<entry.offset + entry.count, loss: loss
            )
            #expect(fault < 2e-2, "\(entry.name): \(fault)")
        }
    }

    /// The faithful paths: the deviation moves factors alone, the mean moves everything but factors.
    @Test func stoppedGradients() {
        func moved(_ prepare: (Small) -> Void) -> Set<String> {
            let small = Small(seed: 8)
            prepare(small)
            small.backward(.factors)
            return Set(
                small.network.layout.entries.filter { small.gradients.values($0).contains { $0 != 0 } }.map(\.name))
        }
        #expect(moved { $0.scratch.mean.fill(0) } == ["factors"])
        let everything = Set(Small(seed: 8).network.layout.entries.map(\.name))
        #expect(moved { $0.scratch.deviation.fill(0) } == everything.subtracting(["factors"]))
    }

    @Test(arguments: [(4, 9), (9, 4)])
    func orthogonalInitialisation(rows: Int, columns: Int) {
        var layout = ParameterLayout()
        _ = layout.add("matrix", [rows, columns])
        let parameters = Parameters(layout: layout)
        var random = RandomStream(seed: 2)
        parameters.initialiseOrthogonally("matrix", random: &random)
        let view = TensorView(parameters.storage, offset: 0, rows: rows, columns: columns, stride: columns)
        let size = min(rows, columns)
        let square = Tensor(rows: size, columns: size)
        if rows <= columns {
            MatrixProduct.timesTransposed(view, view, into: square.view)
        } else {
            MatrixProduct.transposedTimes(view, view, into: square.view)
        }
        for row in 0..<size {
            for column in 0..<size { #expect(abs(square[row, column] - (row == column ? 1 : 0)) < 1e-5) }
        }
    }
}
