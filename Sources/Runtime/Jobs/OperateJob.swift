import Control
import Episodes
import Foundation
import Policies
import Realtime

/// Runs a policy on the robot, and records what happens.
public struct OperateJob: Sendable {
    let context: JobContext
    let policy: PolicyChoice
    let episodes: Int
    let schedule: ScheduleKind
    let out: String?
    let learning: Learning?

    /// - Parameters:
    ///   - context: the job.
    ///   - policy: what drives.
    ///   - episodes: how many.
    ///   - schedule: how the loops are run.
    ///   - out: the run folder to make; nil chooses one.
    ///   - learning: how it learns meanwhile; nil does not.
    public init(
        context: JobContext, policy: PolicyChoice, episodes: Int, schedule: ScheduleKind, out: String?,
        learning: Learning? = nil
    ) {
        self.learning = learning
        self.context = context
        self.policy = policy
        self.episodes = episodes
        self.schedule = schedule
        self.out = out
    }

    /// Runs the episodes. An end before the last one is told in the result, not thrown, so that the run is reported.
    public func run() throws -> OperateResult {
        if let learning { return try learn(learning) }
        let context = try context.seeing(policy)
        let noise = context.job.record.noise
        let source = try context.makeSource(
            policy, mode: schedule == .lockstep ? .immediate : .ownThread, noise: noise)
        let run = try RunFolder(creating: out, name: context.job.name, command: "operate")
        try RunManifest(command: "operate", context: context, policy: policy.description, schedule: schedule).write(
            to: run)
        let requests = (0..<episodes).map {
            EpisodeRequest(index: $0, seed: EpisodeSeeds.operation($0, job: context.job))
        }
        let driving = Driving(context: context, run: run, policy: policy.description, schedule: schedule)
        let result = try driving.run(requests, source: source)
        try LatestRun.note(run, command: "operate", job: context.job.name)
        return result
    }
}

/// What `operate` prints, and `replay` on hardware.
public struct OperateResult: Codable, Sendable {
    /// Percentiles of a duration, µs.
    public struct Microseconds: Codable, Sendable {
        /// Half of all durations are no longer than this.
        public var p50: Double
        /// 99 of 100 are no longer than this.
        public var p99: Double
        /// 999 of 1,000 are no longer than this.
        public var p999: Double
        /// The longest.
        public var max: Double

        init(_ summary: LatencySummary) {
            p50 = summary.p50
            p99 = summary.p99
            p999 = summary.p999
            max = summary.maximum
        }
    }

    /// Episodes that came to an end.
    public var episodes: Int
    /// Episodes in which the task was done.
    public var successes: Int
    /// True where neither the task nor a person said whether it was done; left out otherwise.
    public var unjudged: Bool?
    /// Control cycles.
    public var cycles: UInt64
    /// Deadlines that the control loop skipped.
    public var overruns: UInt64
    /// Calls of the allocator on the control thread while it looped; left out in lockstep.
    public var allocations: UInt64?
    /// How late the control thread woke; left out in lockstep.
    public var wakeMicroseconds: Microseconds?
    /// How long a control cycle took, the backend included; left out in lockstep.
    public var stepMicroseconds: Microseconds?
    /// The control loop's own share of it; left out in lockstep.
    public var controlMicroseconds: Microseconds?
    /// What the kernel refused, and what would grant it.
    public var refusals: [String]
    /// Records that did not fit into an exchange.
    public var dropped: UInt64
    /// The run folder.
    public var run: String
    /// What happened on the robot's buses; left out for a simulated one.
    public var buses: [BusReport]?
    /// What happened on the leader's; left out where there is none.
    public var leaderBuses: [BusReport]?
    /// What was learnt meanwhile, measured in the simulator before and after; left out if nothing was.
    public var improvement: ImprovementResult?
    /// How the run ended early: why; left out if it did not.
    public var ended: String?
    var endedStatus: Int32?

    /// The error of a run that ended early.
    public var endedEarly: JobError? {
        endedStatus.flatMap(ExitStatus.init(rawValue:)).map { JobError($0, ended ?? "the run ended early") }
    }

    /// The result for people.
    public var text: String {
        let outcome =
            unjudged == true ? "\(episodes) episodes to their ends" : "\(successes) of \(episodes) episodes succeeded"
        var lines = ["\(outcome), \(cycles) control cycles"]
        if let wake = wakeMicroseconds, let step = stepMicroseconds {
            lines.append(
                String(
                    format: "wake-up p50 %.1f, p99 %.1f µs; cycle p50 %.1f, p99 %.1f µs; overruns: %d", wake.p50,
                    wake.p99, step.p50, step.p99, Int(overruns)))
        }
        lines.append(contentsOf: (buses ?? []).map(\.text))
        lines.append(contentsOf: (leaderBuses ?? []).map { "leader's \($0.text)" })
        if let improvement { lines.append(improvement.text) }
        lines.append(contentsOf: refusals.map { "refused: \($0)" })
        lines.append(run)
        return lines.joined(separator: "\n")
    }
}
