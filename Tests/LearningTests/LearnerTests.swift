import Foundation
import Numerics
import Testing

@testable import Learning

struct LearnerTests {
    struct Setting {
        var experiment: PointExperiment
        let learner: CoherentLearner
        let policy: StationaryPolicy
    }

    func setting(
        seed: UInt64 = 1, objective: LearningObjective = .coherent,
        change: (inout LearnerConfiguration) -> Void = { _ in }
    ) throws -> Setting {
        let experiment = try PointExperiment(composition: .ensemble(range: [1.05, 1.05]), seed: seed)
        let trainer = try experiment.clone(inputs: 2)
        let reward = try CoherentReward(
            configuration: .init(), network: trainer.network, cloned: trainer.best, capacity: 64)
        let measurement = try RewardMeasurement(of: reward, on: experiment.set, rows: trainer.heldOutRows, seed: 1)
        #expect(RewardGates().failures(of: measurement).isEmpty)
        var configuration = LearnerConfiguration(objective: objective, shift: Float(measurement.modeQuantile))
        (configuration.batchSize, configuration.criticHidden) = (32, [64, 64])
        change(&configuration)
        let learner = try CoherentLearner(
            configuration: configuration, network: trainer.network, cloned: trainer.best,
            demonstrations: experiment.demonstrations, experience: experiment.experience, seed: seed)
        let policy = StationaryPolicy(network: trainer.network, parameters: learner.policy, version: 0)
        return Setting(experiment: experiment, learner: learner, policy: policy)
    }

    /// The learner improves the composed policy, and no evaluation on the way is below its start by more than noise allows.
    @Test(
        arguments: [.coherent, .coherentAndSuccess, .sparse] as [LearningObjective],
        [(.plain, 1), (.plain, 2), (.categorical, 1)] as [(CriticKind, UInt64)])
    func improvesWithoutDropping(objective: LearningObjective, kind: (CriticKind, UInt64)) throws {
        let (critic, seed) = kind
        var setting = try setting(seed: seed, objective: objective) { $0.critic = critic }
        let (learner, policy) = (setting.learner, setting.policy)
        let start = setting.experiment.evaluate(policy)
        for _ in 0..<300 { try learner.pretrain() }
        for _ in 0..<10 { setting.experiment.explore(policy) {} }
        var (rates, next) = ([Double](), 500)
        while learner.step < 2000 {
            try setting.experiment.explore(policy) { try learner.update() }
            policy.take(learner.policy, version: UInt64(learner.step))
            if learner.step >= next {
                rates.append(setting.experiment.evaluate(policy))
                next += 500
            }
        }
        #expect(rates.min() ?? 0 > start - 0.07, "\(start) \(rates)")
        #expect(rates.last ?? 0 > (critic == .plain ? 0.85 : 0.7), "\(start) \(rates)")
        #expect(critic == .plain || learner.metrics.edgeAtoms > 0 && learner.metrics.edgeAtoms < 0.05)
        #expect(learner.metrics.divergence > 0.1 && learner.metrics.divergence < 2)
    }

    /// Where values may move it, the coherent reward shrinks the policy's deviation; where not, it stays about as it was.
    @Test func deviationIsHeld() throws {
        func change(_ valuesMoveDeviation: Bool) throws -> Double {
            var setting = try setting { $0.valuesMoveDeviation = valuesMoveDeviation }
            for _ in 0..<20 { setting.experiment.explore(setting.policy) {} }
            for _ in 0..<2 { try setting.learner.update() }
            let before = setting.learner.metrics.deviation
            for _ in 0..<1500 { try setting.learner.update() }
            return setting.learner.metrics.deviation / before
        }
        let (held, free) = (try change(false), try change(true))
        #expect(held > 0.85 && held < 1.3 && free < held - 0.1, "\(held), \(free)")
    }

    /// Critics that were pretrained with the gradient penalty are flat at demonstrated actions, so that the policy is hardly
    /// drawn away from where it starts; without the penalty they are not.
    @Test func thePenaltyKeepsTheStart() throws {
        func slopeAndPull(_ penalty: Float) throws -> (Double, Double) {
            var setting = try setting { ($0.gradientPenalty, $0.policyInterval) = (penalty, 1) }
            let learner = setting.learner
            for _ in 0..<600 { try learner.pretrain() }
            let rows = learner.batch.now
            let gradient = Tensor(rows: rows.rows, columns: 2)
            _ = learner.critics.actionGradient(rows, into: gradient.view)
            let squares = gradient.values.reduce(0) { $0 + Double($1 * $1) } / Double(rows.rows)
            setting.experiment.explore(setting.policy) {}
            try learner.update()
            return (squares.squareRoot(), learner.metrics.policyGradientNorm)
        }
        let (flat, steep) = (try slopeAndPull(1), try slopeAndPull(0))
        #expect(flat.0 < 0.4 * steep.0 && flat.1 < 0.5 * steep.1, "\(flat) \(steep)")
    }

    /// Pretraining looks at demonstrations up to their ends, with inverse learning as far as a return goes.
    @Test(arguments: [LearningObjective.sparse, .inverse])
    func pretrainingSeesTheEnd(objective: LearningObjective) throws {
        let setting = try setting(objective: objective)
        let (learner, batch) = (setting.learner, setting.learner.batch)
        try learner.pretrain()
        let longest = batch.returns.map(\.steps).max() ?? 0
        guard objective == .sparse else {
            #expect(longest == learner.demonstrations.shape.returnSteps)
            return
        }
        #expect(longest > 2 * learner.demonstrations.shape.returnSteps)
        for row in 0..<batch.rows where batch.returns[row].success {
            let steps = Float(batch.returns[row].steps)
            #expect(abs(batch.rewards[row] - pow(learner.configuration.discount, steps - 1)) < 1e-4)
            #expect(batch.discounts[row] == 0)
        }
        #expect(batch.returns.contains { $0.success })
    }

    /// Until its first update the policy is the cloned one, bit for bit.
    @Test func startsAsCloned() throws {
        var setting = try setting { $0.policyDelay = 20 }
        let learner = setting.learner
        setting.experiment.explore(setting.policy) {}
        for _ in 0..<10 { try learner.pretrain() }
        for _ in 0..<20 { try learner.update() }
        #expect(learner.policy.storage.values == learner.cloned.storage.values)
        for _ in 0..<2 { try learner.update() }
        #expect(learner.policy.storage.values != learner.cloned.storage.values)
        #expect(learner.metrics.divergence < 1e-6)
        // What acts has followed by a fraction.
        let rate = learner.configuration.actingRate
        for place in 0..<learner.policy.count {
            let (start, end) = (learner.cloned.base[place], learner.policy.base[place])
            #expect(abs(learner.acting.base[place] - start - rate * (end - start)) < 1e-6)
        }
    }

    /// With the weight held high, the divergence stays near zero; beyond the limit the policy moves back.
    @Test func divergenceIsHeld() throws {
        var setting = try setting {
            ($0.divergenceRate, $0.divergenceWeight) = (0, 100)
        }
        setting.experiment.explore(setting.policy) {}
        for _ in 0..<200 { try setting.learner.update() }
        #expect(setting.learner.metrics.divergence < 0.05)

        var loose = try self.setting {
            ($0.divergenceRate, $0.divergenceWeight) = (0, 1e-4)
            ($0.divergenceTarget, $0.divergenceLimit, $0.policyRate) = (0.1, 0.4, 1e-3)
        }
        loose.experiment.explore(loose.policy) {}
        for _ in 0..<1000 { try loose.learner.update() }
        #expect(loose.learner.metrics.limitedUpdates > 0)
        #expect(loose.learner.metrics.divergence < 0.8)
    }

    /// Saved in the middle and resumed elsewhere, the same updates and the same experience give the same bytes.
    @Test(arguments: [0, 3], CriticKind.allCases)
    func resumesToTheSameBytes(refinementInterval: Int, critic: CriticKind) throws {
        let path = NSTemporaryDirectory() + "learner-\(UUID().uuidString).safetensors"
        defer { try? FileManager.default.removeItem(atPath: path) }
        func run(savingTo path: String?, resumingFrom: String?) throws -> [[UInt32]] {
            var setting = try setting {
                $0.refinementInterval = refinementInterval
                ($0.gradientPenalty, $0.critic) = (0.1, critic)
            }
            let learner = setting.learner
            func part(_ setting: inout Setting) throws {
                for _ in 0..<3 { try setting.experiment.explore(setting.policy) { try learner.update() } }
                setting.policy.take(learner.policy, version: UInt64(learner.step))
            }
            for _ in 0..<20 { try learner.pretrain() }
            setting.experiment.explore(setting.policy) {}
            try part(&setting)
            if let path { try learner.save(to: path) }
            if let resumingFrom {
                // Other updates in between, to be undone by resuming.
                let random = setting.experiment.random
                for _ in 0..<5 { try learner.update() }
                setting.experiment.explore(setting.policy) {}
                try learner.resume(from: resumingFrom)
                setting.experiment.random = random
            }
            try part(&setting)
            return [learner.policy, learner.critics.parameters[1], learner.reward.parameters].map {
                $0.storage.values.map(\.bitPattern)
            }
        }
        let straight = try run(savingTo: path, resumingFrom: nil)
        let resumed = try run(savingTo: nil, resumingFrom: path)
        #expect(straight == resumed)
    }

    /// A run that is gone on with for longer has a larger replay, and goes on as if that had been there from the start.
    @Test func aLargerReplayTakesOverASmallerOne() throws {
        let path = NSTemporaryDirectory() + "learner-\(UUID().uuidString).safetensors"
        defer { try? FileManager.default.removeItem(atPath: path) }
        func experience(_ capacity: Int) throws -> (Setting, CoherentLearner) {
            let setting = try setting()
            let old = setting.learner
            var shape = old.experience.shape
            shape.capacity = capacity
            let learner = try CoherentLearner(
                configuration: old.configuration, network: old.network, cloned: old.cloned,
                demonstrations: old.demonstrations, experience: ReplayBuffer(shape: shape), seed: old.seed)
            return (setting, learner)
        }
        func tell(_ learner: CoherentLearner, _ random: inout RandomStream, steps: Int) {
            let shape = learner.experience.shape
            func row(_ size: Int) -> [Float] { (0..<size).map { _ in Float(random.uniform(-0.9, 0.9)) } }
            for _ in 0..<steps {
                row(shape.stateSize).withUnsafeBufferPointer { learner.experience.open(lane: 0, state: $0) }
                row(shape.actionSize).withUnsafeBufferPointer {
                    learner.experience.act(lane: 0, action: $0, version: 1)
                }
            }
            row(shape.stateSize).withUnsafeBufferPointer { learner.experience.open(lane: 0, state: $0) }
            learner.experience.end(lane: 0, .timeout)
        }
        func rest(_ learner: CoherentLearner) throws -> [UInt32] {
            var random = RandomStream(seed: 8)
            tell(learner, &random, steps: 90)
            for _ in 0..<5 { try learner.update() }
            return learner.policy.storage.values.map(\.bitPattern)
                + learner.critics.parameters[0].storage.values.map(\.bitPattern)
        }
        let (_, large) = try experience(500)
        let (_, small) = try experience(100)
        for learner in [large, small] {
            var random = RandomStream(seed: 5)
            tell(learner, &random, steps: 60)
            for _ in 0..<5 { try learner.update() }
        }
        try small.save(to: path)
        let (_, grown) = try experience(500)
        try grown.resume(from: path)
        let (first, second) = (try rest(large), try rest(grown))
        #expect(first == second)

        // One that has begun to overwrite is missing what the larger one would have kept.
        var random = RandomStream(seed: 9)
        tell(small, &random, steps: 60)
        try small.save(to: path)
        let error = try #require(throws: LearningError.self) { try experience(500).1.resume(from: path) }
        #expect("\(error)".contains("all of which were used"))
        #expect(throws: LearningError.self) { try experience(50).1.resume(from: path) }
    }

    @Test func refusesOtherCheckpoints() throws {
        let path = NSTemporaryDirectory() + "learner-\(UUID().uuidString).safetensors"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let first = try setting()
        try first.learner.save(to: path)
        let other = try setting { $0.discount = 0.9 }
        #expect(throws: LearningError.self) { try other.learner.resume(from: path) }
        #expect(throws: LearningError.self) { try first.learner.resume(from: path + ".missing") }
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        try bytes.prefix(bytes.count - 100).write(to: URL(fileURLWithPath: path))
        #expect(throws: LearningError.self) { try first.learner.resume(from: path) }
        #expect(throws: LearningError.self) { try first.learner.update() }
    }

    @Test(arguments: [0, 1], CriticKind.allCases)
    func anUpdateAllocatesNothing(refinementInterval: Int, critic: CriticKind) throws {
        var setting = try setting {
            ($0.refinementInterval, $0.gradientPenalty, $0.critic) = (refinementInterval, 0.1, critic)
        }
        for _ in 0..<5 { setting.experiment.explore(setting.policy) {} }
        let learner = setting.learner
        #expect(try allocations { try learner.update() } == 0)
    }

    /// The range of a categorical critic's values: measured on demonstrations, or as configured, but never guessed.
    @Test func valueRange() throws {
        let sparse = try #require(try setting(objective: .sparse) { $0.critic = .categorical }.learner.valueRange)
        // Success is worth at most 1 and nothing is worth 0; a quarter more on both sides.
        #expect(sparse.contains(-0.2) && sparse.contains(1.2) && !sparse.contains(-0.3) && !sparse.contains(1.3))
        let shown = try #require(try setting(objective: .sqil) { $0.critic = .categorical }.learner.valueRange)
        #expect(abs(shown.lowerBound + 25) < 0.01 && abs(shown.upperBound - 125) < 0.01)
        let coherent = try #require(try setting { $0.critic = .categorical }.learner.valueRange)
        #expect(coherent.lowerBound < -10 && coherent.upperBound > 0)
        #expect(try setting { ($0.critic, $0.valueRange) = (.categorical, -3...4) }.learner.valueRange == -3...4)
        #expect(try setting().learner.valueRange == nil)
        let trainer = try PointExperiment(composition: .ensemble(range: [1.05, 1.05]), seed: 1).clone(inputs: 2)
        func empty() throws -> ReplayBuffer {
            try ReplayBuffer(
                shape: .init(capacity: 100, stateSize: PointTask.stateSize, actionSize: 2, returnSteps: 3))
        }
        var configuration = LearnerConfiguration(reward: .sparse)
        configuration.critic = .categorical
        #expect(throws: LearningError.self) {
            try CoherentLearner(
                configuration: configuration, network: trainer.network, cloned: trainer.best, demonstrations: empty(),
                experience: empty(), seed: 1)
        }
    }

    @Test func badConfigurations() throws {
        for change in [
            { $0.discount = 1 }, { $0.batchSize = 0 }, { $0.divergenceLimit = 0.1 }, { $0.criticHidden = [] },
            { $0.reward = RewardMix(coherent: 0, shift: 0, success: 0) }, { $0.policyRate = .nan },
            { $0.largestSkips = -1 }, { $0.demonstrationShare = 1 }, { $0.demonstrationShare = .nan },
            { ($0.demonstrationShare, $0.gradientPenalty) = (0, 1) },
            { $0.valueRange = -Float.infinity...1 }, { $0.valueRange = 2...2 }, { $0.reward = .nothing },
            { $0.criticLoss = .inverse(regularisation: 0.5) },
            { ($0.reward, $0.criticLoss) = (.nothing, .inverse(regularisation: 0)) },
            { ($0.reward, $0.criticLoss, $0.critic) = (.nothing, .inverse(regularisation: 0.5), .categorical) },
        ] as [(inout LearnerConfiguration) -> Void] {
            var configuration = LearnerConfiguration(reward: .sparse)
            try configuration.check()
            change(&configuration)
            #expect(throws: LearningError.self) { try configuration.check() }
        }
    }
}
