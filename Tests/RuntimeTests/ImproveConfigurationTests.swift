import Configuration
import Foundation
import Testing

@testable import Runtime

@Suite struct ImproveConfigurationTests {
    private let smallest = """
        name: small
        task: {name: square, variant: d0}
        robot: ../robots/panda.yaml
        action: {translation: 0.05 m, rotation: 0.5 rad}
        inference: {rate: 20 Hz}

        """

    private func decode(_ text: String) throws(ConfigurationError) -> JobConfiguration {
        try JobConfiguration.decode(Document(text: smallest + text, path: packagePath + "/configs/t.yaml"))
    }

    private func faults(_ text: String) -> [String] {
        do throws(ConfigurationError) {
            _ = try decode(text)
            return []
        } catch {
            return error.faults.map { "\($0.position.line):\($0.position.column): \($0.message)" }
        }
    }

    @Test func everyKeyIsRead() throws {
        let improve = try decode(
            """
            improve:
              method: coherent-and-success
              composition: residual
              base_share: 25 %
              reach: 0.4
              gripper_reach: 0.9
              steps: 1000
              demonstrations: 12
              cloning_steps: 300
              pretraining_steps: 0
              updates_per_step: 0.5
              policy_delay: 7
              return_steps: 5
              discount: 0.98
              batch_size: 32
              demonstration_share: 25 %
              critic: categorical
              critic_hidden: 128
              divergence_target: 0.7
              divergence_rise: 900
              divergence_weight: 3
              detail: 5
              features: 48
              bottleneck: 20
              deviation_floor: 0.05
              gradient_penalty: 0.1
              policy_rate: 0.0001
              exploration: 0.25
              coherent_weight: 0.1
              refine_every: 100
              replay: 5000
              environments: 3
              takeover: step
              roll_back: false
              keep: last
              evaluate_every: 500
              evaluation_episodes: 9
              evaluation_seed: 77

            """
        ).improve
        #expect(improve.method == .coherentAndSuccess && improve.composition == .residual)
        #expect(improve.baseShare == 0.25 && improve.reach == 0.4 && improve.gripperReach == 0.9)
        #expect(improve.steps == 1000 && improve.demonstrations == 12 && improve.cloningSteps == 300)
        #expect(improve.pretrainingSteps == 0 && improve.updatesPerStep == 0.5 && improve.policyDelay == 7)
        #expect(improve.returnSteps == 5 && improve.discount == 0.98 && improve.batchSize == 32)
        #expect(improve.bottleneck == 20 && improve.keep == .last)
        #expect(improve.demonstrationShare == 0.25 && improve.divergenceRise == 900)
        #expect(improve.critic == .categorical && improve.criticHidden == 128)
        #expect(improve.divergenceTarget == 0.7 && improve.divergenceWeight == 3 && improve.features == 48)
        #expect(improve.deviationFloor == 0.05 && improve.gradientPenalty == 0.1 && improve.policyRate == 0.0001)
        #expect(improve.exploration == 0.25 && improve.coherentWeight == 0.1 && improve.refineEvery == 100)
        #expect(improve.replay == 5000 && improve.environments == 3 && improve.takeover == .step && improve.detail == 5)
        #expect(!improve.rollsBack && improve.evaluateEvery == 500 && improve.evaluationEpisodes == 9)
        #expect(improve.evaluationSeed == 77)
    }

    @Test func whatIsLeftOutHasADefaultThatFitsTheComposition() throws {
        let usual = try decode("").improve
        #expect(usual.method == .coherent && usual.rollsBack && usual.takeover == .episode)
        for composition in JobConfiguration.ImproveSettings.Joining.allCases {
            let improve = try decode("improve: {composition: \(composition.rawValue)}\n").improve
            #expect(
                (improve.reach, improve.gripperReach)
                    == JobConfiguration.ImproveSettings.reach(of: composition, isCloned: true))
            // As the command line changes it.
            var changed = usual
            changed.join(by: composition)
            #expect(changed == improve)
        }
        var own = try decode("improve: {reach: 1.1}\n").improve
        own.join(by: .ensemble)
        #expect(own.reach == 1.1, "nothing was changed")
    }

    /// What nobody has shown when to let go does not overrule the base's grip.
    @Test func whatIsNotClonedReachesLess() throws {
        let usual = try decode("improve: {composition: residual}\n").improve
        let uncloned = try decode("improve: {composition: residual, cloning_steps: 0}\n").improve
        #expect(usual.gripperReach > 1 && uncloned.gripperReach == 0.3 && uncloned.reach == usual.reach)
        // As the command line changes it, there and back.
        var changed = usual
        changed.clone(steps: 0)
        #expect(changed == uncloned)
        changed.clone(steps: usual.cloningSteps)
        #expect(changed == usual)
        var own = try decode("improve: {composition: residual, gripper_reach: 0.5}\n").improve
        own.clone(steps: 5)
        #expect(own.gripperReach == 0.5, "still cloned: nothing else was changed")
        // In either order.
        var (first, second) = (try decode("").improve, try decode("").improve)
        first.join(by: .residual)
        first.clone(steps: 0)
        second.clone(steps: 0)
        second.join(by: .residual)
        #expect(first == second && first == uncloned)
    }

    /// Where values end long before demonstrations do, a discount is named that reaches.
    @Test(arguments: [(125.0, 0.99, nil), (320, 0.99, "'discount: 0.9961'"), (320, 0.996, nil), (200, 0.99, "0.9938")])
    func aShortSightIsTold(steps: Double, discount: Double, advice: String?) throws {
        var improve = try decode("").improve
        improve.discount = discount
        let told = improve.advice(demonstrationSteps: steps)
        #expect((told == nil) == (advice == nil))
        if let advice { #expect(told?.contains(advice) == true, "\(told ?? "")") }
    }

    @Test func writtenOutItReadsBackTheSame() throws {
        typealias Settings = JobConfiguration.ImproveSettings
        var state: UInt64 = 11
        func random(_ range: ClosedRange<Int>) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return range.lowerBound + Int((state >> 33) % UInt64(range.count))
        }
        func part() -> Double { Double(random(1...999_983)) / 999_983 }
        for _ in 0..<200 {
            var job = try decode("")
            job.improve.method = Settings.Method.allCases[random(0...5)]
            job.improve.composition = Settings.Joining.allCases[random(0...1)]
            job.improve.critic = Settings.Critic.allCases[random(0...1)]
            job.improve.takeover = Settings.Takeover.allCases[random(0...1)]
            (job.improve.baseShare, job.improve.reach, job.improve.gripperReach) = (part() / 2, 2 * part(), 4 * part())
            (job.improve.steps, job.improve.demonstrations) = (random(1...100_000), random(0...1000))
            (job.improve.cloningSteps, job.improve.pretrainingSteps) = (random(1...9000), random(0...9000))
            (job.improve.updatesPerStep, job.improve.policyDelay) = (part() + 0.01, random(0...9000))
            (job.improve.returnSteps, job.improve.discount) = (random(1...64), part() / 2)
            (job.improve.batchSize, job.improve.criticHidden) = (random(1...512), random(8...512))
            (job.improve.demonstrationShare, job.improve.divergenceRise) = (part() / 2, random(0...9000))
            (job.improve.divergenceTarget, job.improve.divergenceWeight) = (part(), 100 * part())
            (job.improve.features, job.improve.deviationFloor) = (random(2...200), part() / 4 + 0.001)
            (job.improve.gradientPenalty, job.improve.policyRate) = (part(), part() * 0.1)
            (job.improve.exploration, job.improve.coherentWeight) = (part(), part())
            (job.improve.refineEvery, job.improve.replay) = (random(0...100), random(1000...9999))
            (job.improve.detail, job.improve.bottleneck) = (random(0...8), random(1...1024))
            job.improve.keep = Settings.Keeping.allCases[random(0...1)]
            (job.improve.environments, job.improve.rollsBack) = (random(1...64), random(0...1) == 0)
            (job.improve.evaluateEvery, job.improve.evaluationEpisodes) = (random(1...9000), random(1...900))
            job.improve.evaluationSeed = UInt64(random(0...1_000_000))
            let text = job.yaml.document
            #expect(try JobConfiguration.decode(Document(text: text, path: job.path)) == job)
        }
    }

    @Test(arguments: [
        ("{method: coherence}", "6:19: method cannot be 'coherence'; did you mean 'coherent'?"),
        ("{composition: mean}", "6:24: composition cannot be 'mean'"),
        ("{critic: distribution}", "6:19: critic cannot be 'distribution'"),
        ("{takeover: never}", "6:21: takeover cannot be 'never'"),
        ("{reech: 1}", "6:11: unknown key 'reech'; did you mean 'reach'?"),
        ("{base_share: 1}", "6:23: base_share is"),
        ("{reach: 0}", "6:18: reach is 0"),
        ("{reach: 2.5}", "6:18: reach is 2.5"),
        ("{steps: 0}", "6:18: steps is 0"),
        ("{demonstrations: -1}", "6:27: demonstrations is -1"),
        ("{discount: 1}", "6:21: discount is 1"),
        ("{return_steps: 65}", "6:25: return_steps is 65"),
        ("{deviation_floor: 0.5}", "6:28: deviation_floor is 0.5"),
        ("{replay: 10}", "6:19: replay is 10"),
        ("{roll_back: maybe}", "6:22: roll_back is 'maybe'"),
        ("{exploration: much}", "6:24: exploration is 'much'"),
        ("{evaluation_seed: -3}", "6:28: evaluation_seed"),
    ])
    func oneFault(text: String, fault: String) {
        let found = faults("improve: \(text)\n")
        #expect(found.count == 1 && found.first?.hasPrefix(fault) == true, "\(found)")
    }

    @Test func allFaultsAreToldAtOnce() {
        #expect(faults("improve: {method: x, steps: 0, features: 1, nothing: 3}\n").count == 4)
    }

    @Test func iqLearnIsForPlainCritics() throws {
        let context = try TestJob.context(horizon: 4) { job in
            (job.improve.method, job.improve.critic) = (.inverse, .categorical)
        }
        let error = #expect(throws: JobError.self) { try context.job.improve.check(context) }
        #expect(error?.status == .badFile && error?.message.hasPrefix(context.job.path + ": improve: ") == true)
        for method in JobConfiguration.ImproveSettings.Method.allCases {
            try TestJob.context(horizon: 4) { $0.improve.method = method }.job.improve.check(context)
        }
    }
}
