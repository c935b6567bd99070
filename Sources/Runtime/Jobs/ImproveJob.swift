/// Improves the base policy: clones a small policy that acts beside it on every step, and lets that one learn from
/// demonstrations and its own experience, in lockstep and as fast as the machine goes.
public struct ImproveJob: Sendable {
    let context: JobContext
    let base: PolicyChoice
    let dataset: String?
    let out: String?
    let resume: String?
    let encoder: String?
    let start: String?

    /// - Parameters:
    ///   - context: the job; its improvement settings say how.
    ///   - base: the policy that proposes chunks.
    ///   - dataset: the demonstrations' folder; nil takes the last ones recorded for this job.
    ///   - out: the run folder to make; nil chooses one.
    ///   - resume: the run folder of an improvement to go on with; nil begins anew.
    ///   - encoder: the run folder of the training that left the image encoder, for a job with images whose base policy was
    ///     not trained here; nil takes the job's last one.
    ///   - start: the run folder of an improvement whose cloned policy, and what was measured of it, this one begins with;
    ///     nil clones and measures.
    public init(
        context: JobContext, base: PolicyChoice, dataset: String?, out: String?, resume: String?,
        encoder: String? = nil, start: String? = nil
    ) {
        self.context = context
        self.base = base
        self.dataset = dataset
        self.out = out
        self.resume = resume
        self.encoder = encoder
        self.start = start
    }

    /// Improves to the last step and measures the result on fresh initial states.
    ///
    /// - Throws: what is wrong with files or settings, and ``JobError`` if a signal or a safety gate ended it.
    public func run() throws -> ImprovementResult {
        guard start == nil || context.job.improve.method != .cloning else {
            throw JobError(.usage, "the method 'cloning' clones anew for each evaluation: it takes no --start")
        }
        let input = try ImprovementInput(
            context: context, policy: base, dataset: dataset, out: out, resume: resume, encoder: encoder,
            start: start, schedule: .lockstep)
        defer { withExtendedLifetime(input) {} }
        let result =
            context.job.improve.method == .cloning ? try CloningBaseline(input).run() : try learn(input)
        try input.folder.write(Results.data(result, isPretty: true), to: input.folder.results)
        return result
    }

    private func learn(_ input: ImprovementInput) throws -> ImprovementResult {
        let improvement = try Improvement(input)
        try improvement.learnInLockstep()
        return try improvement.finish()
    }
}
