public import Control
public import Policies
public import Robots
public import Simulation

/// Where the inference loop's actions come from.
public struct ActionSource: Sendable {
    enum Kind: Sendable {
        /// A scripted expert, which acts on every step.
        case expert
        /// A policy that proposes chunks; its noise is drawn from streams of this seed.
        case policy(PolicyWorker, seed: UInt64)
    }

    let kind: Kind
    private var expert: (any ScriptedExpert)?

    /// A scripted expert.
    public static func expert(_ expert: any ScriptedExpert) -> ActionSource {
        ActionSource(kind: .expert, expert: expert)
    }

    /// A policy, evaluated by a worker.
    public static func policy(_ worker: PolicyWorker, seed: UInt64) -> ActionSource {
        ActionSource(kind: .policy(worker, seed: seed), expert: nil)
    }

    /// Begins an episode.
    mutating func reset(seed: UInt64) {
        expert?.reset(seed: seed)
        cancel()
    }

    /// Leaves an answer that is still out unread.
    func cancel() {
        if case .policy(let worker, _) = kind { worker.cancel() }
    }

    mutating func expertAction(_ measurement: borrowing Measurement, toolPose: Pose) -> [Float] {
        expert?.action(measurement, toolPose: toolPose) ?? []
    }
}
