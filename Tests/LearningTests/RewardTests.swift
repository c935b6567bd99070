import Foundation
import Numerics
import Testing

@testable import Learning

struct RewardTests {
    /// A policy cloned from noisy demonstrations, and its reward.
    private func cloned(
        noise: Float = 0.1, steps: Int = 500, configuration: CoherentRewardConfiguration = .init()
    ) throws -> (CoherentReward, CloningSet, CloningTrainer) {
        let set = try waveDemonstrations(seed: 3) { _ in noise }
        var training = CloningTraining()
        (training.steps, training.batchSize, training.evaluationInterval) = (steps, 64, 50)
        let trainer = try CloningTrainer(
            network: StationaryNetwork(configuration: smallShape(), inputs: 2, actionSize: 2), training: training,
            set: set, seed: 1)
        try trainer.train()
        let reward = try CoherentReward(
            configuration: configuration, network: trainer.network, cloned: trainer.best, capacity: 64)
        return (reward, set, trainer)
    }

    private func evaluate(_ reward: CoherentReward, _ inputs: TensorView, _ actions: TensorView) -> [Float] {
        var values = [Float](repeating: 0, count: inputs.rows)
        values.withUnsafeMutableBufferPointer { reward.evaluate(inputs: inputs, actions: actions, into: $0) }
        return values
    }

    /// `(ln π + d ln 2) / d` of the policy asked for one row.
    @Test func isTheLogRatio() throws {
        let (reward, set, trainer) = try cloned()
        let policy = StationaryPolicy(network: trainer.network, parameters: trainer.best, version: 0)
        let (inputs, actions) = (set.inputs.firstRows(30), set.labels.firstRows(30))
        let values = evaluate(reward, inputs, actions)
        for row in 0..<30 {
            policy.observe(UnsafeBufferPointer(inputs.row(row)))
            let density = policy.logDensity(of: UnsafeBufferPointer(actions.row(row)))
            let expected = min(max((density + 2 * log(2)) / 2, -2), 6.45)
            #expect(abs(Double(values[row]) - expected) < 1e-4)
        }
    }

    @Test func gatesPassForGoodDemonstrations() throws {
        let (reward, set, trainer) = try cloned()
        let measurement = try RewardMeasurement(of: reward, on: set, rows: trainer.heldOutRows, seed: 1)
        #expect(measurement.demonstrationMean > 0.5 && measurement.randomMean < 0)
        #expect(measurement.modeQuantile > measurement.demonstrationMean)
        #expect(RewardGates().failures(of: measurement).isEmpty, "\(measurement)")
        #expect(try RewardMeasurement(of: reward, on: set, rows: trainer.heldOutRows, seed: 1) == measurement)
        #expect(throws: LearningError.self) { try RewardMeasurement(of: reward, on: set, rows: [], seed: 1) }
    }

    /// An untrained network stands for a policy that has learnt nothing: no reward, no distinction.
    @Test func gatesStopAnUntrainedPolicy() throws {
        let network = StationaryNetwork(configuration: smallShape(), inputs: 2, actionSize: 2)
        let parameters = Parameters(layout: network.layout)
        var random = RandomStream(seed: 1)
        network.initialise(parameters, random: &random)
        let reward = try CoherentReward(configuration: .init(), network: network, cloned: parameters, capacity: 64)
        let set = try waveDemonstrations(seed: 3) { _ in 0.1 }
        let failures = RewardGates().failures(
            of: try RewardMeasurement(of: reward, on: set, rows: Array(0..<200), seed: 1))
        #expect(failures.contains { if case .indistinct = $0 { true } else { false } }, "\(failures)")
    }

    @Test func gatesNameWhatIsWrong() {
        let good = RewardMeasurement(
            medianDeviation: 0.1, demonstrationMean: 1.5, demonstrationDeviation: 0.4, randomMean: -2, modeQuantile: 2)
        #expect(RewardGates().failures(of: good).isEmpty)
        var bad = good
        bad.medianDeviation = 0.01
        #expect(RewardGates().failures(of: bad) == [.collapsedDeviation(found: 0.01, needed: 0.02)])
        bad = good
        bad.demonstrationDeviation = 2e-6
        #expect(RewardGates().failures(of: bad) == [.constantReward(found: 2e-6, needed: 0.1)])
        bad = good
        bad.demonstrationMean = -0.2
        #expect(RewardGates().failures(of: bad) == [.negativeReward(found: -0.2)])
        bad = good
        bad.randomMean = 1.2
        #expect(
            RewardGates().failures(of: bad) == [.indistinct(demonstrations: 1.5, random: 1.2, needed: 0.5)])
        bad = good
        bad.randomMean = .nan
        #expect(RewardGates().failures(of: bad) == [.notFinite])
        #expect("\(RewardGates.Failure.constantReward(found: 0, needed: 0.1))".contains("without any noise"))
    }

    /// The loss falls along its own gradient, and the step's gradient agrees with differences of the loss.
    @Test func refinementFollowsItsLoss() throws {
        var configuration = CoherentRewardConfiguration()
        configuration.refinementRate = 1e-4
        let (reward, set, _) = try cloned(configuration: configuration)
        let (shown, labels) = (set.inputs.firstRows(40), set.labels.firstRows(40))
        let (seen, tried) = (set.inputs.view.rows(40..<80), Tensor(rows: 40, columns: 2))
        var random = RandomStream(seed: 2)
        for index in 0..<80 { tried.base[index] = set.labels.base[80 + index] + 0.05 * random.gaussian() }
        func step() throws -> CoherentReward.Refinement {
            try reward.refine(demonstrations: shown, actions: labels, experience: seen, actions: tried.view)
        }
        let first = try step()
        let second = try step()
        // To first order a step of rate η lowers the loss by η |gradient|².
        let expected = 1e-4 * first.gradientNorm * first.gradientNorm
        #expect(abs(first.loss - second.loss - expected) < 0.2 * expected, "\(first) \(second)")
        for _ in 0..<50 { _ = try step() }
        #expect(try step().loss < second.loss)
    }

    /// Below −5 the experience term has no slope: only demonstrations move the reward.
    @Test func veryLowRewardsAreLeftAlone() throws {
        let (reward, set, _) = try cloned()
        let far = Tensor(rows: 40, columns: 2)
        for row in 0..<40 { for column in 0..<2 { far[row, column] = set.labels[row, column] > 0 ? -0.99 : 0.99 } }
        let inputs = set.inputs.firstRows(40)
        let result = try reward.refine(
            demonstrations: inputs, actions: set.labels.firstRows(40), experience: inputs, actions: far.view)
        #expect(result.experience < -5)
        let other = try cloned().0
        let near = try other.refine(
            demonstrations: inputs, actions: set.labels.firstRows(40), experience: inputs,
            actions: set.labels.firstRows(40))
        #expect(near.experience > 0 && near.gradientNorm != result.gradientNorm)
    }

    /// Never negative, zero at zero, with the slope `1 − e^{−r}`; flat below −5.
    @Test func experienceTerm() {
        #expect(CoherentReward.experienceTerm(0).value == 0 && CoherentReward.experienceTerm(0).slope == 0)
        for reward in stride(from: -4.9, to: 6.5, by: 0.3) {
            let term = CoherentReward.experienceTerm(reward)
            let (above, below) = (
                CoherentReward.experienceTerm(reward + 1e-5).value, CoherentReward.experienceTerm(reward - 1e-5).value
            )
            #expect(term.value >= 0 && abs(term.slope - (1 - exp(-reward))) < 1e-12)
            #expect(abs((above - below) / 2e-5 - term.slope) < 1e-5 * max(1, abs(term.slope)))
        }
        #expect(CoherentReward.experienceTerm(-7).slope == 0)
        #expect(CoherentReward.experienceTerm(-7).value == CoherentReward.experienceTerm(-5).value)
    }

    /// Per dimension the reward of an action below saturation is at most that of the smallest deviation at its own mean,
    /// `ln 2 − ½ ln 2π − ln σ` and what squashing adds there; whatever comes out is held within the configured bounds.
    @Test func bounds() throws {
        #expect(abs(CoherentRewardConfiguration().highest - Float(log(2) - 0.5 * log(1e-5))) < 1e-3)
        let (smallest, mean) = (0.00274, 0.5)
        let peak = SquashedGaussian.logDensity(action: tanh(mean), mean: mean, deviation: smallest).value + log(2)
        #expect(peak < 6.45)
        let network = StationaryNetwork(configuration: smallShape(), inputs: 2, actionSize: 2)
        var random = RandomStream(seed: 4)
        let (inputs, actions) = (Tensor(rows: 64, columns: 2), Tensor(rows: 64, columns: 2))
        for seed in 1...10 as ClosedRange<UInt64> {
            let parameters = Parameters(layout: network.layout)
            var initial = RandomStream(seed: seed)
            network.initialise(parameters, random: &initial)
            for index in 0..<parameters.count { parameters.base[index] += 0.5 * random.gaussian() }
            let reward = try CoherentReward(configuration: .init(), network: network, cloned: parameters, capacity: 64)
            fillGaussian(inputs, scale: 3, &random)
            for index in 0..<128 { actions.base[index] = max(-1, min(1, 1.3 * random.gaussian())) }
            let values = evaluate(reward, inputs.view, actions.view)
            #expect(values.allSatisfy { $0 >= -2 && $0 <= 6.45 })
        }
    }

    /// Coherence: with `r = α ln(q / p)`, soft value iteration has value zero, and q is its optimal policy, in any MDP.
    @Test(arguments: [0.5, 0.9, 0.99])
    func theClonedPolicyIsOptimalForItsReward(discount: Double) {
        var random = RandomStream(seed: 5)
        let (states, choices, temperature) = (6, 4, 0.3)
        func distribution(_ count: Int) -> [Double] {
            let values = (0..<count).map { _ in random.uniform(0.05, 1) }
            return values.map { $0 / values.reduce(0, +) }
        }
        let policy = (0..<states).map { _ in distribution(choices) }
        let next = (0..<states).map { _ in (0..<choices).map { _ in distribution(states) } }
        let prior = 1 / Double(choices)
        var value = (0..<states).map { _ in random.uniform(-1, 1) }
        var quality = policy
        for _ in 0..<4000 {
            for state in 0..<states {
                for choice in 0..<choices {
                    let future = (0..<states).reduce(0) { $0 + next[state][choice][$1] * value[$1] }
                    quality[state][choice] =
                        temperature * log(policy[state][choice] / prior) + discount * future
                }
            }
            value = quality.map { row in
                temperature * log(row.reduce(0) { $0 + prior * exp($1 / temperature) })
            }
        }
        #expect(value.allSatisfy { abs($0) < 1e-8 })
        for state in 0..<states {
            for choice in 0..<choices {
                let optimal = prior * exp((quality[state][choice] - value[state]) / temperature)
                #expect(abs(optimal - policy[state][choice]) < 1e-8)
            }
        }
    }
}
