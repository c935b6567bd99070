import Foundation
import Numerics
import Testing

@testable import Learning

struct CategoricalTests {
    private func network(hidden: [Int] = [10, 9], _ lower: Float = -2, _ upper: Float = 3) -> CategoricalNetwork {
        CategoricalNetwork(
            stateSize: 4, actionSize: 2, hidden: hidden, support: ValueSupport(lower: lower, upper: upper))
    }

    private func input(_ rows: Int, _ random: inout RandomStream) -> Tensor {
        let input = Tensor(rows: rows, columns: 6)
        fillGaussian(input, scale: 1.5, &random)
        return input
    }

    private func disturbed(_ network: CategoricalNetwork, _ random: inout RandomStream) -> Parameters {
        let parameters = Parameters(layout: network.layout)
        network.initialise(parameters, random: &random)
        for entry in network.layout.entries {
            for index in parameters.values(entry).indices {
                parameters.values(entry)[index] +=
                    entry.name.hasSuffix("variance") ? Float(random.uniform(0, 1)) : 0.2 * random.gaussian()
            }
        }
        return parameters
    }

    /// The cross-entropy of a batch, normalised by its own statistics, against central differences in every parameter.
    @Test(arguments: [1, 2, 3] as [UInt64])
    func gradientsThroughTheBatch(seed: UInt64) {
        let network = network()
        var random = RandomStream(seed: seed)
        let (parameters, gradients) = (disturbed(network, &random), Parameters(layout: network.layout))
        let batch = lesson(stateSize: 4, input(7, &random), Array(repeating: 0, count: 7))
        for row in 0..<7 { for column in 0..<6 { batch.next.row(row)[column] = 2 * random.gaussian() + 0.5 } }
        let targets = Tensor(rows: 7, columns: 101)
        for row in 0..<7 {
            for index in 0..<101 { targets[row, index] = Float(random.uniform(0, 2)) / 101 }
            let sum = targets.view.row(row).reduce(0, +)
            for index in 0..<101 { targets[row, index] /= sum }
        }
        let workspace = network.makeWorkspace(rows: 7)
        func loss() -> Double {
            network.forward(parameters, batch.nextAndNow, measuring: true, of: 7..<14, workspace)
            var sum = 0.0
            for row in 0..<7 {
                for index in 0..<101 {
                    sum -= Double(targets[row, index]) * log(Double(workspace.probabilities[7 + row, index])) / 7
                }
            }
            return sum
        }
        let seen = network.learn(parameters, batch, targets: targets.view, gradients: gradients, workspace)
        #expect(seen.edgeAtoms > 0 && seen.edgeAtoms < 0.2)
        for entry in network.layout.entries {
            let range = entry.offset..<entry.offset + entry.count
            let fault = gradientFault(parameters.storage, gradients.storage, range, step: 2e-3, loss: loss)
            #expect(fault < 3e-2, "\(entry.name): \(fault)")
            if entry.name.contains("running") { #expect(gradients.values(entry).allSatisfy { $0 == 0 }) }
        }
    }

    /// Values with the running statistics, against central differences in every parameter and in the action.
    @Test(arguments: [1, 2, 3] as [UInt64])
    func gradientsOfValues(seed: UInt64) {
        let network = network()
        var random = RandomStream(seed: seed)
        let (parameters, gradients) = (disturbed(network, &random), Parameters(layout: network.layout))
        let (input, weights) = (input(5, &random), Tensor(rows: 5, columns: 1))
        fillGaussian(weights, &random)
        let workspace = network.makeWorkspace(rows: 5)
        func loss() -> Double {
            let values = network.evaluate(parameters, input.view, workspace)
            return (0..<5).reduce(0) { $0 + Double(values.base[$1] * weights.base[$1]) }
        }
        _ = loss()
        network.backward(
            parameters, input.view, valueGradient: weights.view, gradients: gradients, actionGradient: nil, workspace)
        for entry in network.layout.entries where !entry.name.contains("running") {
            let fault = gradientFault(
                parameters.storage, gradients.storage, entry.offset..<entry.offset + entry.count, step: 2e-3, loss: loss
            )
            #expect(fault < 3e-2, "\(entry.name): \(fault)")
        }
        let actions = Tensor(rows: 5, columns: 2)
        _ = loss()
        network.backward(
            parameters, input.view, valueGradient: weights.view, gradients: gradients, actionGradient: actions.view,
            workspace)
        let whole = Tensor(rows: 5, columns: 6)
        for row in 0..<5 { for column in 0..<2 { whole[row, 4 + column] = actions[row, column] } }
        for row in 0..<5 {
            #expect(gradientFault(input, whole, row * 6 + 4..<row * 6 + 6, step: 2e-3, loss: loss) < 6e-2)
        }
    }

    private func pair(
        rows: Int, _ lower: Float = -20, _ upper: Float = 20
    ) -> CriticPair<CategoricalNetwork> {
        CriticPair(network: network(hidden: [32, 32], lower, upper), rows: rows, targetRate: 0.02, seed: 1)
    }

    /// After a step every row of every weight has length 1, and the running statistics are the batch's at first.
    @Test func settlesAfterAStep() throws {
        let pair = pair(rows: 16)
        var random = RandomStream(seed: 3)
        let input = input(16, &random)
        _ = try teach(
            pair, input, (0..<16).map { _ in random.gaussian() }, rate: 1e-2, penalty: 0.5, demonstrated: 8, &random)
        for parameters in pair.parameters {
            for entry in pair.network.layout.entries where entry.shape.count == 2 {
                let (values, width) = (parameters.values(entry), entry.shape[1])
                for row in 0..<entry.shape[0] {
                    let length = (0..<width).reduce(Float(0)) {
                        $0 + values[row * width + $1] * values[row * width + $1]
                    }
                    #expect(abs(length - 1) < 1e-5, "\(entry.name)")
                }
            }
            for column in 0..<6 {
                let mean = (0..<16).reduce(Float(0)) { $0 + input[$1, column] } / 16
                let square = (0..<16).reduce(Float(0)) { $0 + input[$1, column] * input[$1, column] } / 16
                #expect(abs(parameters.base[pair.network.inputNorm.runningMean + column] - mean) < 1e-5)
                #expect(
                    abs(parameters.base[pair.network.inputNorm.runningVariance + column] - square + mean * mean) < 1e-4)
            }
        }
    }

    /// Each state leads to itself and earns its first number: its value is ten times that, with a discount of 0.9.
    @Test func learnsAKnownValue() throws {
        let pair = pair(rows: 64)
        var random = RandomStream(seed: 4)
        var last = CriticUpdate()
        for _ in 0..<2500 {
            let input = input(64, &random)
            let rewards = (0..<64).map { max(-1, min(1, input[$0, 0])) }
            let batch = lesson(stateSize: 4, input, rewards)
            for row in 0..<64 { batch.discounts[row] = 0.9 }
            #expect(pair.aim(batch) == nil)
            last = try pair.learn(batch, learningRate: 1e-3, penalty: 0, random: &random)
        }
        let input = input(200, &random)
        let workspace = pair.network.makeWorkspace(rows: 200)
        let values = pair.network.evaluate(pair.parameters[0], input.view, workspace).rowsOfOne
        var error: Float = 0
        for row in 0..<200 { error += abs(values[row] - 10 * max(-1, min(1, input[row, 0]))) / 200 }
        #expect(error < 1.2, "\(error)")
        #expect(last.edgeAtoms < 0.05)
    }

    /// Learns a function of state and action; the action gradient points where the function rises.
    @Test func fitsAFunction() throws {
        let pair = pair(rows: 64)
        var random = RandomStream(seed: 2)
        for _ in 0..<1500 {
            let input = input(64, &random)
            let wanted = (0..<64).map { 2 * input[$0, 0] + 3 * input[$0, 5] }
            _ = try teach(pair, input, wanted, rate: 1e-3, &random)
        }
        let gradient = Tensor(rows: 64, columns: 2)
        let value = pair.actionGradient(input(64, &random).view, into: gradient.view)
        let mean = (0..<64).reduce(Float(0)) { $0 + gradient[$1, 1] } / 64
        #expect(abs(mean - 3) < 0.6 && value.isFinite, "\(mean)")
    }

    /// Nothing moves when a number is not finite, the running statistics included.
    @Test func notANumberLeavesTheCriticsAlone() throws {
        let pair = pair(rows: 8)
        var random = RandomStream(seed: 6)
        let batch = lesson(stateSize: 4, input(8, &random), Array(repeating: 1, count: 8))
        let before = pair.parameters.map(\.storage.values)
        #expect(pair.aim(batch) == nil)
        batch.now.base[3] = .nan
        #expect(throws: LearningError.notFinite("the loss of critic 1 or its gradient")) {
            try pair.learn(batch, learningRate: 1e-2, penalty: 0, random: &random)
        }
        #expect(pair.parameters.map(\.storage.values) == before && pair.step == 0)
        #expect(pair.aim(batch) == 0)
    }
}
