internal import Numerics

/// Two critics with their slowly moving targets; the smaller of two estimates counts (Fujimoto, van Hoof, Meger, "Addressing
/// function approximation error in actor-critic methods", 2018).
final class CriticPair<Network: CriticShape>: Critics {
    let network: Network
    /// How far the targets move towards the critics in an update.
    let targetRate: Float
    var step = 0

    let parameters: [Parameters]
    let targets: [Parameters]
    let optimisers: [Adam]
    private let gradients: [Parameters]
    private let workspaces: [Network.Workspace]
    private let wanted: Tensor
    private let valueGradient: Tensor
    private let actionGradient: Tensor
    private let shifted: Tensor

    /// Half the distance of the two actions that the gradient penalty compares.
    static var penaltyDistance: Float { 0.02 }

    /// Two fresh critics for batches of `rows` rows.
    init(network: Network, rows: Int, targetRate: Float, seed: UInt64) {
        self.network = network
        self.targetRate = targetRate
        var options = Adam.Options()
        options.largestNorm = 100
        parameters = (0..<2).map { index in
            let parameters = Parameters(layout: network.layout)
            var random = RandomStream.derived(from: seed, 21, UInt64(index))
            network.initialise(parameters, random: &random)
            return parameters
        }
        targets = parameters.map { $0.duplicate() }
        let settings = options
        optimisers = (0..<2).map { _ in Adam(layout: network.layout, options: settings) }
        gradients = (0..<2).map { _ in Parameters(layout: network.layout) }
        workspaces = (0..<2).map { _ in network.makeWorkspace(rows: rows) }
        wanted = Tensor(rows: rows, columns: network.targetSize)
        valueGradient = Tensor(rows: 2 * rows, columns: 1)
        actionGradient = Tensor(rows: rows, columns: network.actionSize)
        shifted = Tensor(rows: 2 * rows, columns: network.stateSize + network.actionSize)
    }

    func aim(_ batch: LearnerBatch) -> Int? {
        let first = network.foresee(targets[0], batch, workspaces[0])
        let second = network.foresee(targets[1], batch, workspaces[1])
        for row in 0..<batch.rows {
            let (one, other) = (first.base[row * first.stride], second.base[row * second.stride])
            guard batch.target(of: row, value: one).isFinite, batch.target(of: row, value: other).isFinite else {
                return row
            }
            network.makeTarget(
                row, batch, workspaces[one <= other ? 0 : 1], into: wanted.base + row * network.targetSize)
        }
        return nil
    }

    /// The targets made last, batch × ``CriticShape/targetSize``.
    func wantedTargets(rows: Int) -> TensorView { wanted.firstRows(rows) }

    func learn(
        _ batch: LearnerBatch, learningRate: Float, penalty: Float, random: inout RandomStream
    ) throws(LearningError) -> CriticUpdate {
        var result = CriticUpdate()
        if penalty > 0 { shift(batch.now, batch.demonstrated, &random) }
        for index in 0..<2 {
            gradients[index].clear()
            let loss = network.learn(
                parameters[index], batch, targets: wanted.firstRows(batch.rows), gradients: gradients[index],
                workspaces[index])
            result.squaredError += loss.squaredError / 2
            result.meanValue += loss.meanValue / 2
            result.edgeAtoms += loss.edgeAtoms / 2
            if penalty > 0 { result.slope += addPenalty(penalty, index, batch.demonstrated) / 2 }
            let norm = Double(gradients[index].norm)
            guard norm.isFinite, result.squaredError.isFinite else {
                throw .notFinite("the loss of critic \(index + 1) or its gradient")
            }
            result.gradientNorm = max(result.gradientNorm, norm)
        }
        for index in 0..<2 {
            optimisers[index].update(
                parameters[index], gradients: gradients[index], step: step + 1, learningRate: learningRate)
            network.settle(parameters[index], step: step + 1, workspaces[index])
            targets[index].move(towards: parameters[index], rate: targetRate)
        }
        step += 1
        return result
    }

    /// Copies of the first rows with their actions shifted to both sides, along random directions of ±1 in each dimension:
    /// their covariance is the identity, so the square of a central difference has the right mean, and no second derivative is
    /// needed.
    private func shift(_ input: TensorView, _ count: Int, _ random: inout RandomStream) {
        let width = input.columns
        for row in 0..<count {
            let (ahead, behind) = (shifted.base + row * width, shifted.base + (count + row) * width)
            ahead.update(from: input.base + row * input.stride, count: width)
            behind.update(from: input.base + row * input.stride, count: width)
            for column in network.stateSize..<width {
                let step = random.nextWord() & 1 == 0 ? Self.penaltyDistance : -Self.penaltyDistance
                ahead[column] += step
                behind[column] -= step
            }
        }
    }

    private func addPenalty(_ penalty: Float, _ index: Int, _ count: Int) -> Double {
        let input = shifted.firstRows(2 * count)
        let values = network.evaluate(parameters[index], input, workspaces[index])
        var squares = 0.0
        for row in 0..<count {
            let slope = (values.base[row] - values.base[count + row]) / (2 * Self.penaltyDistance)
            valueGradient.base[row] = slope
            squares += Double(slope * slope)
        }
        let root = (squares / Double(max(count, 1))).squareRoot()
        let factor = penalty / (Float(max(root, 1e-6)) * Float(count) * 2 * Self.penaltyDistance)
        for row in 0..<count {
            valueGradient.base[row] *= factor
            valueGradient.base[count + row] = -valueGradient.base[row]
        }
        network.backward(
            parameters[index], input, valueGradient: valueGradient.firstRows(2 * count), gradients: gradients[index],
            actionGradient: nil, workspaces[index])
        return root
    }

    func actionGradient(_ input: TensorView, into gradient: TensorView) -> Double {
        precondition(
            gradient.rows == input.rows && gradient.columns == network.actionSize, "critics: shapes do not fit")
        let first = network.evaluate(parameters[0], input, workspaces[0])
        let second = network.evaluate(parameters[1], input, workspaces[1])
        var sum = 0.0
        for row in 0..<input.rows { sum += Double(min(first.base[row], second.base[row])) }
        for index in 0..<2 {
            for row in 0..<input.rows {
                valueGradient.base[row] = (first.base[row] <= second.base[row]) == (index == 0) ? 1 : 0
            }
            network.backward(
                parameters[index], input, valueGradient: valueGradient.firstRows(input.rows),
                gradients: gradients[index],
                actionGradient: index == 0 ? gradient : actionGradient.firstRows(input.rows), workspaces[index])
        }
        gradient.add(actionGradient.firstRows(input.rows), scale: 1)
        return sum / Double(input.rows)
    }
}
