import Foundation
import Learning
import Realtime
import Synchronization

/// Learns while the robot works: on a thread of the lowest priority, from the episodes that the inference loop leaves. It
/// shows its parameters through an exchange that neither side waits at.
///
/// If it fails, the robot goes on with the last parameters that were shown; the failure is told at once, and again at the end.
final class RealtimeLearner: Sendable {
    private struct Inbox {
        var episodes: [EpisodeExperience] = []
        var failure: (any Error)?
    }

    /// Touched by the learner's thread alone between ``start()`` and ``finish()``.
    private final class Guarded: @unchecked Sendable {
        let improvement: Improvement

        init(_ improvement: Improvement) {
            self.improvement = improvement
        }
    }

    private let guarded: Guarded
    private let exchange: ParameterExchange
    private let inbox = Mutex(Inbox())
    private let end = EndFlag()
    private let thread = Mutex<WorkerThread?>(nil)

    /// Updates between two looks at what has come.
    private static var burst: Int { 20 }

    /// Takes over an improvement.
    init(_ improvement: Improvement) {
        guarded = Guarded(improvement)
        exchange = ParameterExchange(layout: improvement.learner.acting.layout)
        publish(improvement.learner)
    }

    private func publish(_ learner: CoherentLearner) {
        exchange.publish(learner.acting, version: UInt64(learner.step))
    }

    /// What acts on the inference thread, and leaves its episodes here.
    func makeActor() -> SmallPolicyActor {
        let (improvement, settings) = (guarded.improvement, guarded.improvement.settings)
        return SmallPolicyActor(
            improvement.cloned, behaviour: .sample(exploration: Float(settings.exploration)),
            seed: improvement.context.job.seed, exchange: (exchange, settings.takeover)
        ) { [self] experience in
            inbox.withLock { $0.episodes.append(experience) }
        }
    }

    /// Starts learning.
    func start() {
        thread.withLock { thread in
            thread = WorkerThread(name: "learner") { [self] in
                // Whatever else this machine has to do goes first.
                if setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 19) != 0 {
                    StandardError.write("warning: the learner's priority could not be lowered\n")
                }
                do {
                    try learn(guarded.improvement)
                } catch {
                    StandardError.write(
                        "warning: learning ended, and the robot goes on as it has learnt so far: \(Failure(error).message)\n"
                    )
                    inbox.withLock { $0.failure = error }
                }
            }
        }
    }

    private func learn(_ improvement: Improvement) throws {
        var nextSave = improvement.state.steps + improvement.settings.evaluateEvery
        while !end.isSet {
            let episodes = takeEpisodes()
            for experience in episodes { try improvement.absorb(experience) }
            // An episode may have put the policy back to step 0, which must not wait for updates to be due.
            if !episodes.isEmpty { publish(improvement.learner) }
            let updates = min(improvement.dueUpdates, Self.burst)
            guard updates > 0 else {
                Thread.sleep(forTimeInterval: 0.005)
                continue
            }
            try improvement.learn(updates: updates)
            publish(improvement.learner)
            if improvement.state.steps >= nextSave {
                try improvement.save()
                nextSave += improvement.settings.evaluateEvery
            }
        }
        for experience in takeEpisodes() { try improvement.absorb(experience) }
        try improvement.save()
    }

    private func takeEpisodes() -> [EpisodeExperience] {
        inbox.withLock { inbox in
            defer { inbox.episodes.removeAll() }
            return inbox.episodes
        }
    }

    /// Ends learning and gives the improvement back.
    ///
    /// - Throws: what learning failed with.
    func finish() throws -> Improvement {
        end.set()
        thread.withLock { $0 }?.join()
        if let failure = inbox.withLock({ $0.failure }) { throw failure }
        return guarded.improvement
    }
}
