import Foundation
import Learning
import Numerics

/// A learner of a usual size, with replays that were made up: how fast it learns does not depend on what it learns.
struct BenchLearner {
    /// Numbers in a state: what a task observes, a base action, its phase.
    static let stateSize = 50
    static let actionSize = 7
    /// Rewards that a return adds up.
    static let returnSteps = 3

    let learner: CoherentLearner

    /// Episodes of 100 steps in both replays, in which actions are the cloned policy's with its noise.
    init(episodes: (demonstrations: Int, experience: Int), seed: UInt64) throws {
        let network = StationaryNetwork(
            configuration: StationaryConfiguration(), inputs: Self.stateSize, actionSize: Self.actionSize)
        let cloned = Self.makePolicy(network, seed: seed)
        let policy = StationaryPolicy(network: network, parameters: cloned, version: 0)
        var configuration = LearnerConfiguration(reward: .coherent(shift: 1))
        (configuration.critic, configuration.policyInterval) = (.plain, 2)
        learner = try CoherentLearner(
            configuration: configuration, network: network, cloned: cloned,
            demonstrations: try Self.makeReplay(policy, episodes: episodes.demonstrations, seed: seed, purpose: 1),
            experience: try Self.makeReplay(policy, episodes: episodes.experience, seed: seed, purpose: 2), seed: seed)
    }

    /// A policy that looks as if it had been cloned: its means differ between states, its deviations are about 0.3.
    private static func makePolicy(_ network: StationaryNetwork, seed: UInt64) -> Parameters {
        let parameters = Parameters(layout: network.layout)
        var random = RandomStream.derived(from: seed, 1)
        network.initialise(parameters, random: &random)
        for entry in network.layout.entries {
            let values = parameters.values(entry)
            switch entry.name {
            case "location.weight": for index in values.indices { values[index] = 0.8 * random.gaussian() }
            case "factors":
                let size = network.configuration.features
                for index in values.indices {
                    values[index] = index / size % size == index % size ? -1.2 : 0.02 * random.gaussian()
                }
            default: break
            }
        }
        return parameters
    }

    /// Half of the episodes succeed. States wander, so that neighbours are alike.
    private static func makeReplay(
        _ policy: StationaryPolicy, episodes: Int, seed: UInt64, purpose: UInt64
    ) throws -> ReplayBuffer {
        let length = 100
        let replay = try ReplayBuffer(
            shape: ReplayBuffer.Shape(
                capacity: episodes * (length + 1) + 1, stateSize: stateSize, actionSize: actionSize,
                returnSteps: returnSteps))
        var random = RandomStream.derived(from: seed, 2, purpose)
        var state = [Float](repeating: 0, count: stateSize)
        var action = [Float](repeating: 0, count: actionSize)
        for episode in 0..<episodes {
            for index in state.indices { state[index] = random.gaussian() }
            for _ in 0..<length {
                state.withUnsafeBufferPointer { replay.open(lane: 0, state: $0) }
                state.withUnsafeBufferPointer { policy.observe($0) }
                action.withUnsafeMutableBufferPointer { policy.sample(into: $0, random: &random) }
                action.withUnsafeBufferPointer { replay.act(lane: 0, action: $0, version: 0) }
                for index in state.indices { state[index] = 0.98 * state[index] + 0.2 * random.gaussian() }
            }
            state.withUnsafeBufferPointer { replay.open(lane: 0, state: $0) }
            replay.end(lane: 0, episode % 2 == 0 ? .success : .timeout)
        }
        return replay
    }
}
