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

    /// The policy, and what is asked for the same behind a server that was started with these options.
    private func serve(_ policy: FlowPolicy, _ options: String..., then body: (RemotePolicy) throws -> Void) throws {
        let folder = NSTemporaryDirectory() + "steadyhand-served-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try policy.save(to: folder + "/policy.safetensors")
        let server = try PolicyServer(arguments: ["flow", folder] + options)
        let encoder = try ObservationEncoder(
            .task(parts: ["place", "hand"]), layout: Self.layout, robotLayout: ObservationLayout(parts: []),
            cameras: [], server: server.address)
        try body(
            RemotePolicy(
                WebSocketTransport(.init(address: try ServerAddress(server.address))), server: server.address,
                encoder: encoder, actions: ActionMap(.job, size: 3), seed: 1))
    }

    @Test func equalNoiseGivesTheSameChunk() throws {
        let policy = try Self.trained()
        try serve(policy) { remote in
            #expect(remote.introduction.noiseShape == [6, 3])
            #expect(remote.introduction.name == "somewhere on point, step 40")
            var random = RandomStream(seed: 11)
            for step in 0..<20 {
                let observation = (0..<7).map { _ in random.gaussian() }
                try expectTheSame(policy, remote, ChunkRequest(observation: observation, step: step), &random, 2e-5)
            }
        }
    }

    @Test(arguments: FlowGuidance.Method.allCases)
    func aChunkUnderWayIsContinuedInTheSameWay(_ method: FlowGuidance.Method) throws {
        let policy = try Self.trained().guided(FlowGuidance(method: method, largestWeight: 4))
        try serve(policy, "--guidance", method.rawValue, "--guidance-weight", "4") { remote in
            #expect(remote.continuesChunks)
            var random = RandomStream(seed: 12)
            for step in 0..<20 {
                let observation = (0..<7).map { _ in random.gaussian() }
                let free = ChunkRequest(observation: observation, step: step)
                var request = free
                request.continuation = ChunkContinuation(
                    previous: (0..<1 + step % 6).map { _ in (0..<3).map { _ in Float(random.uniform(-0.9, 0.9)) } },
                    delay: step % 4, executionHorizon: step % 5)
                var other = random
                let unguided = try policy.propose(free, random: &other)
                let led = try expectTheSame(policy, remote, request, &random, 2e-4)
                let end = min(1 + step % 6, 6 - step % 5)
                #expect(
                    (led.actions == unguided.actions) == (end == 0), "it is led where the chunks have steps in common")
            }
        }
    }

    /// Asks both with the same noise; returns the policy's own chunk.
    @discardableResult
    private func expectTheSame(
        _ policy: FlowPolicy, _ remote: RemotePolicy, _ request: ChunkRequest, _ random: inout RandomStream,
        _ tolerance: Float
    ) throws -> ActionChunk {
        var (here, there) = (random, random)
        let own = try policy.propose(request, random: &here)
        let served = try remote.propose(request, random: &there)
        #expect(here == there, "both drew the same noise")
        random = here
        for (own, served) in zip(own.actions.joined(), served.actions.joined()) {
            #expect(abs(own - served) < tolerance, "step \(request.step): \(own) and \(served)")
        }
        return own
    }
}
