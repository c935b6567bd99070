import Foundation
import Learning
import Numerics
import Testing

@testable import Runtime

/// Where an improvement begins: with a clone of its own, with another run's, with none, or with cloning as all there is.
@Suite struct ImprovementStartTests {
    /// What begins where another improvement began is, byte for byte, what it would be with a clone of its own.
    @Test func anotherRunsStartSavesCloning() throws {
        let folder = try TemporaryFolder()
        func run(
            _ name: String, start: String? = nil, _ change: (inout JobConfiguration) -> Void = { _ in }
        ) throws -> String { try ImprovementSample.improve(name, in: folder, start: start, change).run }
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
        let references = try ImprovementSample.lines(third).compactMap { line in
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
            try ImprovementSample.improve(name, in: folder, start: start) { job in
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
            try ImprovementSample.improve("\(demonstrations)-\(steps)", in: folder) { job in
                (job.improve.method, job.improve.demonstrations) = (.cloning, demonstrations)
                (job.improve.steps, job.improve.evaluateEvery) = (steps, 40)
            }
        }
        let result = try run(demonstrations: 2, steps: 80)
        #expect(result.method == "cloning" && result.steps == 80)
        let steps = try ImprovementSample.lines(result.run).compactMap { line in
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
}
