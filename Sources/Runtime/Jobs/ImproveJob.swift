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
        if let resume { _ = try RunFolder(existing: resume) }
        let base = try loadBase()
        let count = settings.demonstrations == 0 ? nil : settings.demonstrations
        let demonstrations = try context.loadDemonstrations(dataset: dataset, count: count)
        let run = try RunFolder(
            creating: resume ?? out, name: context.job.name, command: "improve", isResuming: resume != nil)
        try RunManifest(command: "improve", context: context, policy: self.base.description, schedule: .lockstep)
            .write(to: run)
        try TerminationWatch.install()
        try FileManager.default.createDirectory(atPath: run.checkpoints, withIntermediateDirectories: true)
        let state = try ImprovementState.load(run)
        let log = try MetricsLog(path: run.metrics, keepingStepsThrough: state.map(\.steps) ?? -1)
        let improvement =
            if let state {
                try Improvement(
                    resuming: state, context: context, base: base, demonstrations: demonstrations, folder: run, log: log)
            } else {
                try Improvement(
                    context: context, base: base, demonstrations: demonstrations, folder: run, log: log)
            }
        let result = try improvement.run()
        try run.write(Results.data(result, isPretty: true), to: run.results)
        try LatestRun.note(run, command: "improve", job: context.job.name)
        return result
    }

    private func loadBase() throws -> FlowPolicy {
        if let resume { return try context.loadPolicy(resume + "/checkpoints/" + Improvement.baseFileName) }
        guard let path = try base.checkpointPath(job: context.job) else {
            throw JobError(.usage, "the scripted expert proposes no chunks: name a policy to improve with --policy")
        }
        return try context.loadPolicy(path)
    }
}
