import Learning

extension Improvement {
    /// Learns in the simulator to the last step, in lockstep, as fast as the machine goes.
    ///
    /// - Throws: ``JobError`` if a signal ended it; what was learnt is on disk then.
    func learnInLockstep() throws {
        let rounds = try ExperienceRounds(
            context: context, base: base, small: cloned, count: settings.environments,
            exploration: Float(settings.exploration))
        let (progress, begun) = (Progress("improving", total: settings.steps), state.steps)
        while true {
            try evaluateIfDue()
            if state.steps >= settings.steps {
                // The last policy may be the best, and is to be on disk.
                if state.evaluations.last?.step != state.steps { try evaluate() }
                break
            }
            try runRound(rounds)
            progress.update(state.steps, since: begun, note: note)
            if let signal = TerminationWatch.status() {
                try save()
                throw stopped(by: signal)
            }
        }
        progress.finish("\(state.steps) steps, \(learner.step) updates; \(note)")
    }

    private func runRound(_ rounds: ExperienceRounds) throws {
        let requests = (0..<rounds.count).map { index in
            EpisodeRequest(
                index: state.episodes + index,
                seed: EpisodeSeeds.improvement(state.episodes + index, job: context.job))
        }
        // What is known now is learnt from while the round runs with the parameters of now.
        let updates = dueUpdates
        let episodes = try rounds.run(requests, parameters: learner.acting, version: UInt64(learner.step)) {
            try learn(updates: updates)
        }
        for experience in episodes { try absorb(experience) }
    }
}
