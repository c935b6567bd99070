import Episodes
import Foundation
import Policies

extension OperateJob {
    /// How a run learns while it goes on.
    public struct Learning: Sendable {
        /// The demonstrations' folder; nil takes the last ones recorded for this job.
        public var dataset: String?
        /// The run folder of an improvement to go on with; nil begins anew.
        public var resume: String?
        /// The run folder of the training that left the image encoder, for a job with images whose base policy was not trained
        /// here; nil takes the job's last one.
        public var encoder: String?

        /// Takes them.
        public init(dataset: String?, resume: String?, encoder: String? = nil) {
            self.dataset = dataset
            self.resume = resume
            self.encoder = encoder
        }
    }

    /// Drives the robot with the base policy and a small policy that learns from what it does.
    ///
    /// Everything that takes long comes before the robot moves: the small policy is cloned, and success is measured in the
    /// simulator before and after.
    ///
    /// - Throws: as `improve` does, and what driving throws.
    func learn(_ learning: Learning) throws -> OperateResult {
        guard schedule == .realtime else {
            throw JobError(
                .usage,
                "operate --learn runs in real time; in lockstep, 'steadyhand improve' learns faster than the robot works"
            )
        }
        guard context.job.improve.method != .cloning else {
            throw JobError(
                .badFile, "\(context.job.path): the method 'cloning' learns nothing from what the robot does")
        }
        let input = try ImprovementInput(
            context: context, policy: policy, dataset: learning.dataset, out: out, resume: learning.resume,
            encoder: learning.encoder, schedule: .realtime)
        return try drive(try Improvement(input), input.context, base: input.base, run: input.folder)
    }

    private func drive(
        _ improvement: Improvement, _ context: JobContext, base: any ChunkPolicy, run: RunFolder
    ) throws -> OperateResult {
        try improvement.evaluateIfDue()
        let learner = RealtimeLearner(improvement)
        let first = max(improvement.state.episodes, Self.freeNumber(in: run.episodes))
        let requests = (first..<first + episodes).map {
            EpisodeRequest(index: $0, seed: EpisodeSeeds.improvement($0, job: context.job))
        }
        var driving = Driving(context: context, run: run, policy: policy.description, schedule: .realtime)
        driving.label = "learning"
        driving.logsEpisodes = false
        learner.start()
        var result: OperateResult
        do {
            result = try driving.run(
                requests,
                source: .composed(
                    try context.makeWorker(base, mode: .ownThread), seed: context.job.seed, actor: learner.makeActor()))
        } catch {
            _ = try? learner.finish()
            throw error
        }
        let learnt = try learner.finish()
        if result.ended == nil {
            try learnt.evaluate()
            result.improvement = try learnt.finish()
        }
        try run.write(Results.data(result, isPretty: true), to: run.results)
        return result
    }

    /// The first number that no episode of a folder has: one that was cut off is there as well, and has not been learnt from.
    static func freeNumber(in folder: String) -> Int {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let numbers = names.filter { $0.contains(".hdf5") }.compactMap { Int($0.prefix { $0 != "." }) }
        return (numbers.max() ?? -1) + 1
    }
}
