import Numerics
import Testing

@testable import Policies

struct FlowGradientTests {
    /// The gradient of a random linear function of the velocity, against central differences, for every tensor and for the
    /// noisy chunk.
    @Test(arguments: [1, 2] as [UInt64])
    func theWholeNetwork(seed: UInt64) {
        let configuration = FlowConfiguration(horizon: 3, hidden: 12, blocks: 2, condition: 10, timeFeatures: 6)
        let network = VelocityNetwork(configuration: configuration, actionSize: 2, featureSize: 5)
        var random = RandomStream(seed: seed)
        let (parameters, gradients) = (Parameters(layout: network.layout), Parameters(layout: network.layout))
        network.initialise(parameters, random: &random, outputGain: 1)
        let workspace = VelocityNetwork.Workspace(network, rows: 4)
        func fill(_ tensor: Tensor) { for index in 0..<tensor.count { tensor.base[index] = random.gaussian() } }
        let (weights, chunkGradient) = (Tensor(rows: 4, columns: 6), Tensor(rows: 4, columns: 6))
        fill(workspace.chunks)
        fill(workspace.conditionInput)
        fill(weights)
        for row in 0..<4 { network.setTime(Float(row) / 4, row: row, workspace) }
        func loss() -> Double {
            network.forward(parameters, rows: 4, workspace)
            return zip(workspace.velocity.values, weights.values).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        }
        _ = loss()
        network.backward(
            parameters, velocityGradient: weights.view, gradients: gradients, chunkGradient: chunkGradient.view,
            workspace, VelocityNetwork.GradientWorkspace(network, rows: 4))
        func fault(_ values: Tensor, _ gradient: Tensor, _ range: Range<Int>) -> Double {
            var (fault, size) = (0.0, 1e-2)
            for index in range {
                let value = values.base[index]
                values.base[index] = value + 5e-3
                let above = loss()
                values.base[index] = value - 5e-3
                let below = loss()
                values.base[index] = value
                fault = max(fault, abs((above - below) / 1e-2 - Double(gradient.base[index])))
                size = max(size, abs(Double(gradient.base[index])))
            }
            return fault / size
        }
        for entry in network.layout.entries {
            let range = entry.offset..<entry.offset + entry.count
            #expect(fault(parameters.storage, gradients.storage, range) < 1e-2, "\(entry.name)")
        }
        #expect(fault(workspace.chunks, chunkGradient, 0..<24) < 1e-2)
    }
}
