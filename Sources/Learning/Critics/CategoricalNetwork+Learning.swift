internal import Glibc
internal import Numerics

extension CategoricalNetwork: CriticShape {
    /// The running statistics' memory; see ``settle(_:step:_:)``.
    static var slowestRate: Float { 0.01 }

    var targetSize: Int { support.atoms }

    func makeWorkspace(rows: Int) -> Workspace { Workspace(self, rows: 2 * rows) }

    func evaluate(_ parameters: Parameters, _ input: TensorView, _ workspace: Workspace) -> TensorView {
        forward(parameters, input, measuring: false, of: 0..<input.rows, workspace)
        return workspace.value.firstRows(input.rows)
    }

    func backward(
        _ parameters: Parameters, _ input: TensorView, valueGradient: TensorView, gradients: Parameters,
        actionGradient: TensorView?, _ workspace: Workspace
    ) {
        for row in 0..<input.rows {
            let start = row * support.atoms
            let (slope, value) = (valueGradient.base[row * valueGradient.stride], workspace.value.base[row])
            for index in 0..<support.atoms {
                workspace.logitGradient.base[start + index] =
                    slope * workspace.probabilities.base[start + index] * (support.atom(index) - value)
            }
        }
        backward(
            parameters, input, measured: false, of: 0..<input.rows, gradients: gradients,
            actionGradient: actionGradient, workspace)
    }

    func foresee(_ parameters: Parameters, _ batch: LearnerBatch, _ workspace: Workspace) -> TensorView {
        forward(parameters, batch.nextAndNow, measuring: true, of: 0..<batch.rows, workspace)
        return workspace.value.firstRows(batch.rows)
    }

    func makeTarget(
        _ row: Int, _ batch: LearnerBatch, _ workspace: Workspace, into target: UnsafeMutablePointer<Float>
    ) {
        support.project(
            workspace.probabilities.base + row * support.atoms, reward: batch.rewards[row],
            discount: batch.discounts[row], cost: batch.costs[row], into: target)
    }

    /// The mean cross-entropy; rows behind the return take part through the batch's statistics alone.
    func learn(
        _ parameters: Parameters, _ batch: LearnerBatch, targets: TensorView, gradients: Parameters,
        _ workspace: Workspace
    ) -> CriticLoss {
        let (rows, atoms) = (batch.rows, support.atoms)
        let share = 1 / Float(rows)
        forward(parameters, batch.nextAndNow, measuring: true, of: rows..<2 * rows, workspace)
        var result = CriticLoss()
        for row in 0..<rows {
            let probabilities = workspace.probabilities.base + (rows + row) * atoms
            let gradient = workspace.logitGradient.base + (rows + row) * atoms
            let target = targets.base + row * atoms
            for index in 0..<atoms { gradient[index] = share * (probabilities[index] - target[index]) }
            let value = workspace.value.base[rows + row]
            let difference = value - support.mean(target)
            result.squaredError += Double(difference * difference * share)
            result.meanValue += Double(value * share)
            result.edgeAtoms += Double((probabilities[0] + probabilities[atoms - 1]) * share)
        }
        backward(
            parameters, batch.nextAndNow, measured: true, of: rows..<2 * rows, gradients: gradients,
            actionGradient: nil, workspace)
        return result
    }

    /// Weights back to length 1, and the batch's statistics into the running ones: their mean over the first hundred updates,
    /// then with a memory of 0.99.
    func settle(_ parameters: Parameters, step: Int, _ workspace: Workspace) {
        normaliseWeights(parameters)
        let rate = max(Self.slowestRate, 1 / Float(step))
        inputNorm.remember(workspace.measured[0], rate: rate, parameters)
        for index in norms.indices { norms[index].remember(workspace.measured[index + 1], rate: rate, parameters) }
    }
}
