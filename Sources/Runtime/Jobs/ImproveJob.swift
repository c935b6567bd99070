import Foundation
import Learning
import Numerics
import Policies

/// Improves the base policy: clones a small policy that acts beside it on every step, and lets that one learn from
/// demonstrations and its own experience, in lockstep and as fast as the machine goes.
public struct ImproveJob: Sendable {
    let context: JobContext
    let base: PolicyChoice
    let dataset: String?
    let out: String?
    let resume: String?

    /// - Parameters:
    ///   - context: the job; its improvement settings say how.
    ///   - base: the policy that proposes chunks.
    ///   - dataset: the demonstrations' folder; nil takes the last ones recorded for this job.
    ///   - out: the run folder to make; nil chooses one.
    ///   - resume: the run folder of an improvement to go on with; nil begins anew.
    public init(context: JobContext, base: PolicyChoice, dataset: String?, out: String?, resume: String?) {
        self.context = context
        self.base = base
        self.dataset = dataset
        self.out = out
        self.resume = resume
    }

    private var settings: JobConfiguration.ImproveSettings { context.job.improve }

    /// Improves to the last step and measures the result on fresh initial states.
    ///
    /// - Throws: what is wrong with files or settings, and ``JobError`` if a signal or a safety gate ended it.
    public func run() throws -> ImprovementResult {
        try settings.check(context)
        if let resume { _ = try RunFolder(existing: resume) }
        let base = try loadBase()
        let isCloning = settings.method == .cloning
        let count = settings.demonstrations == 0 || isCloning ? nil : settings.demonstrations
        let demonstrations = try context.loadDemonstrations(dataset: dataset, count: count)
        let run = try RunFolder(
            creating: resume ?? out, name: context.job.name, command: "improve", isResuming: resume != nil)
        try RunManifest(
            command: "improve", context: context, policy: self.base.description, schedule: .lockstep,
            method: settings.method.rawValue, composition: settings.composition.rawValue
        ).write(to: run)
        try LatestRun.note(run, command: "improve", job: context.job.name)
        try TerminationWatch.install()
        try FileManager.default.createDirectory(atPath: run.checkpoints, withIntermediateDirectories: true)
        let result =
            isCloning
            ? try CloningBaseline(
                context: context, base: base, demonstrations: demonstrations, folder: run,
                log: MetricsLog(path: run.metrics, keepingStepsThrough: -1)
            ).run()
            : try learn(base, demonstrations, run)
        try run.write(Results.data(result, isPretty: true), to: run.results)
        return result
    }

    private func learn(
        _ base: FlowPolicy, _ demonstrations: DemonstrationSet, _ run: RunFolder
    ) throws -> ImprovementResult {
        let improvement = try Improvement(
            context: context, base: base, demonstrations: demonstrations, folder: run, isResuming: resume != nil)
        try improvement.learnInLockstep()
        return try improvement.finish()
    }

    private func loadBase() throws -> FlowPolicy {
        if let resume { return try context.loadPolicy(resume + "/checkpoints/" + Improvement.baseFileName) }
        guard let path = try base.checkpointPath(job: context.job) else {
            throw JobError(.usage, "the scripted expert proposes no chunks: name a policy to improve with --policy")
        }
        return try context.loadPolicy(path)
    }
}
