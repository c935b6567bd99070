import Episodes
import Foundation
import Learning
import Numerics
import Testing

@testable import Runtime

@Suite struct ImprovementTests {
    typealias Method = JobConfiguration.ImproveSettings.Method
    typealias Critic = JobConfiguration.ImproveSettings.Critic

    private func lines(_ run: String) throws -> [ImprovementLine] {
        try String(contentsOfFile: run + "/metrics.jsonl", encoding: .utf8).split(separator: "\n").map {
            try JSONDecoder().decode(ImprovementLine.self, from: Data($0.utf8))
        }
    }

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

    /// Improves the sample's policy in the run folder of this name.
    private func improve(
        _ name: String, in folder: TemporaryFolder, start: String? = nil,
        _ change: (inout JobConfiguration) -> Void
    ) throws -> ImprovementResult {
        let sample = try ImprovementSample.get()
        let context = try ImprovementSample.context(horizon: 12, adjust: change)
        return try ImproveJob(
            context: context, base: .checkpoint(sample.checkpoint), dataset: sample.dataset,
            out: folder.path + "/" + name, resume: nil, start: start
        ).run()
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
        let lines = try lines(result.run)
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

    /// What begins where another improvement began is, byte for byte, what it would be with a clone of its own.
    @Test func anotherRunsStartSavesCloning() throws {
        let folder = try TemporaryFolder()
        func run(
            _ name: String, start: String? = nil, _ change: (inout JobConfiguration) -> Void = { _ in }
        ) throws -> String { try improve(name, in: folder, start: start, change).run }
        func metrics(_ run: String) throws -> String {
            try String(contentsOfFile: run + "/metrics.jsonl", encoding: .utf8)
        }
        let first = try run("first")
        // Not measured again, but taken over.
        var state = try #require(try ImprovementState.load(try RunFolder(existing: first)))
        let told = SuccessRate(successes: 1, trials: 1)
        let own = try run("sparse") { $0.improve.method = .sparse }
        let same = try run("sparse-started", start: first) { $0.improve.method = .sparse }
        #expect(try metrics(same) == metrics(own))
        func small(_ run: String) throws -> Data {
            try Data(contentsOf: URL(fileURLWithPath: run + "/checkpoints/small.safetensors"))
        }
        #expect(try small(same) == small(own) && small(same) != small(first))
        state.references[1] = .init(step: 0, name: .cloned, success: told)
        try RunFolder(existing: first).write(
            Results.data(state, isPretty: true), to: first + "/checkpoints/improvement.json")
        let third = try run("third", start: first)
        let references = try lines(third).compactMap { line in
            if case .reference(let line) = line { line } else { nil }
        }
        #expect(references.map(\.name) == [.base, .cloned, .stepZero] && references[1].rate == 1)

        let misfits: [(String, (inout JobConfiguration) -> Void)] = [
            ("features", { $0.improve.features = 48 }),
            ("other demonstrations, or beside another base policy", { $0.improve.skippedDemonstrations = 1 }),
            ("other demonstrations, or beside another base policy", { $0.seed = 1 }),
            ("other initial states", { $0.evaluation.seed += 1 }),
        ]
        for (index, (words, change)) in misfits.enumerated() {
            let error = #expect(throws: JobError.self) { _ = try run("misfit-\(index)", start: first, change) }
            #expect(error?.status == .badFile && error?.message.contains(words) == true, "\(String(describing: error))")
        }
        try FileManager.default.removeItem(atPath: first + "/checkpoints/improvement.json")
        let error = #expect(throws: JobError.self) { _ = try run("early", start: first) }
        #expect(error?.status == .badFile && error?.message.contains("no small policy yet") == true)
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/early"), "nothing is made")
    }

    /// Residual reinforcement learning as it is usual: the correction begins at nothing, and then learns.
    @Test func whatIsNotClonedBeginsWithoutACorrection() throws {
        let folder = try TemporaryFolder()
        func run(
            _ name: String, start: String? = nil, _ change: (inout JobConfiguration) -> Void = { _ in }
        ) throws -> ImprovementResult {
            try improve(name, in: folder, start: start) { job in
                job.improve.method = .sparse
                job.improve.join(by: .residual)
                job.improve.clone(steps: 0)
                change(&job)
            }
        }
        let result = try run("uncloned")
        let purpose = try ImprovementSample.context(horizon: 12).purpose
        func policy(_ name: String) throws -> SmallPolicy {
            try SmallPolicy(checkpoint: result.run + "/checkpoints/\(name).safetensors", for: purpose)
        }
        let (start, learnt) = (try policy("cloned"), try policy("small"))
        let workspace = StationaryNetwork.Workspace(start.network, rows: 1)
        let input = Tensor(rows: 1, columns: start.network.inputs)
        input.fill(0.3)
        start.network.prepare(start.parameters, workspace)
        start.network.forward(start.parameters, input.view, workspace)
        #expect(workspace.mean.values.allSatisfy { $0 == 0 })
        #expect(workspace.deviation.values.allSatisfy { $0 > 0.4 })
        let differs = learnt.parameters.storage.values != start.parameters.storage.values
        #expect(differs)

        // Its start is another one's too, but not that of what is cloned, nor the other way round.
        let same = try run("alone", start: result.run) { job in
            (job.improve.demonstrationShare, job.improve.pretrainingSteps) = (0, 0)
        }
        #expect(same.steps == result.steps)
        let steps = try ImprovementSample.context(horizon: 12).job.improve.cloningSteps
        /// With the reach of what is not cloned, which alone would tell them apart.
        func run(_ name: String, start: String? = nil, cloningSteps: Int) throws -> ImprovementResult {
            try run(name, start: start) { job in
                let reach = job.improve.gripperReach
                job.improve.clone(steps: cloningSteps)
                job.improve.gripperReach = reach
            }
        }
        let cloned = try run("cloned", cloningSteps: steps)
        for (name, start, steps) in [("a", result.run, steps), ("b", cloned.run, 0)] {
            let error = #expect(throws: JobError.self) { _ = try run(name, start: start, cloningSteps: steps) }
            #expect(error?.message.contains("one is cloned and one is not") == true, "\(String(describing: error))")
        }
        // Half of a base action, or a reward without a policy that it is made of, make no sense.
        let misfits: [(inout JobConfiguration) -> Void] = [
            { $0.improve.join(by: .ensemble) }, { $0.improve.method = .coherent }, { $0.improve.method = .cloning },
        ]
        for change in misfits {
            let error = #expect(throws: JobError.self) { _ = try run("misfit", change) }
            #expect(
                error?.status == .badFile
                    && error?.message.contains("'cloning_steps: 0' begins with no correction") == true)
            #expect(!FileManager.default.fileExists(atPath: folder.path + "/misfit"), "nothing is made")
        }
    }

    @Test func moreDemonstrationsAreABaseline() throws {
        let folder = try TemporaryFolder()
        func run(demonstrations: Int, steps: Int) throws -> ImprovementResult {
            try improve("\(demonstrations)-\(steps)", in: folder) { job in
                (job.improve.method, job.improve.demonstrations) = (.cloning, demonstrations)
                (job.improve.steps, job.improve.evaluateEvery) = (steps, 40)
            }
        }
        let result = try run(demonstrations: 2, steps: 80)
        #expect(result.method == "cloning" && result.steps == 80)
        let steps = try lines(result.run).compactMap { line in
            if case .evaluation(let line) = line { line.step } else { nil }
        }
        #expect(steps == [0, 40, 80])
        for (demonstrations, words) in [(0, "0 (all) leaves none"), (3, "80 steps")] {
            let error = #expect(throws: JobError.self) { _ = try run(demonstrations: demonstrations, steps: 80) }
            #expect(error?.status == .badFile)
            if demonstrations == 0 { #expect(error?.message.contains(words) == true) }
            if demonstrations == 3 { #expect(error?.message.contains("record more of them") == true) }
        }
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
        let rollbacks = try lines(run).compactMap { line in
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
        let rollbacks = try lines(run).compactMap { if case .rollback(let line) = $0 { line } else { nil } }
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
        let final = try lines(run.path).compactMap { if case .final(let line) = $0 { line.policyStep } else { nil } }
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
        let evaluations = try lines(early).filter { if case .evaluation = $0 { true } else { false } }
        #expect(evaluations.count == 1)
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
