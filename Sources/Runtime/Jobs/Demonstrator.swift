import Simulation

/// Who does the task while demonstrations are collected.
enum Demonstrator: Sendable {
    /// The task's scripted expert.
    case expert
    /// Segments of recorded demonstrations, put together anew.
    case segments([SourceDemonstration])

    /// As it is called in run folders and episode files.
    var name: String {
        switch self {
        case .expert: "expert"
        case .segments: "segments"
        }
    }

    /// The seed of an attempt.
    func seed(attempt: Int, job: JobConfiguration) -> UInt64 {
        switch self {
        case .expert: EpisodeSeeds.demonstration(attempt, job: job)
        case .segments: EpisodeSeeds.generation(attempt, job: job)
        }
    }

    /// What drives, with the job's noise.
    func makeSource(_ context: JobContext) -> ActionSource {
        let noise = context.job.record.noise
        let task = context.task
        return switch self {
        case .expert: .expert(of: task, noise: noise)
        case .segments(let sources):
            .scripted { SegmentFollower(task: task, sources: sources, seed: $0, noise: noise) }
        }
    }
}
