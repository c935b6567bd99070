internal import Numerics

extension CriticNetwork: CriticShape {
    var targetSize: Int { 1 }

    func makeWorkspace(rows: Int) -> Workspace { Workspace(self, rows: 2 * rows) }

    func foresee(_ parameters: Parameters, _ batch: LearnerBatch, _ workspace: Workspace) -> TensorView {
        evaluate(parameters, batch.next, workspace)
    }

    func makeTarget(
        _ row: Int, _ batch: LearnerBatch, _ workspace: Workspace, into target: UnsafeMutablePointer<Float>
    ) {
        target.pointee = batch.target(of: row, value: workspace.value.base[row])
    }

    func learn(
        _ parameters: Parameters, _ batch: LearnerBatch, targets: TensorView, gradients: Parameters,
        _ workspace: Workspace
    ) -> CriticLoss {
        switch loss {
        case .temporalDifference:
            approach(parameters, batch, targets, gradients, workspace)
        case .inverse(let regularisation):
            invert(parameters, batch, targets, regularisation, gradients, workspace)
        }
    }

    func settle(_ parameters: Parameters, step: Int, _ workspace: Workspace) {}

    /// `mean (Q(s, u) − y)²`.
    private func approach(
        _ parameters: Parameters, _ batch: LearnerBatch, _ targets: TensorView, _ gradients: Parameters,
        _ workspace: Workspace
    ) -> CriticLoss {
        let values = evaluate(parameters, batch.now, workspace)
        var result = CriticLoss()
        let rows = Double(batch.rows)
        for row in 0..<batch.rows {
            let difference = values.base[row] - targets.base[row]
            workspace.valueGradient.base[row] = 2 * difference / Float(rows)
            result.squaredError += Double(difference * difference) / rows
            result.meanValue += Double(values.base[row]) / rows
        }
        backward(
            parameters, batch.now, valueGradient: workspace.valueGradient.firstRows(batch.rows), gradients: gradients,
            actionGradient: nil, workspace)
        return result
    }

    /// Inverse soft Q-learning (Garg and others, "IQ-Learn: inverse soft-Q learning for imitation", 2021) with the χ²
    /// regulariser. A value implies the reward `r = Q(s, u) − y`, with `y` the discounted value behind the return:
    ///
    ///     −mean_D r  +  mean (V(s) − y)  +  c · mean r²,     V(s) = Q(s, u′ ~ policy) − its divergence's cost
    ///
    /// over demonstrations D, and over both halves. `y` is the slow copies' and stands still.
    private func invert(
        _ parameters: Parameters, _ batch: LearnerBatch, _ targets: TensorView, _ regularisation: Float,
        _ gradients: Parameters, _ workspace: Workspace
    ) -> CriticLoss {
        let (rows, input) = (batch.rows, batch.nowAndProposed)
        let values = evaluate(parameters, input, workspace)
        let (share, shown) = (1 / Float(rows), 1 / Float(batch.demonstrated))
        let slopes = workspace.valueGradient.base
        var result = CriticLoss()
        for row in 0..<rows {
            let reward = values.base[row] - targets.base[row]
            slopes[row] = 2 * regularisation * reward * share - (row < batch.demonstrated ? shown : 0)
            slopes[rows + row] = share
            result.squaredError += Double(reward * reward * share)
            result.meanValue += Double(values.base[row] * share)
        }
        backward(
            parameters, input, valueGradient: workspace.valueGradient.firstRows(2 * rows), gradients: gradients,
            actionGradient: nil, workspace)
        return result
    }
}
