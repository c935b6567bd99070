import Episodes
import Foundation
import Synchronization

/// Collects demonstrations, by default of the task's expert.
public struct RecordJob: Sendable {
    /// What `record` prints.
    public struct Result: Codable, Sendable {
        /// Episodes kept.
        public var episodes: Int
        /// Episodes kept that did the task.
        public var successes: Int
        /// Episodes run, those that were left out included.
        public var attempts: Int
        /// The folder of the episodes, with `dataset.hdf5`.
        public var dataset: String
        /// Records that did not fit between the loops and the recorder: episodes with gaps do not replay.
        public var dropped: UInt64
        /// What happened on the robot's buses; left out for a simulated one.
        public var buses: [BusReport]?
        /// What happened on the leader's; left out where there is none.
        public var leaderBuses: [BusReport]?
    }

    let context: JobContext
    let demonstrator: Demonstrator
    let command: String
    let schedule: ScheduleKind
    let out: String?
    let isResuming: Bool

    /// Who shows how it is done.
    public enum Teacher: String, CaseIterable, Sendable {
        /// The task's expert.
        case expert
        /// A person with a leader.
        case leader
    }

    /// - Parameters:
    ///   - context: the job; its record settings say how many episodes to keep.
    ///   - schedule: how the loops are run.
    ///   - out: the run folder to make; nil chooses one.
    ///   - isResuming: whether a folder that is there already is gone on with.
    ///   - teacher: who drives. A leader is followed in real time alone.
    public init(
        context: JobContext, schedule: ScheduleKind, out: String?, isResuming: Bool = false,
        from teacher: Teacher = .expert
    ) {
        self.init(
            context: context, demonstrator: teacher == .leader ? .leader : .expert, command: "record",
            schedule: schedule, out: out, isResuming: isResuming)
    }

    /// - Parameters:
    ///   - demonstrator: who does the task.
    ///   - command: the command that this is a part of.
    init(
        context: JobContext, demonstrator: Demonstrator, command: String, schedule: ScheduleKind, out: String?,
        isResuming: Bool
    ) {
        self.context = context
        self.demonstrator = demonstrator
        self.command = command
        self.schedule = schedule
        self.out = out
        self.isResuming = isResuming
    }

    /// Records until enough episodes are kept.
    public func run() throws -> Result {
        try run { $0 }
    }

    /// Records until enough episodes are kept, and leaves what `summarise` makes of the results in the run folder.
    func run<Summary: Encodable>(_ summarise: (Result) -> Summary) throws -> Summary {
        // Before there is a run: what is missing is told at once.
        let leader = try connectLeader()
        defer { leader?.stop() }
        let run = try RunFolder(
            creating: out, name: context.job.name, command: command, isResuming: isResuming)
        let keeper = try EpisodeKeeper(
            folder: run.episodes, context: context, demonstrator: demonstrator, schedule: schedule)
        try RunManifest(command: command, context: context, policy: demonstrator.name, schedule: schedule).write(
            to: run)
        try TerminationWatch.install()
        var counts = SessionCounts()
        let end: JobError? =
            switch schedule {
            case _ where keeper.isEnough: nil
            case .lockstep: try recordInLockstep(keeper)
            case .realtime: try recordInRealTime(keeper, leader: leader, counts: &counts)
            }
        let dataset = try keeper.finish()
        if let timing = counts.timing { try run.write(Results.data(timing, isPretty: true), to: run.timing) }
        if let end {
            let count = "\(keeper.kept) demonstrations are kept in \(dataset)"
            throw JobError(end.status, "\(end.message); \(count): go on with --out \(run.path) --resume")
        }
        let result = Result(
            episodes: keeper.kept, successes: keeper.successes, attempts: keeper.attempts, dataset: dataset,
            dropped: counts.dropped, buses: counts.timing?.buses, leaderBuses: counts.timing?.leaderBuses)
        let summary = summarise(result)
        try run.write(Results.data(summary, isPretty: true), to: run.results)
        try LatestRun.note(run, command: command, job: context.job.name)
        return summary
    }

    /// The leader, where one demonstrates; nil for who needs no connecting.
    private func connectLeader() throws -> LeaderDesk? {
        guard case .leader = demonstrator else {
            // Made once in vain: a task without an expert is told before there is a run.
            _ = try demonstrator.makeSource(context)
            return nil
        }
        guard schedule == .realtime else {
            throw JobError(.usage, "a leader is followed in real time: write --schedule realtime")
        }
        return try LeaderDesk(context: context)
    }

    private func makeProgress() -> Progress {
        Progress(command == "record" ? "recording" : "generating", total: context.job.record.episodes)
    }

    /// - Returns: what ended it early, if something did.
    private func recordInLockstep(_ keeper: EpisodeKeeper) throws -> JobError? {
        let record = context.job.record
        let (progress, begun) = (makeProgress(), keeper.kept)
        let (context, demonstrator) = (context, demonstrator)
        let attempted = keeper.attempts
        try EpisodePool(workers: record.workers).run(count: mostAttempts) {
            let session = SessionBox(
                try context.makeLockstepSession(source: demonstrator.makeSource(context)) { request in
                    try keeper.makeWriter(request, schedule: .lockstep)
                })
            return { item in
                try session.run(
                    keeper.request(attempt: attempted + item), stop: { TerminationWatch.status() != nil })
            }
        } consume: { _, result in
            // An attempt that a signal cut short is no attempt.
            guard !keeper.isEnough, result.ending != .stopped else { return false }
            try keeper.consider(result)
            progress.update(keeper.kept, since: begun, note: "\(keeper.attempts) attempted")
            return !keeper.isEnough && TerminationWatch.status() == nil
        }
        progress.finish("\(keeper.kept) kept of \(keeper.attempts) attempted")
        if let signal = TerminationWatch.status(), !keeper.isEnough {
            return JobError(signal, "stopped by a signal")
        }
        try checkIsEnough(keeper)
        return nil
    }

    /// How many attempts are made: an expert that fails nearly always is a defect, not a reason to go on for ever.
    private var mostAttempts: Int { 20 * context.job.record.episodes + 20 }

    private func checkIsEnough(_ keeper: EpisodeKeeper) throws(JobError) {
        guard !keeper.isEnough else { return }
        throw JobError(
            .failure,
            "only \(keeper.kept) of \(keeper.attempts) attempts succeeded; what was kept is in the run folder")
    }

    /// What the sessions of a recording came to together.
    private struct SessionCounts {
        /// Records that did not fit.
        var dropped: UInt64 = 0
        var timing: TimingFile?
    }

    /// - Returns: what ended it early, if something did.
    private func recordInRealTime(
        _ keeper: EpisodeKeeper, leader: LeaderDesk?, counts: inout SessionCounts
    ) throws -> JobError? {
        let (progress, begun) = (makeProgress(), keeper.kept)
        let last = keeper.attempts + mostAttempts
        while !keeper.isEnough, keeper.attempts < last {
            let channels = context.makeChannels()
            let events = RecorderQueue(capacity: context.job.recording.stepRing)
            let recorder = Recorder(cycles: channels.cycles, events: events) { request in
                try keeper.makeWriter(request, schedule: .realtime)
            }
            var session = RealtimeSession(
                setting: context.setting, stepRate: context.job.inference.rate, channels: channels)
            session.gate = leader?.gate
            let missing = context.job.record.episodes - keeper.kept
            let source: ActionSource
            if let leader {
                source = leader.source
            } else {
                source = try demonstrator.makeSource(context)
            }
            let summary = try context.run(
                session, (0..<missing).map { keeper.request(attempt: keeper.attempts + $0) }, source: source,
                recording: (recorder, events), report: { _ in })
            counts.dropped += summary.dropped
            let timing = TimingFile(summary, leaderBuses: leader?.buses ?? [])
            counts.timing = counts.timing.map { $0 + timing } ?? timing
            // A person has to look at what stopped the robot: what was recorded until then is set aside for that.
            let stopped = leader == nil ? nil : summary.results.first { Driving.status(of: $0) != nil }
            for result in summary.results where !keeper.isEnough && result.request.index != stopped?.request.index {
                try keeper.consider(result)
            }
            let aside = try stopped.flatMap { try keeper.setAside($0) }
            progress.update(keeper.kept, since: begun, note: "\(keeper.attempts) attempted")
            let ending = summary.ending.map { "; \($0)" } ?? ""
            if let error = summary.endedBy { return JobError(error.status, error.message + ending) }
            if let stopped {
                let place = aside.map { "; the episode so far is in \($0)" } ?? ""
                return JobError(Driving.status(of: stopped) ?? .failure, Driving.reason(stopped) + ending + place)
            }
            if let ending = summary.ending { StandardError.write("warning: \(ending)\n") }
        }
        progress.finish("\(keeper.kept) kept of \(keeper.attempts) attempted")
        try checkIsEnough(keeper)
        return nil
    }
}
