import Episodes
import Learning
import Numerics
import Policies

/// Lets the small policy act beside the base policy, on every step of the inference loop, and notes what the learner needs.
///
/// For one thread at a time.
final class SmallPolicyActor {
    /// How an action is chosen.
    enum Behaviour {
        /// The most likely one.
        case mode
        /// A random one, with the policy's deviation times a factor.
        case sample(exploration: Float)
    }

    /// When other parameters are taken over.
    typealias Takeover = JobConfiguration.ImproveSettings.Takeover

    /// Whether the small policy acts alone, as far as its composition allows: to measure the cloned policy by itself.
    let actsAlone: Bool

    private let policy: SmallPolicy
    private let acting: StationaryPolicy
    private let behaviour: Behaviour
    private let seed: UInt64
    private let exchange: (parameters: ParameterExchange, when: Takeover)?
    private let finished: ((EpisodeExperience) -> Void)?
    private var random: RandomStream
    private var experience: EpisodeExperience
    private var plain: [Float]
    private var row: [Float]
    private var own: [Float]
    /// The base actions of the episode's steps: what was executed of an action is known only after the next one was chosen.
    private var bases: [Float] = []

    /// - Parameters:
    ///   - policy: what acts; its parameters are copied.
    ///   - behaviour: how an action is chosen.
    ///   - seed: where the random actions begin; each episode has a stream of its own.
    ///   - actsAlone: leaves the base action out; only for an ensemble.
    ///   - exchange: where other parameters come from, and when they are taken over; nil: only from ``take(_:version:)``.
    ///   - finished: gets every episode's experience at its end; nil notes nothing.
    init(
        _ policy: SmallPolicy, behaviour: Behaviour, seed: UInt64, actsAlone: Bool = false,
        exchange: (ParameterExchange, Takeover)? = nil, finished: ((EpisodeExperience) -> Void)? = nil
    ) {
        precondition(!actsAlone || policy.composition.kind == .ensemble, "a correction cannot act alone")
        self.policy = policy
        self.behaviour = behaviour
        self.seed = seed
        self.actsAlone = actsAlone
        self.exchange = exchange
        self.finished = finished
        acting = StationaryPolicy(network: policy.network, parameters: policy.parameters, version: policy.version)
        random = RandomStream(seed: seed)
        plain = Array(repeating: 0, count: policy.plainSize)
        row = Array(repeating: 0, count: policy.stateSize)
        own = Array(repeating: 0, count: policy.purpose.actionSize)
        experience = EpisodeExperience(
            seed: 0, stateSize: policy.stateSize, actionSize: policy.purpose.actionSize)
    }

    private func emptyExperience(seed: UInt64) -> EpisodeExperience {
        EpisodeExperience(seed: seed, stateSize: policy.stateSize, actionSize: policy.purpose.actionSize)
    }

    /// Takes over other parameters.
    func take(_ parameters: Parameters, version: UInt64) { acting.take(parameters, version: version) }

    /// Begins an episode.
    func begin(episode: UInt64) {
        random = RandomStream.derived(from: seed, 41, episode)
        experience = emptyExperience(seed: episode)
        bases.removeAll(keepingCapacity: true)
        if let exchange { exchange.parameters.take { take($0, version: $1) } }
    }

    /// The action for the robot, and the version of the parameters that it comes from.
    ///
    /// - Throws: `PolicyError` if the observation does not fit.
    func act(observation: [Float], base: [Float], phase: Int) throws(PolicyError) -> (
        values: [Float], version: UInt64
    ) {
        if let exchange, exchange.when == .step { exchange.parameters.take { take($0, version: $1) } }
        try writeRow(observation, base: base, phase: phase)
        var composed = base
        row.withUnsafeBufferPointer { acting.observe($0) }
        own.withUnsafeMutableBufferPointer { own in
            switch behaviour {
            case .mode: acting.mode(into: own)
            case .sample(let exploration): acting.sample(into: own, scale: exploration, random: &random)
            }
        }
        var held = 0
        base.withUnsafeBufferPointer { base in
            own.withUnsafeBufferPointer { own in
                composed.withUnsafeMutableBufferPointer { composed in
                    held =
                        actsAlone
                        ? policy.composition.actAlone(own, into: composed)
                        : policy.composition.compose(base: base, action: own, into: composed)
                }
            }
        }
        bases.append(contentsOf: base)
        experience.states.append(contentsOf: row)
        experience.versions.append(acting.version)
        experience.saturated += held
        return (composed, acting.version)
    }

    /// What was executed, from −1 to 1 in each component, of the oldest action of which that was not told yet.
    func executed(_ action: [Float], isTakeover: Bool) {
        let step = experience.intervened.count
        guard step < experience.steps else { return }
        var effective = own
        action.withUnsafeBufferPointer { action in
            bases[step * action.count..<(step + 1) * action.count].withUnsafeBufferPointer { base in
                effective.withUnsafeMutableBufferPointer {
                    _ = policy.composition.effectiveAction(executed: action, base: base, into: $0)
                }
            }
        }
        experience.actions.append(contentsOf: effective)
        experience.intervened.append(isTakeover)
    }

    /// Ends the episode in the state of `observation`, whose base action may not be known.
    ///
    /// - Throws: ``PolicyError`` if that state cannot be made of it. The episode goes on then, until ``interrupt()``.
    func end(_ ending: EpisodeEnding, observation: [Float]?, base: [Float]?, phase: Int) throws(PolicyError) {
        guard isWorthTelling, let observation else { return interrupt() }
        try writeRow(observation, base: base, phase: phase)
        experience.states.append(contentsOf: row)
        experience.isLastBaseKnown = base != nil
        hand(on: ending)
    }

    /// Ends the episode without the state that it ended in: its outcome cannot be told.
    func interrupt() { hand(on: .interrupted) }

    /// Whether somebody wants to know what was experienced, and of all of it is known what was executed.
    private var isWorthTelling: Bool {
        finished != nil && experience.steps > 0 && experience.intervened.count == experience.steps
    }

    private func hand(on ending: EpisodeEnding) {
        if isWorthTelling, let finished {
            experience.ending = ending
            finished(experience)
        }
        experience = emptyExperience(seed: experience.seed)
    }

    private func writeRow(_ observation: [Float], base: [Float]?, phase: Int) throws(PolicyError) {
        var failure: PolicyError?
        row.withUnsafeMutableBufferPointer { row in
            do throws(PolicyError) {
                try policy.writeState(
                    observation: observation, base: base, phase: phase, plain: &plain, into: row)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }
}
