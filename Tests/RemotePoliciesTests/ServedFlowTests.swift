import Foundation
import Numerics
import Policies
import PolicySamples
import Testing

@testable import RemotePolicies

/// A policy that was trained here, asked directly and behind `tools/policy_server`.
@Suite struct ServedFlowTests {
    static let layout = ObservationLayout(parts: [
        .init(name: "place", fields: [.values(2)]), .init(name: "hand", fields: [.quaternion, .values(1)]),
    ])

    static func trained() throws -> FlowPolicy {
        var random = RandomStream(seed: 8)
        var episodes: [DemonstrationSet.Episode] = []
        for number in 0..<6 {
            var (observations, actions): ([Float], [Float]) = ([], [])
            for _ in 0..<12 {
                observations += [random.gaussian(), random.gaussian()]
                observations += [random.gaussian(), random.gaussian(), random.gaussian(), 1, random.gaussian()]
                actions += (0..<3).map { _ in Float(random.uniform(-0.9, 0.9)) }
            }
            episodes.append(.init(name: "demo_\(number)", observations: observations, actions: actions))
        }
        let demonstrations = try DemonstrationSet(
            layout: layout, actionSize: 3, task: "somewhere", robot: "point", episodes: episodes, minimumEpisodes: 2)
        let trainer = try FlowTrainer(
            configuration: FlowConfiguration(horizon: 6, hidden: 64, blocks: 3, condition: 40, timeFeatures: 16),
            training: FlowTraining(
                steps: 40, batchSize: 32, learningRate: 3e-3, warmUpSteps: 5, averageDecay: 0.9, heldOutFraction: 0),
            demonstrations: demonstrations, seed: 4)
        for _ in 0..<40 { _ = try trainer.update() }
        return try trainer.policy()
    }

    @Test func equalNoiseGivesTheSameChunk() throws {
        let folder = NSTemporaryDirectory() + "steadyhand-served-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let policy = try Self.trained()
        try policy.save(to: folder + "/policy.safetensors")
        let server = try PolicyServer("flow", folder)
        let encoder = try ObservationEncoder(
            .task(parts: ["place", "hand"]), layout: Self.layout, robotLayout: ObservationLayout(parts: []),
            cameras: [],
            server: server.address)
        let remote = try RemotePolicy(
            WebSocketTransport(.init(address: try ServerAddress(server.address))), server: server.address,
            encoder: encoder,
            actions: ActionMap(.job, size: 3), seed: 1)
        #expect(remote.introduction.noiseShape == [6, 3])
        #expect(remote.introduction.name == "somewhere on point, step 40")
        var random = RandomStream(seed: 11)
        for step in 0..<20 {
            let observation = (0..<7).map { _ in random.gaussian() }
            var (here, there) = (random, random)
            let own = try policy.propose(observation: observation, step: step, random: &here)
            let served = try remote.propose(observation: observation, step: step, random: &there)
            #expect(here == there, "both drew the same noise")
            random = here
            for (own, served) in zip(own.actions.joined(), served.actions.joined()) {
                #expect(abs(own - served) < 2e-5, "step \(step): \(own) and \(served)")
            }
        }
    }
}
