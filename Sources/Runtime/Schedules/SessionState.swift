import Realtime
import Synchronization

/// What the threads of a real-time session share beside the exchanges of the loops. None of it is on the real-time path but the
/// end flags.
final class SessionState: Sendable {
    private struct Progress {
        var results: [EpisodeResult] = []
        var reported = 0
        var failure: JobError?
        var ending: JobError?
        var isFinished = false
        var stopRequested = false
        var control: ControlThreadReport?
    }

    let controlEnd = EndFlag()
    let inferenceEnd = EndFlag()
    let recorderEnd = EndFlag()
    private let progress = Mutex(Progress())

    /// All episodes that have ended, in order.
    var results: [EpisodeResult] { progress.withLock { $0.results } }

    /// The first thing that went wrong, or what ended the run early.
    var failure: JobError? { progress.withLock { $0.failure ?? $0.ending } }

    /// Whether all episodes have been run, or something went wrong.
    var isFinished: Bool { progress.withLock { $0.isFinished || $0.failure != nil } }

    /// Whether the episode under way should be ended.
    var stopRequested: Bool { progress.withLock { $0.stopRequested } }

    /// What the control thread counted, once it has ended.
    var controlReport: ControlThreadReport? { progress.withLock { $0.control } }

    func add(_ result: EpisodeResult) { progress.withLock { $0.results.append(result) } }

    func finish() { progress.withLock { $0.isFinished = true } }

    func requestStop() { progress.withLock { $0.stopRequested = true } }

    func fail(_ error: JobError) {
        progress.withLock { progress in
            if progress.failure == nil { progress.failure = error }
        }
    }

    /// Ends the run with this error, but only once the episode under way has been brought to its end.
    func failAfterEpisode(_ error: JobError) {
        progress.withLock { progress in
            if progress.ending == nil { progress.ending = error }
        }
    }

    func set(_ report: ControlThreadReport) { progress.withLock { $0.control = report } }

    /// The results that have come since the last call.
    func takeNewResults() -> [EpisodeResult] {
        progress.withLock { progress in
            defer { progress.reported = progress.results.count }
            return Array(progress.results[progress.reported...])
        }
    }
}
