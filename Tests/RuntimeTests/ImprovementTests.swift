import Episodes
import Foundation
import Learning
import Numerics
import Testing

@testable import Runtime

@Suite struct ImprovementTests {
    typealias Method = JobConfiguration.ImproveSettings.Method
    typealias Critic = JobConfiguration.ImproveSettings.Critic

    /// An episode that failed, made up.
    private func failure(_ improvement: Improvement, steps: Int = 4) -> EpisodeExperience {
        let size = improvement.cloned.stateSize
        var experience = EpisodeExperience(seed: 1, stateSize: size, actionSize: 7)
        experience.states = (0..<(steps + 1) * size).map { Float($0 % 13) / 13 - 0.5 }
        experience.actions = (0..<steps * 7).map { Float($0 % 11) / 11 - 0.5 }
        experience.versions = Array(repeating: 0, count: steps)
        experience.intervened = Array(repeating: false, count: steps)
        (experience.ending, experience.isLastBaseKnown) = (.horizon, true)
        return experience
    }

    /// Every method with both kinds of critics, from demonstrations to the final measurement.
    @Test(
        arguments: [Method.coherent, .coherentAndSuccess, .sparse, .sqil, .inverse], Critic.allCases)
    func everyMethodRuns(method: Method, critic: Critic) throws {
        let folder = try TemporaryFolder()
        let context = try ImprovementSample.context(horizon: 12) { job in
            (job.improve.method, job.improve.critic) = (method, critic)
            if method == .sparse { job.improve.join(by: .residual) }
        }
        let sample = try ImprovementSample.get()
        let job = ImproveJob(
            context: context, base: .checkpoint(sample.checkpoint), dataset: sample.dataset, out: folder.path + "/run",
            resume: nil)
        guard method != .inverse || critic == .plain else {
            let error = #expect(throws: JobError.self) { _ = try job.run() }
            #expect(error?.status == .badFile)
            #expect(error?.message.contains("IQ-Learn's loss is there for plain critics") == true)
            #expect(!FileManager.default.fileExists(atPath: folder.path + "/run"), "nothing is made")
            return
        }
        let result = try job.run()
        #expect(result.method == method.rawValue && result.steps == 24 && result.final.episodes == 1)
        #expect(result.composition == (method == .sparse ? "residual" : "ensemble"))
        #expect(result.updatesPerSecond > 0)
        let lines = try ImprovementSample.lines(result.run)
        let kinds = lines.map { line in
            switch line {
            case .reference: "reference"
            case .reward: "reward"
            case .episode: "episode"
            case .learning: "learning"
            case .evaluation: "evaluation"
            case .rollback: "rollback"
            case .final: "final"
            }
        }
        #expect(
            kinds == [
                "reward", "reference", "reference", "reference", "evaluation", "episode", "episode", "evaluation",
                "final",
            ])
        let small = try SmallPolicy(
            checkpoint: result.run + "/checkpoints/small.safetensors", for: context.purpose)
        // The second round's twelve steps were still to be learnt from when the last step was reached.
        #expect(small.version == 12)
        // Of evaluations in which nothing succeeded the last one is the best.
        #expect(result.policyStep == 24)
        let cloned = try SmallPolicy(
            checkpoint: result.run + "/checkpoints/cloned.safetensors", for: context.purpose)
        let differs = small.parameters.storage.values != cloned.parameters.storage.values
        #expect(differs)
        // The composite drives.
        let evaluation = try EvaluateJob(
            context: context, policy: .checkpoint(result.run), out: folder.path + "/evaluation"
        ).run()
        #expect(evaluation.episodes == 1 && evaluation.endings == ["horizon": 1])
    }

    /// When the last fifty episodes went worse than the base alone, the policy is the cloned one again.
    @Test(arguments: [true, false]) func whatGotWorseIsRolledBack(rollsBack: Bool) throws {
        let folder = try TemporaryFolder()
        let context = try ImprovementSample.context(horizon: 2) { job in
            (job.improve.rollsBack, job.improve.policyDelay) = (rollsBack, 2)
        }
        let sample = try ImprovementSample.get()
        let run = folder.path + "/run"
        let state = try {
            var state = try sample.improvement(context, in: run).state
            #expect(state.references.map(\.name) == [.base, .cloned, .stepZero])
            // A base that is good; the sample's does nothing in two steps.
            state.references[0] = .init(step: 0, name: .base, success: SuccessRate(successes: 40, trials: 50))
            return state
        }()
        let manifest = try RunFolder(creating: run, name: "t", command: "improve", isResuming: true)
        try manifest.write(Results.data(state, isPretty: true), to: manifest.checkpoints + "/improvement.json")

        let improvement = try sample.improvement(context, in: run, isResuming: true)
        let cloned = improvement.learner.cloned.storage.values
        try improvement.absorb(failure(improvement))
        try improvement.learn(updates: 4)
        for _ in 0..<48 { try improvement.absorb(failure(improvement)) }
        var isCloned: Bool { improvement.learner.policy.storage.values == cloned }
        #expect(!isCloned, "49 episodes are not enough to tell")
        try improvement.absorb(failure(improvement))
        #expect(isCloned == rollsBack)
        let rollbacks = try ImprovementSample.lines(run).compactMap { line in
            if case .rollback(let line) = line { line } else { nil }
        }
        #expect(rollbacks.count == (rollsBack ? 1 : 0))
        if rollsBack {
            #expect(rollbacks[0].step == 200 && rollbacks[0].rate == 0 && rollbacks[0].base == 0.8)
            #expect(improvement.state.recent.isEmpty, "the next fifty count anew")
        }
        try improvement.learn(updates: 2)
        #expect(improvement.learner.metrics.skippedUpdates == 0)
    }

    /// An evaluation that is surely worse than the best one puts the policy back, and holds it closer from then on.
    @Test(arguments: [true, false]) func aWorseEvaluationIsRolledBack(rollsBack: Bool) throws {
        let folder = try TemporaryFolder()
        let context = try ImprovementSample.context(horizon: 2) { job in
            (job.improve.rollsBack, job.improve.policyDelay) = (rollsBack, 2)
        }
        let sample = try ImprovementSample.get()
        let run = folder.path + "/run"
        let state = try {
            let improvement = try sample.improvement(context, in: run)
            try improvement.evaluate()
            var state = improvement.state
            #expect(state.best?.step == 0 && state.best?.rate == 0)
            // As if it had been good.
            state.best = .init(
                step: 0, updates: 0, success: SuccessRate(successes: 50, trials: 50), meanSuccessSteps: 3)
            return state
        }()
        let manifest = try RunFolder(creating: run, name: "t", command: "improve", isResuming: true)
        try manifest.write(Results.data(state, isPretty: true), to: manifest.checkpoints + "/improvement.json")

        let improvement = try sample.improvement(context, in: run, isResuming: true)
        let learner = improvement.learner
        try improvement.absorb(failure(improvement))
        try improvement.learn(updates: 4)
        let before = learner.divergenceTarget
        #expect(learner.policy.storage.values != learner.cloned.storage.values)
        try improvement.evaluate()
        let isBack = learner.policy.storage.values == learner.cloned.storage.values
        #expect(isBack == rollsBack)
        #expect(learner.divergenceTarget == (rollsBack ? before / 2 : before))
        let rollbacks = try ImprovementSample.lines(run).compactMap {
            if case .rollback(let line) = $0 { line } else { nil }
        }
        #expect(rollbacks == (rollsBack ? [.init(step: 4, policyStep: 0, rate: 0, base: 1)] : []))
        // The closer hold is part of what a run goes on with.
        let resumed = try sample.improvement(context, in: run, isResuming: true)
        #expect(resumed.learner.divergenceTarget == learner.divergenceTarget)
        #expect(resumed.state.best?.step == 0)
    }

    /// What learning did harm to is not the result.
    @Test(arguments: JobConfiguration.ImproveSettings.Keeping.allCases)
    func theBestEvaluationIsKept(keep: JobConfiguration.ImproveSettings.Keeping) throws {
        let folder = try TemporaryFolder()
        let context = try ImprovementSample.context(horizon: 12) { $0.improve.keep = keep }
        let sample = try ImprovementSample.get()
        func job(resume: String?) -> ImproveJob {
            ImproveJob(
                context: context, base: .checkpoint(sample.checkpoint), dataset: sample.dataset,
                out: resume == nil ? folder.path + "/run" : nil, resume: resume)
        }
        #expect(try job(resume: nil).run().policyStep == 24)
        let run = try RunFolder(existing: folder.path + "/run")
        var state = try #require(try ImprovementState.load(run))
        #expect(state.best?.step == 24)
        // As if step 0 had succeeded.
        state.best = .init(
            step: 0, updates: 0, success: SuccessRate(successes: 1, trials: 1), meanSuccessSteps: 3)
        try run.write(Results.data(state, isPretty: true), to: run.checkpoints + "/improvement.json")
        let (cloned, best) = (run.checkpoints + "/cloned.safetensors", run.checkpoints + "/best.safetensors")
        try Data(contentsOf: URL(fileURLWithPath: cloned)).write(to: URL(fileURLWithPath: best))
        let result = try job(resume: run.path).run()
        #expect(result.steps == 24 && result.policyStep == (keep == .best ? 0 : 24))
        let small = try SmallPolicy(checkpoint: run.checkpoints + "/small.safetensors", for: context.purpose)
        #expect(small.version == (keep == .best ? 0 : 12))
        #expect(result.text.contains("kept that of step 0") == (keep == .best))
        let final = try ImprovementSample.lines(run.path).compactMap {
            if case .final(let line) = $0 { line.policyStep } else { nil }
        }
        #expect(final == [result.policyStep])
    }

    /// As long as the base is within the interval, learning goes on.
    @Test func whatIsNotSurelyWorseGoesOn() throws {
        let folder = try TemporaryFolder()
        let context = try ImprovementSample.context(horizon: 2) { $0.improve.policyDelay = 2 }
        let improvement = try ImprovementSample.get().improvement(context, in: folder.path + "/run")
        try improvement.absorb(failure(improvement))
        try improvement.learn(updates: 4)
        for _ in 0..<60 { try improvement.absorb(failure(improvement)) }
        // The base alone succeeds never, so nothing can be worse.
        let differs = improvement.learner.policy.storage.values != improvement.learner.cloned.storage.values
        #expect(differs)
        #expect(improvement.state.rolling == SuccessRate(successes: 0, trials: 50))
        #expect(improvement.state.steps == 61 * 4 && improvement.state.episodes == 61)
        #expect(improvement.dueUpdates == 61 * 4 - 4)
    }

    /// Lines that a killed run had written after it was saved are said again, not twice.
    @Test func goingOnSaysNothingTwice() throws {
        let folder = try TemporaryFolder()
        let context = try ImprovementSample.context(horizon: 4) { $0.improve.steps = 12 }
        let sample = try ImprovementSample.get()
        let run = folder.path + "/run"
        func job(resuming: Bool) -> ImproveJob {
            ImproveJob(
                context: context, base: .checkpoint(sample.checkpoint), dataset: sample.dataset,
                out: resuming ? nil : run, resume: resuming ? run : nil)
        }
        let first = try job(resuming: false).run()
        let metrics = try String(contentsOfFile: run + "/metrics.jsonl", encoding: .utf8)
        // A run that had come to its end, and one that was killed right after its first evaluation was told.
        var second = try job(resuming: true).run()
        second.updatesPerSecond = first.updatesPerSecond
        #expect(second == first)
        #expect(try String(contentsOfFile: run + "/metrics.jsonl", encoding: .utf8) == metrics)

        let early = folder.path + "/early"
        let improvement = try sample.improvement(context, in: early)
        let saved = try String(contentsOfFile: early + "/checkpoints/improvement.json", encoding: .utf8)
        try improvement.evaluateIfDue()
        try Data(saved.utf8).write(to: URL(fileURLWithPath: early + "/checkpoints/improvement.json"))
        let resumed = try sample.improvement(context, in: early, isResuming: true)
        try resumed.evaluateIfDue()
        let evaluations = try ImprovementSample.lines(early).filter { if case .evaluation = $0 { true } else { false } }
        #expect(evaluations.count == 1)
    }

    /// What was measured before the critics are pretrained is not measured again, and they go on where they were.
    @Test func pretrainingIsGoneOnWith() throws {
        let folder = try TemporaryFolder()
        let sample = try ImprovementSample.get()
        func improvement(_ name: String, pretraining: Int, isResuming: Bool = false) throws -> Improvement {
            let context = try ImprovementSample.context(horizon: 2) { job in
                // What is not cloned begins at once.
                job.improve.method = .sparse
                job.improve.join(by: .residual)
                job.improve.clone(steps: 0)
                job.improve.pretrainingSteps = pretraining
            }
            return try sample.improvement(context, in: folder.path + "/" + name, isResuming: isResuming)
        }
        let whole = try improvement("whole", pretraining: 5)
        _ = try improvement("parts", pretraining: 0)
        #expect(try improvement("parts", pretraining: 2, isResuming: true).learner.pretrainingStep == 2)
        let resumed = try improvement("parts", pretraining: 5, isResuming: true)
        #expect(resumed.learner.pretrainingStep == 5)
        func bytes(_ improvement: Improvement, _ name: String) throws -> Data {
            try Data(contentsOf: URL(fileURLWithPath: improvement.folder.path + "/" + name))
        }
        for name in ["checkpoints/" + whole.state.learner, "metrics.jsonl"] {
            #expect(try bytes(whole, name) == bytes(resumed, name), "\(name) differs")
        }
    }

    @Test(arguments: [
        ("features", "features"), ("detail", "detail"), ("composition", "composition"), ("reach", "reach"),
        ("seed", "seed 1 instead of 0"),
        ("discount", "discount 0.99 instead of 0.9"), ("returns", "returnSteps 3 instead of 5"),
        ("critic", "critic plain instead of categorical"),
    ])
    func anotherJobDoesNotGoOn(change: String, words: String) throws {
        let folder = try TemporaryFolder()
        let context = try ImprovementSample.context(horizon: 2)
        let sample = try ImprovementSample.get()
        let run = folder.path + "/run"
        _ = try sample.improvement(context, in: run)
        let manifest = try String(contentsOfFile: run + "/run.yaml", encoding: .utf8)
        let other = try ImprovementSample.context(horizon: 2) { job in
            switch change {
            case "features": job.improve.features = 48
            case "detail": job.improve.detail = 1
            case "composition": job.improve.join(by: .residual)
            case "reach": job.improve.reach = 1.1
            case "seed": job.seed = 1
            case "discount": job.improve.discount = 0.9
            case "returns": job.improve.returnSteps = 5
            default: job.improve.critic = .categorical
            }
        }
        do {
            _ = try sample.improvement(other, in: run, isResuming: true)
            Issue.record("it went on")
        } catch {
            let failure = Failure(error)
            #expect(failure.status == .badFile)
            let wanted = change == "seed" ? "seed 0 instead of 1" : words
            #expect(failure.message.contains(wanted) && !failure.message.contains("\n"), "\(failure.message)")
            #expect(failure.message.count < 400, "\(failure.message)")
        }
        // What the run says of itself is what it began with.
        #expect(try String(contentsOfFile: run + "/run.yaml", encoding: .utf8) == manifest)
    }

    @Test func aDamagedStateIsNamed() throws {
        let folder = try TemporaryFolder()
        let context = try ImprovementSample.context(horizon: 2)
        let sample = try ImprovementSample.get()
        let run = folder.path + "/run"
        let improvement = try sample.improvement(context, in: run)
        func message() -> String {
            do {
                _ = try sample.improvement(context, in: run, isResuming: true)
                return "it went on"
            } catch {
                let failure = Failure(error)
                return failure.status == .badFile ? failure.message : "\(failure.status): \(failure.message)"
            }
        }
        #expect(message() == "it went on")
        let learner = URL(fileURLWithPath: run + "/checkpoints/" + improvement.state.learner)
        let whole = try Data(contentsOf: learner)
        try whole.prefix(whole.count / 2).write(to: learner)
        #expect(message().hasPrefix(learner.path + ": cut short"), "\(message())")
        try Data("{".utf8).write(to: URL(fileURLWithPath: run + "/checkpoints/improvement.json"))
        #expect(message().hasPrefix(run + "/checkpoints/improvement.json: "), "\(message())")
    }

    @Test func numbersOfEpisodesAreNotGivenTwice() throws {
        let folder = try TemporaryFolder()
        #expect(OperateJob.freeNumber(in: folder.path + "/gone") == 0)
        for name in ["000000.hdf5", "000003.hdf5.partial", "dataset.hdf5"] {
            try Data().write(to: URL(fileURLWithPath: folder.path + "/" + name))
        }
        #expect(OperateJob.freeNumber(in: folder.path) == 4)
    }
}
