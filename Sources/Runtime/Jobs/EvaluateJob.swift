import Foundation
import Policies
import Synchronization

/// Measures a policy's success rate over fixed initial states, in lockstep, on all cores.
public struct EvaluateJob: Sendable {
    /// What `evaluate` prints.
    public struct Result: Codable, Sendable {
        /// Episodes run.
        public var episodes: Int
        /// Episodes in which the task was done.
        public var successes: Int
        /// Successes by episodes.
        public var rate: Double
        /// Lower end of the rate's 95 % interval (Wilson).
        public var low: Double
        /// Upper end of the rate's 95 % interval (Wilson).
        public var high: Double
        /// Where the initial states began.
        public var seed: UInt64
        /// The policy, as it was named on the command line.
        public var policy: String
        /// How often episodes ended how.
        public var endings: [String: Int]
        /// Mean length of the successful episodes, control steps.
        public var meanSuccessSteps: Double
        /// The run folder.
        public var run: String

        /// The result for people.
        public var text: String {
            "\(successes) of \(episodes) episodes succeeded: \(Results.percent(rate)) (95 % interval \(Results.percent(low)) to \(Results.percent(high)))"
        }
    }

    /// One line of `metrics.jsonl`.
    struct EpisodeLine: Codable {
        var episode: Int
        var seed: UInt64
        var success: Bool
        var ending: String
        var steps: Int
        var detail: String
    }

    let context: JobContext
    let policy: PolicyChoice
    let out: String?

    /// - Parameters:
    ///   - context: the job; its evaluation settings say how many episodes and from which seed.
    ///   - policy: what drives.
    ///   - out: the run folder to make; nil chooses one.
    public init(context: JobContext, policy: PolicyChoice, out: String?) {
        self.context = context
        self.policy = policy
        self.out = out
    }

    /// Runs the episodes.
    public func run() throws -> Result {
        // Everything that can be wrong is looked at before anything is made.
        let context = try context.seeing(policy)
        _ = try context.makeSource(policy, mode: .immediate, noise: 0)
        let run = try RunFolder(creating: out, name: context.job.name, command: "evaluate")
        try RunManifest(command: "evaluate", context: context, policy: policy.description, schedule: .lockstep).write(
            to: run)
        let evaluation = context.job.evaluation
        let policy = policy
        let results = try Evaluation(context: context, seed: EpisodeSeeds.evaluation(0, job: context.job)) {
            try context.makeSource(policy, mode: .immediate, noise: context.job.record.noise)
        }.run(episodes: evaluation.episodes, workers: evaluation.workers)

        let log = try MetricsLog(path: run.metrics)
        for result in results { try log.append(EpisodeLine(result)) }
        let result = summary(of: results, run: run)
        try run.write(Results.data(result, isPretty: true), to: run.results)
        try LatestRun.note(run, command: "evaluate", job: context.job.name)
        return result
    }

    private func summary(of results: [EpisodeResult], run: RunFolder) -> Result {
        let successes = results.filter(\.isSuccess)
        let rate = SuccessRate(successes: successes.count, trials: results.count)
        let steps = successes.map { Double($0.steps) }
        return Result(
            episodes: results.count, successes: successes.count,
            rate: rate.rate, low: rate.interval.lowerBound, high: rate.interval.upperBound,
            seed: context.job.evaluation.seed, policy: policy.description,
            endings: results.reduce(into: [:]) { $0[$1.ending.rawValue, default: 0] += 1 },
            meanSuccessSteps: steps.isEmpty ? 0 : steps.reduce(0, +) / Double(steps.count), run: run.path)
    }
}

extension EvaluateJob.EpisodeLine {
    init(_ result: EpisodeResult) {
        self.init(
            episode: result.request.index, seed: result.request.seed, success: result.isSuccess,
            ending: result.ending.rawValue, steps: result.steps, detail: result.detail)
    }
}

/// Runs episodes of a policy side by side and gathers how they went.
struct Evaluation {
    let context: JobContext
    /// What is shown while it goes on; nil shows nothing.
    var label: String? = "evaluating"
    /// The seed of the first episode; each further one has the next.
    var seed: UInt64
    /// Makes a worker's source of actions, on that worker's thread.
    let makeSource: @Sendable () throws -> ActionSource

    /// The results of `episodes` episodes, in order.
    ///
    /// - Throws: ``JobError`` if a signal ended it.
    func run(episodes: Int, workers: Int) throws -> [EpisodeResult] {
        let gathered = Mutex<[EpisodeResult]>([])
        let (context, seed, makeSource) = (context, seed, makeSource)
        let progress = label.map { Progress($0, total: episodes) }
        try TerminationWatch.install()
        try EpisodePool(workers: workers).run(count: episodes) {
            let session = SessionBox(try context.makeLockstepSession(source: makeSource()))
            return { index in
                try session.run(
                    EpisodeRequest(index: index, seed: seed &+ UInt64(index)),
                    stop: { TerminationWatch.status() != nil })
            }
        } consume: { index, result in
            if let status = TerminationWatch.status() {
                throw JobError(status, "stopped by a signal after \(index) of \(episodes) episodes")
            }
            let successes = gathered.withLock { results in
                results.append(result)
                return results.count { $0.isSuccess }
            }
            progress?.update(index + 1, note: "\(successes) succeeded")
            return true
        }
        let results = gathered.withLock { $0 }
        progress?.finish("\(results.count { $0.isSuccess }) of \(results.count) succeeded")
        return results
    }
}

/// A lockstep session that a closure can hold.
final class SessionBox {
    private var session: LockstepSession

    init(_ session: consuming LockstepSession) {
        self.session = session
    }

    func run(_ request: EpisodeRequest, stop: () -> Bool = { false }) throws -> EpisodeResult {
        try session.run(request, stop: stop)
    }
}
