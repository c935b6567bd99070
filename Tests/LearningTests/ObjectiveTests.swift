import Foundation
import Numerics
import Testing

@testable import Learning

struct ObjectiveTests {
    @Test func everyObjectiveIsASetting() throws {
        #expect(
            LearningObjective.allCases.map(\.rawValue) == [
                "coherent", "coherent-and-success", "sparse", "sqil", "iq-learn",
            ])
        for objective in LearningObjective.allCases {
            var configuration = LearnerConfiguration(objective: objective, shift: 1.5)
            try configuration.check()
            let text = try JSONEncoder().encode(configuration)
            #expect(try JSONDecoder().decode(LearnerConfiguration.self, from: text) == configuration)
            configuration.critic = .categorical
            if objective == .inverse {
                let error = #expect(throws: LearningError.self) { try configuration.check() }
                #expect(error?.description.contains("plain") == true)
            } else {
                try configuration.check()
            }
        }
        #expect(LearnerConfiguration(objective: .coherent, shift: 1.5) == .init(reward: .coherent(shift: 1.5)))
        #expect(CriticKind.allCases.map(\.rawValue) == ["plain", "categorical"])
    }

    /// Rewards of one for each demonstrated step, none for experience; success lasts, at half a reward a step.
    @Test func rewardsOfDemonstrations() throws {
        var setting = try LearnerTests().setting(objective: .sqil)
        let learner = setting.learner
        for _ in 0..<5 { setting.experiment.explore(setting.policy) {} }
        var (ends, others) = (0, 0)
        for _ in 0..<20 {
            try learner.update()
            let batch = learner.batch
            for row in 0..<batch.rows {
                let part = batch.returns[row]
                var expected: Float = 0
                if row < 32 { for step in 0..<part.steps { expected += pow(0.99, Float(step)) } }
                if part.success {
                    expected += pow(0.99, Float(part.steps)) * 50
                    ends += 1
                } else {
                    others += 1
                    #expect(abs(batch.discounts[row] - pow(0.99, Float(part.steps))) < 1e-5)
                }
                #expect(abs(batch.rewards[row] - expected) < 1e-3)
                #expect(!part.success || batch.discounts[row] == 0)
            }
        }
        #expect(ends > 0 && others > 0)
    }

    /// The baselines that imitate without the coherent reward make the composed policy better, too.
    @Test(arguments: [.sqil, .inverse] as [LearningObjective])
    func imitatorsLearn(objective: LearningObjective) throws {
        var setting = try LearnerTests().setting(seed: 2, objective: objective)
        let (learner, policy) = (setting.learner, setting.policy)
        let start = setting.experiment.evaluate(policy)
        for _ in 0..<300 { try learner.pretrain() }
        for _ in 0..<10 { setting.experiment.explore(policy) {} }
        var (best, next) = (0.0, 250)
        while learner.step < 1500 {
            try setting.experiment.explore(policy) { try learner.update() }
            policy.take(learner.policy, version: UInt64(learner.step))
            if learner.step >= next {
                best = max(best, setting.experiment.evaluate(policy))
                next += 250
            }
        }
        #expect(best > start + 0.3, "\(start) \(best)")
        #expect(learner.metrics.divergence < 2 && learner.metrics.skippedUpdates == 0)
    }

    /// Updates of inverse soft Q-learning allocate nothing and resume to the same bytes.
    @Test func inverseUpdates() throws {
        let path = NSTemporaryDirectory() + "learner-\(UUID().uuidString).safetensors"
        defer { try? FileManager.default.removeItem(atPath: path) }
        var setting = try LearnerTests().setting(objective: .inverse)
        for _ in 0..<3 { setting.experiment.explore(setting.policy) {} }
        let learner = setting.learner
        #expect(try allocations { try learner.update() } == 0)
        try learner.save(to: path)
        func go() throws -> [UInt32] {
            for _ in 0..<10 { try learner.update() }
            return learner.critics.parameters[1].storage.values.map(\.bitPattern)
        }
        let first = try go()
        try learner.resume(from: path)
        #expect(try go() == first)
    }
}
