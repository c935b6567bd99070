internal import Numerics

/// One thread's part of a batch: draws samples, and computes their loss and its gradient.
///
/// Unchecked, because a trainer runs each worker on one thread at a time.
final class FlowWorker: @unchecked Sendable {
    let rows: Int
    let gradients: Parameters
    private(set) var loss = 0.0

    private let network: VelocityNetwork
    private let workspace: VelocityNetwork.Workspace
    private let scratch: VelocityNetwork.GradientWorkspace
    /// Chunks, then the velocities towards them.
    private let targets: Tensor
    private let velocityGradient: Tensor

    init(_ network: VelocityNetwork, rows: Int) {
        self.network = network
        self.rows = rows
        gradients = Parameters(layout: network.layout)
        workspace = VelocityNetwork.Workspace(network, rows: rows)
        scratch = VelocityNetwork.GradientWorkspace(network, rows: rows)
        targets = Tensor(rows: rows, columns: network.chunkSize)
        velocityGradient = Tensor(rows: rows, columns: network.chunkSize)
    }

    /// Rows `firstRow..<firstRow + rows` of a batch of `batchSize`; each row has a stream of its own, so what is drawn does
    /// not depend on how many workers there are.
    func train(
        _ parameters: Parameters, _ samples: FlowSamples, random: RandomStream, firstRow: Int, batchSize: Int
    ) {
        for row in 0..<rows {
            var random = random.derived(UInt64(firstRow + row))
            // One time in each of `batchSize` equal intervals.
            let time = (Float(firstRow + row) + random.uniform()) / Float(batchSize)
            place(samples, random.integer(below: samples.count), time: min(time, 1), row: row, &random)
        }
        gradients.clear()
        network.forward(parameters, rows: rows, workspace)
        loss = MeanSquaredError.loss(
            workspace.velocity.view, targets.view, gradient: velocityGradient.view,
            share: Float(rows) / Float(batchSize))
        network.backward(
            parameters, velocityGradient: velocityGradient.view, gradients: gradients, workspace, scratch)
    }

    /// The sum of the losses of some samples, each at a time and with noise that depend on `random` and its number alone.
    func evaluate(
        _ parameters: Parameters, _ samples: FlowSamples, _ steps: ArraySlice<Int>, random: RandomStream
    ) -> Double {
        for (row, (number, step)) in zip(steps.indices, steps).enumerated() {
            var random = random.derived(UInt64(number))
            place(samples, step, time: random.uniform(), row: row, &random)
        }
        network.forward(parameters, rows: steps.count, workspace)
        let loss = MeanSquaredError.loss(
            workspace.velocity.firstRows(steps.count), targets.firstRows(steps.count),
            gradient: velocityGradient.firstRows(steps.count))
        return loss * Double(steps.count)
    }

    private func place(
        _ samples: FlowSamples, _ step: Int, time: Float, row: Int, _ random: inout RandomStream
    ) {
        let input = workspace.conditionInput
        let (noise, chunk) = (workspace.chunks.view.row(row), targets.view.row(row))
        samples.copy(step, features: input.base + row * input.columns, chunk: chunk)
        random.fillGaussian(noise)
        StraightPath.point(at: time, noise: noise, end: chunk)
        network.setTime(time, row: row, workspace)
    }
}
