import Dispatch
import Learning
import Numerics
import Policies
import Synchronization

/// Gathers experience in rounds: in each, every environment runs one episode with the same parameters, side by side, while
/// the caller learns from the rounds before. What a round comes to depends on its seeds and parameters alone, not on which
/// thread was faster.
final class ExperienceRounds {
    private final class Environment: @unchecked Sendable {
        let session: SessionBox
        let actor: SmallPolicyActor
        let finished: Finished

        init(session: SessionBox, actor: SmallPolicyActor, finished: Finished) {
            (self.session, self.actor, self.finished) = (session, actor, finished)
        }

        func run(_ request: EpisodeRequest) throws -> EpisodeExperience {
            finished.experience = nil
            let result = try session.run(request)
            if let status = Driving.status(of: result) { throw JobError(status, Driving.reason(result)) }
            guard let experience = finished.experience else {
                throw JobError(.softwareFault, "episode \(request.index) left no experience")
            }
            return experience
        }
    }

    /// Where an actor leaves its episode.
    private final class Finished {
        var experience: EpisodeExperience?
    }

    private final class Gathered: Sendable {
        let outcomes = Mutex<[Int: Result<EpisodeExperience, any Error>]>([:])
    }

    private let environments: [Environment]

    /// Environments with a policy each.
    ///
    /// - Throws: what making a simulated robot throws.
    init(context: JobContext, base: any ChunkPolicy, small: SmallPolicy, count: Int, exploration: Float) throws {
        environments = try (0..<count).map { _ in
            let finished = Finished()
            let actor = SmallPolicyActor(
                small, behaviour: .sample(exploration: exploration), seed: context.job.seed,
                finished: { finished.experience = $0 })
            let worker = try context.makeWorker(base.makeReplica(), mode: .immediate)
            let session = try context.makeLockstepSession(
                source: .composed(worker, seed: context.job.seed, actor: actor))
            return Environment(session: SessionBox(session), actor: actor, finished: finished)
        }
    }

    /// How many episodes a round has.
    var count: Int { environments.count }

    /// Runs a round, and meanwhile `work` on the caller's thread.
    ///
    /// - Parameters:
    ///   - requests: one episode for each environment.
    ///   - parameters: of the small policy; copied before `work` begins.
    ///   - version: of these parameters.
    /// - Returns: what the episodes came to, in the order of the requests.
    /// - Throws: the first error of an episode, or of `work`.
    func run(
        _ requests: [EpisodeRequest], parameters: Parameters, version: UInt64, meanwhile work: () throws -> Void
    ) throws -> [EpisodeExperience] {
        precondition(requests.count == count, "a round has one episode for each environment")
        for environment in environments { environment.actor.take(parameters, version: version) }
        let gathered = Gathered()
        let group = DispatchGroup()
        for (index, request) in requests.enumerated() {
            let environment = environments[index]
            DispatchQueue.global(qos: .userInitiated).async(group: group) {
                let outcome = Result { try environment.run(request) }
                gathered.outcomes.withLock { $0[index] = outcome }
            }
        }
        let done = Result { try work() }
        group.wait()
        try done.get()
        return try gathered.outcomes.withLock { outcomes in
            try outcomes.sorted { $0.key < $1.key }.map { try $0.value.get() }
        }
    }
}
