import Foundation
import Numerics
import Testing

@testable import Policies

/// A velocity that is a linear function of the point: `v = matrix · x + offset`, whatever the time.
private struct LinearField: VelocityField {
    let matrix: [[Float]]
    let offset: [Float]
    let chunk: Tensor
    let speed: Tensor

    init(_ matrix: [[Float]], offset: [Float], from start: [Float]) {
        (self.matrix, self.offset) = (matrix, offset)
        (chunk, speed) = (Tensor(start), Tensor(rows: 1, columns: start.count))
    }

    var point: TensorView { chunk.view }
    var velocity: TensorView { speed.view }

    func evaluate(at time: Float) {
        for (row, line) in matrix.enumerated() {
            speed.base[row] = zip(line, chunk.values).reduce(offset[row]) { $0 + $1.0 * $1.1 }
        }
    }

    func pullBack(_ cotangent: TensorView, into result: TensorView) {
        for column in matrix.indices {
            result.base[column] = matrix.indices.reduce(0) { $0 + matrix[$1][column] * cotangent.base[$1] }
        }
    }
}

struct FlowGuidanceTests {
    private func goal(_ target: [Float], mask: [Float]) -> FlowGoal {
        let goal = FlowGoal(chunkSize: target.count)
        goal.target.copy(from: target)
        goal.mask.copy(from: mask)
        return goal
    }

    private func isClose(_ left: [Float], _ right: [Float], within tolerance: Float = 1e-6) -> Bool {
        left.count == right.count && zip(left, right).allSatisfy { abs($0 - $1) <= tolerance }
    }

    /// The published example: eight actions, a delay of two, two steps carried out.
    @Test func theMaskOfEightActions() {
        let mask = FlowGuidance.mask(horizon: 8, delay: 2, end: 6)
        let soft = [0.8, 0.6, 0.4, 0.2].map { Float($0 * (exp($0) - 1) / (exp(1) - 1)) }
        #expect(isClose(mask, [1, 1] + soft + [0, 0]))
        #expect(isClose([mask[2]], [0.570589]) && isClose([mask[5]], [0.025770]))
    }

    @Test(arguments: [(0, 6), (6, 6), (3, 8), (8, 8), (0, 0), (5, 3), (0, 1)])
    func masksAtTheEdges(delay: Int, end: Int) {
        let mask = FlowGuidance.mask(horizon: 8, delay: delay, end: end)
        #expect(mask.count == 8)
        for (index, value) in mask.enumerated() {
            #expect(value >= 0 && value <= 1)
            if index >= end { #expect(value == 0) } else if index < delay { #expect(value == 1) }
            if index >= delay, index < end { #expect(value > 0 && value < 1) }
            if index > 0 { #expect(value <= mask[index - 1]) }
        }
    }

    @Test func theWeightIsClipped() {
        let guidance = FlowGuidance(largestWeight: 5)
        #expect(guidance.weight(at: 0) == 5 && guidance.weight(at: 1) == 5 && guidance.weight(at: 0.9) == 5)
        #expect(guidance.weight(at: 0.5) == 2)
        #expect(abs(guidance.weight(at: 0.2) - 4.25) < 1e-5 && abs(guidance.weight(at: 0.8) - 4.25) < 1e-5)
        #expect(FlowGuidance(largestWeight: 0).weight(at: 0.5) == 0)
    }

    /// Of a constant velocity the chunk that the flow heads for is where it will end; each step takes `weight / steps` of its
    /// fault away, with or without the Jacobian, which is nothing.
    @Test(arguments: FlowGuidance.Method.allCases)
    func aConstantVelocityEndsAtTheTargetButForWhatTheWeightsLeave(method: FlowGuidance.Method) {
        let field = LinearField([[0, 0], [0, 0]], offset: [0.4, -1], from: [2, -0.5])
        let guidance = FlowGuidance(method: method)
        FlowIntegration.follow(field, steps: 10, to: goal([1, 1], mask: [1, 0]), guidance)
        let weights: [Double] = [5, 5, 4.25, 0.58 / 0.21, 0.52 / 0.24, 2, 0.52 / 0.24, 0.58 / 0.21, 4.25, 5]
        let left = weights.reduce(1) { $0 * (1 - $1 / 10) }
        #expect(left < 0.011)
        #expect(isClose(field.chunk.values, [Float(1 + (2.4 - 1) * left), -1.5], within: 1e-5))
    }

    /// One step from noise, where what the flow heads for is `(1 + A) x`, against the numbers worked out by hand: with
    /// A = [[0, 2], [0, 0]] and x = (1, 1) it is (3, 1), the fault (−3, 0), and (1 + A)ᵀ of it (−3, −6).
    @Test func theExactMethodGoesThroughTheJacobian() {
        let start = LinearField([[0, 2], [0, 0]], offset: [0, 0], from: [1, 1])
        FlowIntegration.follow(start, steps: 1, to: goal([0, 7], mask: [1, 0]), FlowGuidance(largestWeight: 0.25))
        #expect(isClose(start.chunk.values, [1 + 2 - 0.75, 1 - 1.5]))
        let free = LinearField([[0, 2], [0, 0]], offset: [0, 0], from: [1, 1])
        FlowIntegration.follow(
            free, steps: 1, to: goal([0, 7], mask: [1, 0]), FlowGuidance(method: .jacobianFree, largestWeight: 0.25))
        #expect(isClose(free.chunk.values, [1 + 2 - 0.75, 1]))
    }

    @Test func withoutAMaskNothingIsChanged() {
        let (led, plain) = (
            LinearField([[0.3, -0.2], [0.5, 0.1]], offset: [1, 2], from: [1, -1]),
            LinearField([[0.3, -0.2], [0.5, 0.1]], offset: [1, 2], from: [1, -1])
        )
        FlowIntegration.follow(led, steps: 7, to: goal([9, 9], mask: [0, 0]), FlowGuidance())
        FlowIntegration.follow(plain, steps: 7)
        #expect(led.chunk.values == plain.chunk.values)
    }

    /// The transposed Jacobian of the network, against central differences of its velocity in every direction.
    @Test(arguments: [1, 2] as [UInt64]) func theNetworksJacobianAgainstDifferences(seed: UInt64) {
        let configuration = FlowConfiguration(horizon: 3, hidden: 12, blocks: 2, condition: 10, timeFeatures: 6)
        let network = VelocityNetwork(configuration: configuration, actionSize: 2, featureSize: 5)
        var random = RandomStream(seed: seed)
        let parameters = Parameters(layout: network.layout)
        network.initialise(parameters, random: &random, outputGain: 1)
        let field = NetworkField(
            network: network, parameters: parameters, workspace: VelocityNetwork.Workspace(network, rows: 1),
            scratch: VelocityNetwork.GradientWorkspace(network, rows: 1))
        for index in 0..<field.workspace.conditionInput.count {
            field.workspace.conditionInput.base[index] = random.gaussian()
        }
        let (cotangent, result) = (Tensor(rows: 1, columns: 6), Tensor(rows: 1, columns: 6))
        for index in 0..<6 {
            field.point.base[index] = random.gaussian()
            cotangent.base[index] = random.gaussian()
        }
        field.evaluate(at: 0.3)
        field.pullBack(cotangent.view, into: result.view)
        func along() -> Double {
            field.evaluate(at: 0.3)
            return (0..<6).reduce(0) { $0 + Double(field.velocity.base[$1]) * Double(cotangent.base[$1]) }
        }
        for index in 0..<6 {
            let value = field.point.base[index]
            field.point.base[index] = value + 5e-3
            let above = along()
            field.point.base[index] = value - 5e-3
            let below = along()
            field.point.base[index] = value
            #expect(abs((above - below) / 1e-2 - Double(result.base[index])) < 1e-2)
        }
    }

    /// A policy that has learnt two ways goes on with the one under way, where alone it chooses either; and its first
    /// actions are those that are carried out meanwhile.
    @Test(arguments: FlowGuidance.Method.allCases)
    func aTrainedPolicyGoesOnWithWhatIsUnderWay(method: FlowGuidance.Method) throws {
        let trainer = try TwoWays.trainer(try TwoWays.demonstrations(300, seed: 4), steps: 700, seed: 4)
        try trainer.train(reportingEvery: 700) { _ in true }
        let policy = try trainer.policy().guided(FlowGuidance(method: method))
        let observation: [Float] = [0.1, 0, 0, 0, 1]
        var random = RandomStream(seed: 2)
        var (kept, alone, furthest) = (0, 0, Float(0))
        for number in 0..<100 {
            let way: Float = number % 2 == 0 ? 0.5 : -0.5
            let previous: [[Float]] = (1...3).map { [0.1, way * Float($0) / 4] }
            let continuation = ChunkContinuation(previous: previous, delay: 2, executionHorizon: 1)
            let chunk = try policy.propose(
                ChunkRequest(observation: observation, step: 5, continuation: continuation), random: &random)
            for step in 0..<2 {
                for component in 0..<2 {
                    furthest = max(furthest, abs(chunk.actions[step][component] - previous[step][component]))
                }
            }
            if abs(chunk.actions[3][1] - way) < 0.2 { kept += 1 }
            let free = try policy.propose(observation: observation, step: 5, random: &random)
            if abs(free.actions[3][1] - way) < 0.2 { alone += 1 }
        }
        #expect(kept >= 85, "\(kept) of 100 went on the way that they were on")
        #expect(alone < 70, "\(alone) of 100 did by chance")
        #expect(furthest < 0.12, "the actions carried out meanwhile are off by \(furthest) at most")
    }

    @Test func whatCannotBeContinuedIsRefused() throws {
        let policy = try TwoWays.trainer(try TwoWays.demonstrations(20, seed: 5), steps: 60).policy()
        var random = RandomStream(seed: 1)
        for (previous, fault) in [([[0, 0], [1]], "action 1"), ([[0, .nan]], "action 0")] as [([[Float]], String)] {
            let error = #expect(throws: PolicyError.self) {
                try policy.propose(
                    ChunkRequest(
                        observation: [0.1, 0, 0, 0, 1], step: 0,
                        continuation: ChunkContinuation(previous: previous, delay: 1, executionHorizon: 1)),
                    random: &random)
            }
            #expect("\(try #require(error))".contains(fault))
        }
        // More than the chunk has room for is left out.
        let long = ChunkContinuation(previous: Array(repeating: [0, 0], count: 9), delay: 1, executionHorizon: 0)
        let chunk = try policy.propose(
            ChunkRequest(observation: [0.1, 0, 0, 0, 1], step: 0, continuation: long), random: &random)
        #expect(chunk.actions.count == 4)
    }
}
