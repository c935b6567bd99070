import Numerics
import Testing

@testable import Learning

struct RollBackTests {
    /// The policy is the cloned one again, to the byte, and goes on learning as one that starts: what the critics know stays.
    @Test func thePolicyIsTheClonedOneAgain() throws {
        var setting = try LearnerTests().setting { ($0.policyInterval, $0.divergenceWeight) = (1, 0.5) }
        let learner = setting.learner
        for _ in 0..<3 { setting.experiment.explore(setting.policy) {} }
        for _ in 0..<30 { try learner.update() }
        let critics = learner.critics.parameters.map { $0.storage.values }
        #expect(learner.policy.storage.values != learner.cloned.storage.values)
        #expect(learner.metrics.divergenceWeight != 0.5)

        learner.rollBack()
        #expect(learner.policy.storage.values.map(\.bitPattern) == learner.cloned.storage.values.map(\.bitPattern))
        #expect(learner.acting.storage.values == learner.cloned.storage.values)
        #expect(learner.critics.parameters.map { $0.storage.values } == critics)
        #expect(learner.step == 30, "versions go on counting")

        let metrics = try learner.update()
        #expect(metrics.divergence < 1e-9, "this update began at the cloned policy")
        // Adam without a memory makes a first step as large as its rate at most.
        let rate = learner.configuration.policyRate
        let moves = zip(learner.policy.storage.values, learner.cloned.storage.values).map { abs($0 - $1) }
        #expect(moves.max() ?? 0 > 0 && moves.allSatisfy { $0 < 1.01 * rate })
        #expect(learner.policy.firstNotFinite() == nil && metrics.skippedUpdates == 0)
    }

    /// Without exploration the actions that values are learnt for are the most likely ones.
    @Test func withoutExplorationTheModeIsLearntFor() throws {
        for exploration in [Float(0), 1] {
            let setting = try LearnerTests().setting { $0.exploration = exploration }
            let learner = setting.learner
            var random = RandomStream(seed: 3)
            var action: [Float] = [0, 0]
            var differences: [Float] = []
            let rows = learner.batch.proposed
            for row in 0..<learner.batch.rows {
                for column in 0..<learner.batch.stateSize { rows.row(row)[column] = random.gaussian() }
            }
            learner.act(in: rows, &random)
            for row in 0..<learner.batch.rows {
                setting.policy.observe(UnsafeBufferPointer(rows.row(row)))
                action.withUnsafeMutableBufferPointer { setting.policy.mode(into: $0) }
                for index in 0..<2 {
                    differences.append(abs(rows.row(row)[learner.batch.stateSize + index] - action[index]))
                }
            }
            let largest = differences.max() ?? 0
            #expect(exploration == 0 ? largest < 1e-5 : largest > 0.05)
        }
    }

    @Test func aSampleWithoutDeviationIsTheMode() throws {
        let setting = try LearnerTests().setting()
        var (sample, mode): ([Float], [Float]) = ([0, 0], [0, 0])
        var random = RandomStream(seed: 1)
        [0.3, -0.2].withUnsafeBufferPointer { setting.policy.observe($0) }
        sample.withUnsafeMutableBufferPointer { setting.policy.sample(into: $0, scale: 0, random: &random) }
        mode.withUnsafeMutableBufferPointer { setting.policy.mode(into: $0) }
        #expect(sample == mode)
    }
}
