public import Numerics

/// Two critics with their slowly moving targets; the smaller of two estimates counts (Fujimoto, van Hoof, Meger, "Addressing
/// function approximation error in actor-critic methods", 2018).
public final class CriticPair {
    /// The shape of both.
    public let network: CriticNetwork
    /// How far the targets move towards the critics in an update.
    public let targetRate: Float
    /// Updates done.
    public internal(set) var step = 0

    let parameters: [Parameters]
    let targets: [Parameters]
    let optimisers: [Adam]
    private let gradients: [Parameters]
    private let workspaces: [CriticNetwork.Workspace]
    private let penaltyWorkspace: CriticNetwork.Workspace
    private let valueGradient: Tensor
    private let actionGradient: Tensor
    private let shifted: Tensor
    private let directions: Tensor

    /// Half the distance of the two actions that the gradient penalty compares.
    static var penaltyDistance: Float { 0.02 }

    /// Two fresh critics for batches of up to `rows` rows.
    public init(network: CriticNetwork, rows: Int, targetRate: Float, seed: UInt64) {
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
        workspaces = (0..<2).map { _ in CriticNetwork.Workspace(network, rows: rows) }
        penaltyWorkspace = CriticNetwork.Workspace(network, rows: 2 * rows)
        valueGradient = Tensor(rows: 2 * rows, columns: 1)
        actionGradient = Tensor(rows: rows, columns: network.actionSize)
        shifted = Tensor(rows: 2 * rows, columns: network.stateSize + network.actionSize)
        directions = Tensor(rows: rows, columns: 1)
    }

    /// The smaller of the targets' values for rows of state and action.
    public func targetValues(_ input: TensorView, into values: UnsafeMutableBufferPointer<Float>) {
        precondition(values.count == input.rows, "critics: shapes do not fit")
        for index in 0..<2 {
            network.forward(targets[index], input, workspaces[index])
            let found = workspaces[index].value.base
            for row in 0..<input.rows { values[row] = index == 0 ? found[row] : min(values[row], found[row]) }
        }
    }

    /// What an update saw.
    public struct Update: Equatable, Sendable {
        /// Mean squared error, averaged over both critics.
        public var squaredError = 0.0
        /// Mean value, averaged over both.
        public var meanValue = 0.0
        /// Root mean square of the action gradient in a random direction, averaged over both; 0 without penalty.
        public var slope = 0.0
        /// Length of the gradient, the larger of both.
        public var gradientNorm = 0.0
    }

    /// One update of both critics towards `targetValues`, and of their targets.
    ///
    /// - Parameters:
    ///   - input: rows of state and action.
    ///   - targetValues: what each row's value should be.
    ///   - penalty: weight of `√ mean ‖∂Q/∂a‖²` over the first `penalised` rows, which keeps demonstrated actions stationary
    ///     points of the value. The derivative is a central difference along random directions of ±1 in each dimension
    ///     (their covariance is the identity, so its square has the right mean), which takes no second derivative.
    /// - Throws: ``LearningError/notFinite(_:)``; the critics are then as before.
    public func update(
        _ input: TensorView, targetValues: UnsafeBufferPointer<Float>, learningRate: Float, penalty: Float = 0,
        penalised: Int = 0, random: inout RandomStream
    ) throws(LearningError) -> Update {
        precondition(targetValues.count == input.rows && penalised <= input.rows, "critics: shapes do not fit")
        var result = Update()
        if penalty > 0 { shift(input, penalised, &random) }
        let rows = Double(input.rows)
        for index in 0..<2 {
            network.forward(parameters[index], input, workspaces[index])
            let values = workspaces[index].value.base
            for row in 0..<input.rows {
                let difference = values[row] - targetValues[row]
                valueGradient.base[row] = 2 * difference / Float(rows)
                result.squaredError += Double(difference * difference) / (2 * rows)
                result.meanValue += Double(values[row]) / (2 * rows)
            }
            gradients[index].clear()
            network.backward(
                parameters[index], input, valueGradient: valueGradient.firstRows(input.rows),
                gradients: gradients[index],
                workspaces[index])
            if penalty > 0 { result.slope += addPenalty(penalty, index, penalised) / 2 }
            let norm = Double(gradients[index].norm)
            guard norm.isFinite, result.squaredError.isFinite else {
                throw .notFinite("the loss of critic \(index + 1) or its gradient")
            }
            result.gradientNorm = max(result.gradientNorm, norm)
        }
        for index in 0..<2 {
            optimisers[index].update(
                parameters[index], gradients: gradients[index], step: step + 1, learningRate: learningRate)
            targets[index].move(towards: parameters[index], rate: targetRate)
        }
        step += 1
        return result
    }

    /// Copies of the first rows with their actions shifted to both sides.
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
        network.forward(parameters[index], input, penaltyWorkspace)
        let values = penaltyWorkspace.value.base
        var squares = 0.0
        for row in 0..<count {
            let slope = (values[row] - values[count + row]) / (2 * Self.penaltyDistance)
            directions.base[row] = slope
            squares += Double(slope * slope)
        }
        let root = (squares / Double(max(count, 1))).squareRoot()
        let factor = penalty / (Float(max(root, 1e-6)) * Float(count) * 2 * Self.penaltyDistance)
        for row in 0..<count {
            valueGradient.base[row] = directions.base[row] * factor
            valueGradient.base[count + row] = -directions.base[row] * factor
        }
        network.backward(
            parameters[index], input, valueGradient: valueGradient.firstRows(2 * count), gradients: gradients[index],
            penaltyWorkspace)
        return root
    }

    /// The smaller of both values for each row, and its gradient by the action; returns the mean value.
    public func actionGradient(_ input: TensorView, into gradient: TensorView) -> Double {
        precondition(
            gradient.rows == input.rows && gradient.columns == network.actionSize, "critics: shapes do not fit")
        for index in 0..<2 { network.forward(parameters[index], input, workspaces[index]) }
        let (first, second) = (workspaces[0].value.base, workspaces[1].value.base)
        var sum = 0.0
        for row in 0..<input.rows { sum += Double(min(first[row], second[row])) }
        for index in 0..<2 {
            for row in 0..<input.rows {
                valueGradient.base[row] = (first[row] <= second[row]) == (index == 0) ? 1 : 0
            }
            network.actionGradient(
                parameters[index], input, valueGradient: valueGradient.firstRows(input.rows),
                into: index == 0 ? gradient : actionGradient.firstRows(input.rows), scratch: gradients[index],
                workspaces[index])
        }
        gradient.add(actionGradient.firstRows(input.rows), scale: 1)
        return sum / Double(input.rows)
    }
}
