import Control
import Episodes
import Foundation
import Realtime

/// Runs episodes in either schedule, recorded into a run folder, and closes the folder with the dataset, timing and results.
struct Driving {
    let context: JobContext
    let run: RunFolder
    let policy: String
    let schedule: ScheduleKind
    /// What is shown while it goes on.
    var label = "operating"
    /// Whether every episode becomes a line of the run's metrics.
    var logsEpisodes = true
    /// Whether somebody says of an episode that the task was done: the task, or a person.
    var isJudged = true
    /// Where a person at the terminal says when an episode begins; nil begins it at once.
    var gate: PersonMarks?
    /// What happened on the leader's buses; none where nobody leads.
    var leaderBuses: () -> [BusReport] = { [] }

    func run(_ requests: [EpisodeRequest], source: consuming ActionSource) throws -> OperateResult {
        try FileManager.default.createDirectory(atPath: run.episodes, withIntermediateDirectories: true)
        let lock = try WriterLock(folder: run.episodes)
        defer { withExtendedLifetime(lock) {} }
        try TerminationWatch.install()
        let log = logsEpisodes ? try MetricsLog(path: run.metrics) : nil
        let progress = Progress(label, total: requests.count)
        var results: [EpisodeResult] = []
        var logFailure: (any Error)?
        var ending: String?
        func note(_ result: EpisodeResult) {
            results.append(result)
            do {
                try log?.append(EvaluateJob.EpisodeLine(result))
            } catch {
                logFailure = error
            }
            progress.update(results.count, note: isJudged ? "\(results.count { $0.isSuccess }) succeeded" : "")
        }
        var result =
            switch schedule {
            case .lockstep where context.hardware != .simulated:
                throw JobError(
                    .usage, "lockstep is for the simulator; run \(context.hardware.rawValue) hardware in real time")
            case .lockstep: try runInLockstep(requests, source: source, note: note)
            case .realtime: try runInRealTime(requests, source: source, note: note, ending: &ending)
            }
        if let logFailure { throw logFailure }
        result.episodes = results.count
        result.successes = results.count { $0.isSuccess }
        if !isJudged { result.unjudged = true }
        if result.ended == nil, let bad = results.first(where: { Self.status(of: $0) != nil }) {
            result.endedStatus = Self.status(of: bad)?.rawValue
            result.ended = Self.reason(bad)
        }
        if let ending {
            if let ended = result.ended {
                result.ended = "\(ended); \(ending)"
            } else {
                StandardError.write("warning: \(ending)\n")
            }
        }
        progress.finish(
            isJudged ? "\(result.successes) of \(result.episodes) succeeded" : "\(result.episodes) episodes")
        try linkEpisodes(isCutOff: result.ended != nil)
        try run.write(Results.data(result, isPretty: true), to: run.results)
        return result
    }

    /// Links the episodes into a dataset. Where a run was cut off, as on a full disk, what did that is told, and not that
    /// there is no dataset, which follows from it.
    private func linkEpisodes(isCutOff: Bool) throws {
        do {
            try Dataset(path: run.episodes).rebuildLinks()
        } catch {
            if !isCutOff { throw error }
        }
    }

    private func runInLockstep(
        _ requests: [EpisodeRequest], source: consuming ActionSource, note: (EpisodeResult) -> Void
    ) throws -> OperateResult {
        var session = try context.makeLockstepSession(source: source) { try makeWriter($0) }
        var ended: ExitStatus?
        for request in requests where ended == nil {
            let result = try session.run(request, stop: { TerminationWatch.status() != nil })
            note(result)
            ended = TerminationWatch.status() ?? Self.status(of: result)
        }
        return OperateResult(
            episodes: 0, successes: 0, cycles: session.cycles, overruns: 0, refusals: [], dropped: 0, run: run.path,
            ended: TerminationWatch.status() == nil ? nil : "stopped by a signal",
            endedStatus: TerminationWatch.status()?.rawValue)
    }

    private func runInRealTime(
        _ requests: [EpisodeRequest], source: consuming ActionSource, note: (EpisodeResult) -> Void,
        ending: inout String?
    ) throws -> OperateResult {
        let channels = context.makeChannels()
        let events = RecorderQueue(capacity: context.job.recording.stepRing)
        let recorder = Recorder(cycles: channels.cycles, events: events) { try makeWriter($0) }
        var session = RealtimeSession(
            setting: context.setting, stepRate: context.job.inference.rate, channels: channels)
        session.gate = gate
        let summary = try context.run(
            session, requests, source: source, recording: (recorder, events), report: note)
        ending = summary.ending
        let timing = TimingFile(summary, leaderBuses: leaderBuses())
        try run.write(Results.data(timing, isPretty: true), to: run.timing)
        return OperateResult(
            episodes: 0, successes: 0, cycles: summary.cycles, overruns: summary.overruns,
            allocations: summary.allocations, wakeMicroseconds: .init(summary.wake),
            stepMicroseconds: .init(summary.step), controlMicroseconds: .init(summary.control),
            refusals: summary.rights.refusals, dropped: summary.dropped, run: run.path,
            buses: timing.buses, leaderBuses: timing.leaderBuses, ended: summary.endedBy?.message,
            endedStatus: summary.endedBy?.status.rawValue)
    }

    private func makeWriter(_ request: EpisodeRequest) throws -> EpisodeWriter {
        try EpisodeWriter(
            folder: run.episodes, index: request.index,
            header: context.header(seed: request.seed, policy: policy, schedule: schedule))
    }

    /// The exit status that an episode's ending calls for; nil where the run may go on.
    static func status(of result: EpisodeResult) -> ExitStatus? {
        switch result.ending {
        case .success, .horizon, .recovered: nil
        case .stopped, .interrupted: .interrupted
        case .fault: result.faults.contains(.overrun) ? .overruns : .safetyStop
        case .policyLate: .policyLate
        case .policyFailed: .policyFailed
        case .cameraFault: .cameraFault
        }
    }

    /// What a person is told about an episode that ended a run.
    static func reason(_ result: EpisodeResult) -> String {
        let episode = "episode \(result.request.index), step \(result.steps)"
        let what =
            switch result.ending {
            case .fault: "the safety system stopped the robot: \(result.faults.activeNames.joined(separator: ", "))"
            case .policyLate where result.detail.isEmpty: "the policy answered too late, and the robot was stopped"
            case .policyFailed where result.detail.isEmpty: "the policy failed"
            case .cameraFault where result.detail.isEmpty: "a camera gave no picture in time"
            case .policyLate, .policyFailed, .cameraFault: ""
            default: result.ending.rawValue
            }
        return ([episode, what, result.detail].filter { !$0.isEmpty }).joined(separator: ": ")
    }
}
