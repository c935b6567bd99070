import Simulation

/// Who does the task while demonstrations are collected.
enum Demonstrator: Sendable {
    /// The task's scripted expert.
    case expert
    /// Segments of recorded demonstrations, put together anew.
    case segments([SourceDemonstration])
    /// A person with a leader, which has to be connected first.
    case leader

    /// As it is called in run folders and episode files.
    var name: String {
        switch self {
        case .expert: "expert"
        case .segments: "segments"
        case .leader: "leader"
        }
    }

    /// The seed of an attempt.
    func seed(attempt: Int, job: JobConfiguration) -> UInt64 {
        switch self {
        case .expert, .leader: EpisodeSeeds.demonstration(attempt, job: job)
        case .segments: EpisodeSeeds.generation(attempt, job: job)
        }
    }

    /// What drives, with the job's noise.
    ///
    /// - Throws: ``JobError`` where the task has no expert; of a leader, which has a source only once it is connected.
    func makeSource(_ context: JobContext) throws(JobError) -> ActionSource {
        let noise = context.job.record.noise
        let task = context.task
        switch self {
        case .expert: return try context.makeExpert(noise: noise)
        case .segments(let sources):
            return .scripted { SegmentFollower(task: task, sources: sources, seed: $0, noise: noise) }
        case .leader: throw JobError(.softwareFault, "a leader was not connected")
        }
    }
}
