import Episodes
import Foundation
import Simulation

/// Makes many demonstrations of a few: segments of recorded ones, each moved to where its object is in a new scene, carried
/// out in the simulator; what succeeds is kept.
public struct GenerateJob: Sendable {
    /// What `dataset generate` prints.
    public struct Result: Codable, Sendable {
        /// Episodes kept; all of them did the task.
        public var episodes: Int
        /// Episodes run.
        public var attempts: Int
        /// Episodes kept by episodes run.
        public var rate: Double
        /// Lower end of the rate's 95 % interval (Wilson).
        public var low: Double
        /// Upper end of the rate's 95 % interval (Wilson).
        public var high: Double
        /// Recorded demonstrations that the segments come from.
        public var sources: Int
        /// The folder of the episodes, with `dataset.hdf5`.
        public var dataset: String
    }

    let context: JobContext
    let source: String
    let out: String?
    let isResuming: Bool

    /// - Parameters:
    ///   - context: the job; its record settings say how many episodes to keep, and with which noise.
    ///   - source: the recorded demonstrations: a run folder, a folder of episodes, or one episode file.
    ///   - out: the run folder to make; nil chooses one.
    ///   - isResuming: whether a folder that is there already is gone on with.
    public init(context: JobContext, source: String, out: String?, isResuming: Bool = false) {
        self.context = context
        self.source = source
        self.out = out
        self.isResuming = isResuming
    }

    /// Generates until enough episodes are kept.
    public func run() throws -> Result {
        var context = context
        context.job.record.keep = .successes
        let sources = try context.loadSources(source)
        let recording = RecordJob(
            context: context, demonstrator: .segments(sources), command: "generate", schedule: .lockstep, out: out,
            isResuming: isResuming)
        return try recording.run { recorded in
            let rate = SuccessRate(successes: recorded.successes, trials: recorded.attempts)
            return Result(
                episodes: recorded.episodes, attempts: recorded.attempts, rate: rate.rate,
                low: rate.interval.lowerBound, high: rate.interval.upperBound, sources: sources.count,
                dataset: recorded.dataset)
        }
    }
}
