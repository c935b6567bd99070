import Numerics
import Policies
import Robots
public import Simulation

/// Where the inference loop's actions come from.
public struct ActionSource: ~Copyable {
    enum Kind {
        /// A scripted expert, made anew for every episode, which acts on every step.
        case expert(make: (UInt64) -> any ScriptedExpert)
        /// A policy that proposes chunks; its noise is drawn from streams of this seed.
        case policy(PolicyWorker, seed: UInt64)
        /// Actions that were recorded, one for each step. After the last one its pose is held, or the episode is over.
        case recorded(RecordedSource)
        /// A person's hand on another arm.
        case leader(LeaderSource)
    }

    let kind: Kind
    /// Acts on every step beside the policy that proposes chunks.
    let actor: SmallPolicyActor?
    private var expert: (any ScriptedExpert)?

    private init(kind: Kind, actor: SmallPolicyActor? = nil) {
        self.kind = kind
        self.actor = actor
    }

    /// The task's scripted expert, seeded with each episode's seed.
    ///
    /// - Parameters:
    ///   - task: makes the expert.
    ///   - noise: standard deviation of the noise on its actions, as a fraction of a full action.
    public static func expert(of task: any ManipulationTask, noise: Double) -> ActionSource {
        .scripted { task.makeExpert(seed: $0, noise: noise) }
    }

    /// A script, made anew for every episode from its seed.
    static func scripted(_ make: @escaping (UInt64) -> any ScriptedExpert) -> ActionSource {
        ActionSource(kind: .expert(make: make))
    }

    /// A policy, evaluated by a worker.
    public static func policy(_ worker: PolicyWorker, seed: UInt64) -> ActionSource {
        ActionSource(kind: .policy(worker, seed: seed))
    }

    /// A policy, evaluated by a worker, whose actions a small policy completes on every step.
    static func composed(_ worker: PolicyWorker, seed: UInt64, actor: SmallPolicyActor) -> ActionSource {
        ActionSource(kind: .policy(worker, seed: seed), actor: actor)
    }

    /// The actions of a recorded episode, in order; after the last one its pose is held until the task is done, or its time is
    /// over.
    public static func recorded(_ actions: [[Float]]) -> ActionSource {
        .recorded(RecordedSource(actions, endsEpisode: false))
    }

    /// A recorded episode.
    static func recorded(_ source: RecordedSource) -> ActionSource { ActionSource(kind: .recorded(source)) }

    /// A leader, whose pose is followed in every step.
    static func leader(_ leader: LeaderSource) -> ActionSource {
        ActionSource(kind: .leader(leader))
    }

    /// Begins an episode.
    mutating func reset(seed: UInt64) {
        if case .expert(let make) = kind { expert = make(seed) }
        if case .leader(let leader) = kind { leader.begin() }
        if case .recorded(let recording) = kind { recording.begin() }
        actor?.begin(episode: seed)
        cancel()
    }

    /// Leaves an answer that is still out unread.
    func cancel() {
        if case .policy(let worker, _) = kind { worker.cancel() }
    }

    /// Whether a person says that the episode's task is done; asked once in a step.
    var isMarkedDone: Bool {
        if case .leader(let leader) = kind { return leader.isDone() }
        return false
    }

    /// Whether there is nothing more to be done from this step on.
    func isOver(at step: Int) -> Bool {
        if case .recorded(let recording) = kind { return recording.isOver(at: step) }
        return false
    }

    mutating func expertAction(_ measurement: borrowing Measurement, toolPose: Pose) -> [Float] {
        expert?.action(for: measurement, toolPose: toolPose) ?? []
    }

    /// The stream that a chunk's noise is drawn from.
    static func stream(seed: UInt64, episode: UInt64, step: Int) -> RandomStream {
        .derived(from: seed, episode, UInt64(step))
    }
}
