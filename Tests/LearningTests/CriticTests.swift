import Numerics
import Testing

@testable import Learning

struct CriticTests {
    private func network(hidden: [Int] = [10, 9]) -> CriticNetwork {
        CriticNetwork(stateSize: 4, actionSize: 2, hidden: hidden, valueScale: 3)
    }

    private func input(_ rows: Int, _ random: inout RandomStream) -> Tensor {
        let input = Tensor(rows: rows, columns: 6)
        fillGaussian(input, &random)
        return input
    }

    /// All parameters, and the action, against central differences.
    @Test(arguments: [1, 2, 3] as [UInt64])
    func gradients(seed: UInt64) {
        let network = network()
        var random = RandomStream(seed: seed)
        let (parameters, gradients) = (Parameters(layout: network.layout), Parameters(layout: network.layout))
        network.initialise(parameters, random: &random)
        for index in 0..<parameters.count { parameters.base[index] += 0.3 * random.gaussian() }
        let (input, weights) = (input(5, &random), Tensor(rows: 5, columns: 1))
        fillGaussian(weights, &random)
        let workspace = CriticNetwork.Workspace(network, rows: 5)
        func loss() -> Double {
            _ = network.evaluate(parameters, input.view, workspace)
            return (0..<5).reduce(0) { $0 + Double(workspace.value.base[$1] * weights.base[$1]) }
        }
        _ = loss()
        network.backward(
            parameters, input.view, valueGradient: weights.view, gradients: gradients, actionGradient: nil, workspace)
        // A rectifier's kink within the step spoils a difference here and there.
        for entry in network.layout.entries {
            let fault = gradientFault(
                parameters.storage, gradients.storage, entry.offset..<entry.offset + entry.count, step: 5e-4, loss: loss
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
            #expect(gradientFault(input, whole, row * 6 + 4..<row * 6 + 6, step: 5e-4, loss: loss) < 3e-2)
        }
    }

    /// Rows without a gradient are left out of the actions' backward pass; the others do not notice.
    @Test(arguments: [[], [0], [4], [1, 3], [0, 1, 2, 3, 4]])
    func rowsWithoutAGradientAreLeftOut(kept: [Int]) {
        var random = RandomStream(seed: 3)
        let network = network(hidden: [16, 16])
        let (parameters, unused) = (Parameters(layout: network.layout), Parameters(layout: network.layout))
        network.initialise(parameters, random: &random)
        let input = Tensor(rows: 5, columns: 6)
        random.fillGaussian(UnsafeMutableBufferPointer(start: input.base, count: input.count))
        let workspace = CriticNetwork.Workspace(network, rows: 5)
        func gradient(_ rows: [Int]) -> Tensor {
            let (slopes, actions) = (Tensor(rows: 5, columns: 1), Tensor(rows: 5, columns: 2))
            actions.fill(7)
            for row in rows { slopes.base[row] = Float(row) - 1.5 }
            _ = network.evaluate(parameters, input.view, workspace)
            network.backward(
                parameters, input.view, valueGradient: slopes.view, gradients: unused, actionGradient: actions.view,
                workspace)
            return actions
        }
        let (all, some) = (gradient([0, 1, 2, 3, 4]), gradient(kept))
        for row in 0..<5 {
            for column in 0..<2 { #expect(some[row, column] == (kept.contains(row) ? all[row, column] : 0)) }
        }
        #expect(unused.storage.values.allSatisfy { $0 == 0 })
    }

    private func pair(rows: Int, targetRate: Float = 0.005) -> CriticPair<CriticNetwork> {
        CriticPair(network: network(hidden: [32, 32]), rows: rows, targetRate: targetRate, seed: 1)
    }

    /// Learns a function of state and action; the action gradient points where the function rises.
    @Test func fitsAFunction() throws {
        let pair = pair(rows: 64)
        var random = RandomStream(seed: 2)
        var last = CriticUpdate()
        for _ in 0..<1500 {
            let input = input(64, &random)
            let wanted = (0..<64).map { 2 * input[$0, 0] - input[$0, 4] * input[$0, 4] + 3 * input[$0, 5] }
            last = try teach(pair, input, wanted, rate: 1e-3, &random)
        }
        #expect(last.squaredError < 0.6, "\(last)")
        let input = input(64, &random)
        let gradient = Tensor(rows: 64, columns: 2)
        _ = pair.actionGradient(input.view, into: gradient.view)
        let mean = (0..<64).reduce(Float(0)) { $0 + gradient[$1, 1] } / 64
        #expect(abs(mean - 3) < 0.5, "\(mean)")
    }

    /// The smaller of both, by value and by gradient.
    @Test func theSmallerCounts() {
        let pair = pair(rows: 20)
        var random = RandomStream(seed: 3)
        let input = input(20, &random)
        let workspace = CriticNetwork.Workspace(pair.network, rows: 20)
        let values = (0..<2).map { index in
            pair.network.evaluate(pair.targets[index], input.view, workspace).rowsOfOne
        }
        let batch = lesson(stateSize: 4, input, Array(repeating: 0.5, count: 20))
        for row in 0..<20 { (batch.discounts[row], batch.costs[row]) = (0.9, 0.1) }
        #expect(pair.aim(batch) == nil)
        let found = pair.wantedTargets(rows: 20).rowsOfOne
        let smaller = (0..<20).map { min(values[0][$0], values[1][$0]) }
        for row in 0..<20 { #expect(abs(found[row] - 0.5 - 0.9 * (smaller[row] - 0.1)) < 1e-6) }
        #expect(values[0] != values[1])
        let gradient = Tensor(rows: 20, columns: 2)
        let mean = pair.actionGradient(input.view, into: gradient.view)
        #expect(abs(mean - smaller.reduce(0) { $0 + Double($1) } / 20) < 1e-5)
        // Along the gradient the smaller value rises as the gradient says.
        for row in 0..<20 {
            for column in 0..<2 { input[row, 4 + column] += 1e-3 * gradient[row, column] }
        }
        let after = pair.actionGradient(input.view, into: Tensor(rows: 20, columns: 2).view)
        let squares = gradient.values.reduce(0) { $0 + Double($1 * $1) } / 20
        #expect(abs((after - mean) / 1e-3 - squares) < 0.1 * squares + 1e-4)
    }

    /// The penalty alone makes the value flat in the action.
    @Test func penaltyFlattens() throws {
        let pair = pair(rows: 64)
        var random = RandomStream(seed: 4)
        for _ in 0..<400 {
            let input = input(64, &random)
            let wanted = (0..<64).map { 2 * input[$0, 0] + 3 * input[$0, 5] }
            _ = try teach(pair, input, wanted, rate: 1e-3, &random)
        }
        var slopes: [Double] = []
        for _ in 0..<400 {
            let input = input(64, &random)
            let wanted = (0..<64).map { 2 * input[$0, 0] + 3 * input[$0, 5] }
            slopes.append(
                try teach(pair, input, wanted, rate: 1e-3, penalty: 10, demonstrated: 64, &random).slope)
        }
        #expect(slopes[0] > 2 && slopes[399] < 0.4 * slopes[0], "\(slopes[0]), \(slopes[399])")
    }

    @Test func targetsFollowSlowly() throws {
        let pair = pair(rows: 8, targetRate: 0.1)
        var random = RandomStream(seed: 5)
        let before = pair.targets[0].storage.values
        let input = input(8, &random)
        let wanted = [Float](repeating: 1, count: 8)
        _ = try teach(pair, input, wanted, rate: 1e-2, &random)
        let (now, critic) = (pair.targets[0].storage.values, pair.parameters[0].storage.values)
        for index in now.indices {
            #expect(abs(now[index] - before[index] - 0.1 * (critic[index] - before[index])) < 1e-5)
        }
    }

    @Test func notANumberLeavesTheCriticsAlone() throws {
        let pair = pair(rows: 8)
        var random = RandomStream(seed: 6)
        let input = input(8, &random)
        var wanted = [Float](repeating: 1, count: 8)
        let broken = lesson(stateSize: 4, input, wanted)
        broken.now.base[3] = .nan
        let before = pair.parameters[0].storage.values
        #expect(pair.aim(broken) == nil)
        #expect(throws: LearningError.notFinite("the loss of critic 1 or its gradient")) {
            try pair.learn(broken, learningRate: 1e-2, penalty: 0, random: &random)
        }
        #expect(pair.parameters[0].storage.values == before && pair.step == 0)
        wanted[5] = .nan
        #expect(pair.aim(lesson(stateSize: 4, input, wanted)) == 5)
    }

    @Test func anUpdateAllocatesNothing() throws {
        let pair = pair(rows: 32)
        var random = RandomStream(seed: 7)
        let (input, gradient) = (input(32, &random), Tensor(rows: 32, columns: 2))
        let batch = lesson(stateSize: 4, input, Array(repeating: 1, count: 32))
        batch.demonstrated = 16
        let count = try allocations {
            _ = pair.aim(batch)
            _ = try pair.learn(batch, learningRate: 1e-4, penalty: 1, random: &random)
            _ = pair.actionGradient(input.view, into: gradient.view)
        }
        #expect(count == 0)
    }

    /// The loss of inverse soft Q-learning as it is written, against the gradient that the network makes of it.
    @Test(arguments: [1, 2] as [UInt64])
    func inverseLoss(seed: UInt64) throws {
        let network = CriticNetwork(
            stateSize: 4, actionSize: 2, hidden: [10, 9], valueScale: 3, loss: .inverse(regularisation: 0.4))
        var random = RandomStream(seed: seed)
        let (parameters, gradients) = (Parameters(layout: network.layout), Parameters(layout: network.layout))
        network.initialise(parameters, random: &random)
        for index in 0..<parameters.count { parameters.base[index] += 0.3 * random.gaussian() }
        let batch = lesson(stateSize: 4, input(6, &random), Array(repeating: 0, count: 6))
        batch.demonstrated = 2
        for row in 0..<6 { for column in 0..<6 { batch.proposed.row(row)[column] = random.gaussian() } }
        let targets = Tensor(rows: 6, columns: 1)
        fillGaussian(targets, scale: 2, &random)
        let workspace = network.makeWorkspace(rows: 6)
        func loss() -> Double {
            let now = network.evaluate(parameters, batch.now, workspace).rowsOfOne
            let proposed = network.evaluate(parameters, batch.proposed, workspace).rowsOfOne
            var sum = 0.0
            for row in 0..<6 {
                let reward = Double(now[row] - targets.base[row])
                if row < 2 { sum -= reward / 2 }
                sum += Double(proposed[row] - targets.base[row]) / 6 + 0.4 * reward * reward / 6
            }
            return sum
        }
        let seen = network.learn(parameters, batch, targets: targets.view, gradients: gradients, workspace)
        #expect(seen.squaredError > 0)
        for entry in network.layout.entries {
            let fault = gradientFault(
                parameters.storage, gradients.storage, entry.offset..<entry.offset + entry.count, step: 5e-4, loss: loss
            )
            #expect(fault < 3e-2, "\(entry.name): \(fault)")
        }
    }
}
