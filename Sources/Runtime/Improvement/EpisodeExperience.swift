import Episodes
import Learning

/// What the learner is told of an episode: the states that the small policy saw, and the actions that were in effect its own.
struct EpisodeExperience: Sendable {
    /// The episode's seed.
    var seed: UInt64
    /// Numbers in a state.
    var stateSize: Int
    /// Numbers in an action.
    var actionSize: Int
    /// One state for each action, one after the other, and the one that the episode ended in.
    var states: [Float] = []
    /// The small policy's effective actions.
    var actions: [Float] = []
    /// Versions of the small policy's parameters, one for each action.
    var versions: [UInt64] = []
    /// Whether somebody else chose the action: a person, or the safety filter.
    var intervened: [Bool] = []
    /// Components of actions that had to be held within what an action can be.
    var saturated = 0
    /// Whether the base action of the last state is known.
    var isLastBaseKnown = false
    /// How it ended; nil while it goes on.
    var ending: EpisodeEnding?

    /// Whether the task was done.
    var isSuccess: Bool { ending == .success }

    /// How many actions were taken.
    var steps: Int { versions.count }

    /// The fraction of the actions' components that had to be held.
    var saturation: Double { steps == 0 ? 0 : Double(saturated) / Double(steps * actionSize) }

    /// Tells a replay's lane the whole episode.
    ///
    /// An episode that a person or a fault ended has no outcome that could be learnt from; its complete steps are.
    func tell(_ replay: ReplayBuffer, lane: Int) {
        states.withUnsafeBufferPointer { states in
            actions.withUnsafeBufferPointer { actions in
                func state(_ step: Int) -> UnsafeBufferPointer<Float> {
                    UnsafeBufferPointer(rebasing: states[step * stateSize..<(step + 1) * stateSize])
                }
                for step in 0..<steps {
                    replay.open(lane: lane, state: state(step))
                    replay.act(
                        lane: lane,
                        action: UnsafeBufferPointer(rebasing: actions[step * actionSize..<(step + 1) * actionSize]),
                        version: versions[step], intervened: intervened[step])
                }
                guard steps > 0 else { return }
                switch ending {
                case .success:
                    replay.open(lane: lane, state: state(steps), baseKnown: isLastBaseKnown)
                    replay.end(lane: lane, .success)
                case .horizon:
                    replay.open(lane: lane, state: state(steps), baseKnown: isLastBaseKnown)
                    replay.end(lane: lane, .timeout)
                default:
                    replay.abandon(lane: lane)
                }
            }
        }
    }
}
