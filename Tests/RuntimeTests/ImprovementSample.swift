import Foundation
import Learning
import Numerics
import Policies
import Synchronization
import Testing

@testable import Runtime

/// A few short demonstrations of the expert and a base policy cloned from them, made once and only read by tests.
struct ImprovementSample: Sendable {
    static let horizon = 40
    private static let made: Result<ImprovementSample, any Error> = Result { try ImprovementSample() }
    private static let folder = Mutex("")

    static func get() throws -> ImprovementSample { try made.get() }

    let path: String
    let dataset: String
    let checkpoint: String

    private init() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("runtime-\(UUID().uuidString)")
        path = url.path
        Self.folder.withLock { [path] in $0 = path }
        // A static value never goes away.
        atexit { ImprovementSample.folder.withLock { _ = try? FileManager.default.removeItem(atPath: $0) } }
        let context = try Self.context()
        dataset = try RecordJob(context: context, schedule: .lockstep, out: path + "/demonstrations").run().dataset
        let training = try TrainJob(context: context, dataset: dataset, out: path + "/base", resume: nil).run()
        checkpoint = try #require(training.checkpoint)
    }

    /// A job so small that an improvement takes no time.
    static func context(
        horizon: Int = horizon, adjust: (inout JobConfiguration) -> Void = { _ in }
    ) throws -> JobContext {
        try TestJob.context(horizon: horizon) { job in
            (job.record.episodes, job.record.noise) = (4, 0.05)
            (job.evaluation.episodes, job.evaluation.workers) = (1, 1)
            (job.policy.hidden, job.policy.blocks, job.training.steps) = (16, 1, 20)
            (job.training.batchSize, job.training.evaluateEvery, job.training.checkpointEvery) = (32, 20, 20)
            (job.improve.steps, job.improve.evaluateEvery, job.improve.evaluationEpisodes) = (24, 1000, 1)
            (job.improve.cloningSteps, job.improve.pretrainingSteps, job.improve.policyDelay) = (250, 3, 4)
            (job.improve.batchSize, job.improve.criticHidden, job.improve.environments) = (16, 16, 1)
            adjust(&job)
        }
    }

    func base(_ context: JobContext) throws -> FlowPolicy {
        try #require(try context.loadBase(.file(checkpoint)) as? FlowPolicy)
    }

    func demonstrations(_ context: JobContext) throws -> DemonstrationSet {
        try context.loadDemonstrations(dataset: dataset, count: nil)
    }

    /// What an improvement in this run folder said on its way.
    static func lines(_ run: String) throws -> [ImprovementLine] {
        try String(contentsOfFile: run + "/metrics.jsonl", encoding: .utf8).split(separator: "\n").map {
            try JSONDecoder().decode(ImprovementLine.self, from: Data($0.utf8))
        }
    }

    /// Improves the sample's policy, in the run folder of this name.
    static func improve(
        _ name: String, in folder: TemporaryFolder, start: String? = nil, _ change: (inout JobConfiguration) -> Void
    ) throws -> ImprovementResult {
        let sample = try get()
        return try ImproveJob(
            context: context(horizon: 12, adjust: change), base: .checkpoint(sample.checkpoint),
            dataset: sample.dataset, out: folder.path + "/" + name, resume: nil, start: start
        ).run()
    }

    /// Begins an improvement, or goes on with it.
    func improvement(_ context: JobContext, in path: String, isResuming: Bool = false) throws -> Improvement {
        try Improvement(
            ImprovementInput(
                context: context, policy: .checkpoint(checkpoint), dataset: dataset, out: path,
                resume: isResuming ? path : nil, schedule: .lockstep))
    }
}

/// A small policy for the Square task that nobody trained; for a base policy with chunks of 16.
func makeSmallPolicy(
    _ context: JobContext, _ composition: Composition? = nil, seed: UInt64 = 1, version: UInt64 = 9
) throws -> SmallPolicy {
    let composition = try composition ?? .ensemble(range: Array(repeating: 1.3, count: 6) + [1.45])
    let purpose = context.purpose
    let network = StationaryNetwork(
        configuration: context.job.improve.smallShape,
        inputs: SmallPolicy.inputs(of: composition.kind, layout: purpose.layout, actionSize: 7), actionSize: 7)
    var random = RandomStream(seed: seed)
    let parameters = Parameters(layout: network.layout)
    network.initialise(parameters, random: &random)
    for index in 0..<parameters.count { parameters.base[index] += 0.03 * random.gaussian() }
    let rows = Tensor(rows: 20, columns: FeatureEncoder(layout: purpose.layout).size + 8)
    for index in 0..<rows.count { rows.base[index] = random.gaussian() }
    return try SmallPolicy(
        purpose: purpose, composition: composition, network: network, parameters: parameters,
        normaliser: InputNormaliser(fitting: rows.view), octaves: context.job.improve.detail, horizon: 16,
        version: version)
}
