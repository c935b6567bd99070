import Foundation
import Numerics
import Testing

@testable import Learning

struct LearnerFaultTests {
    enum Damage: CaseIterable { case shownState, shownAction, livedState, livedAction }

    /// A number that is not finite is named, the update skipped and counted, nothing changed; and at a bound it stops.
    @Test(arguments: Damage.allCases)
    func notANumberIsSkippedAndStops(damage: Damage) throws {
        var setting = try LearnerTests().setting {
            ($0.policyInterval, $0.refinementInterval, $0.largestSkips) = (1, 1, 3)
        }
        setting.experiment.explore(setting.policy) {}
        let learner = setting.learner
        try learner.update()
        func numbers() -> [[UInt32]] {
            (learner.critics.parameters + learner.critics.targets + [learner.policy, learner.reward.parameters]).map {
                $0.storage.values.map(\.bitPattern)
            }
        }
        let (before, seen) = (numbers(), learner.metrics)
        let buffer =
            switch damage {
            case .shownState, .shownAction: setting.experiment.demonstrations
            case .livedState, .livedAction: setting.experiment.experience
            }
        for slot in 0..<buffer.slotCount {
            switch damage {
            case .shownState, .livedState: buffer.states[slot, 1] = .nan
            case .shownAction, .livedAction: buffer.actions[slot, 1] = -.infinity
            }
        }
        for skip in 1...3 {
            let metrics = try learner.update()
            #expect(metrics.skippedUpdates == skip && metrics.step == 1 + skip && learner.step == 1 + skip)
            #expect(metrics.criticError == seen.criticError && metrics.value == seen.value)
            let words: (String, String) =
                switch damage {
                case .shownState: ("demonstrations: ", "number 1 of the state in slot ")
                case .shownAction: ("demonstrations: ", "number 1 of the action in slot ")
                case .livedState: ("experience: ", "number 1 of the state in slot ")
                case .livedAction: ("experience: ", "number 1 of the action in slot ")
                }
            let fault = try #require(metrics.lastFault)
            #expect(fault.hasPrefix(words.0 + words.1) && fault.contains("states before its newest"), "\(fault)")
        }
        let stop = #expect(throws: LearningError.self) { try learner.update() }
        guard case .skipped(4, 5, _) = stop else {
            Issue.record("\(String(describing: stop))")
            return
        }
        #expect(numbers() == before)
    }

    /// Without a share in the batches demonstrations are never looked at, so that broken ones do no harm.
    @Test func noShareIsNoDemonstration() throws {
        var setting = try LearnerTests().setting(objective: .sparse) { $0.demonstrationShare = 0 }
        setting.experiment.explore(setting.policy) {}
        let buffer = setting.experiment.demonstrations
        for slot in 0..<buffer.slotCount { buffer.states[slot, 0] = .nan }
        for _ in 0..<20 { try setting.learner.update() }
        #expect(setting.learner.metrics.skippedUpdates == 0 && setting.learner.metrics.criticError > 0)
    }

    @Test func theDivergencesTargetRises() throws {
        func targets(rise: Int) throws -> [Float] {
            var setting = try LearnerTests().setting {
                ($0.policyDelay, $0.divergenceRise, $0.divergenceTarget) = (3, rise, 0.4)
            }
            setting.experiment.explore(setting.policy) {}
            return try (0..<9).map { _ in
                try setting.learner.update()
                return setting.learner.divergenceTarget
            }
        }
        #expect(try targets(rise: 0) == Array(repeating: 0.4, count: 9))
        let rising = try targets(rise: 4)
        #expect(zip(rising, [0, 0, 0.1, 0.2, 0.3, 0.4, 0.4, 0.4, 0.4]).allSatisfy { abs($0 - $1) < 1e-6 }, "\(rising)")
    }

    /// One damaged step among many costs the updates that meet it, and no more; others go on learning.
    @Test func oneDamagedStepIsNotTheEnd() throws {
        var setting = try LearnerTests().setting { $0.batchSize = 1 }
        for _ in 0..<20 { setting.experiment.explore(setting.policy) {} }
        let learner = setting.learner
        let damaged = setting.experiment.experience.sampleableCount / 2
        setting.experiment.experience.states[damaged, 0] = .nan
        for _ in 0..<2000 { try learner.update() }
        #expect(learner.metrics.skippedUpdates > 0 && learner.metrics.skippedUpdates < 30)
        #expect(learner.policy.firstNotFinite() == nil && learner.critics.parameters[0].firstNotFinite() == nil)
        #expect(learner.metrics.lastFault?.contains("experience: number 0 of the state in slot \(damaged) ") == true)
    }

    /// What breaks inside, with sound data, is named as well: here a policy that explodes.
    @Test func aGradientThatExplodesIsSkipped() throws {
        var setting = try LearnerTests().setting { $0.policyInterval = 1 }
        setting.experiment.explore(setting.policy) {}
        let learner = setting.learner
        learner.critics.parameters[0].storage.fill(.infinity)
        let metrics = try learner.update()
        #expect(metrics.skippedUpdates == 1 && metrics.lastFault == "the loss of critic 1 or its gradient")
        learner.policy.base[0] = .nan
        #expect(try learner.update().lastFault?.hasPrefix("the value's target of demonstrations, slot ") == true)
        learner.cloned.storage.fill(.nan)
        #expect(try learner.update().lastFault?.hasPrefix("the reward of demonstrations, slot ") == true)
        for _ in 0..<7 { try learner.pretrain() }
        #expect(throws: LearningError.self) { try learner.pretrain() }
    }
}
