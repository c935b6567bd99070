import Foundation
import Numerics
import Testing

@testable import Policies

struct FlowPolicyTests {
    private let observation: [Float] = [0.1, 0, 0, 0, 1]

    private func policy() throws -> FlowPolicy {
        try TwoWays.trainer(try TwoWays.demonstrations(20, seed: 5), steps: 60).policy()
    }

    private func message(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "accepted"
        } catch {
            return "\(error)"
        }
    }

    @Test func equalRandomStatesGiveEqualChunks() throws {
        let policy = try policy()
        let replica = try policy.replica()
        var (first, second) = (RandomStream(seed: 1), RandomStream(seed: 1))
        for step in 0..<5 {
            let chunk = try policy.propose(observation: observation, step: step, random: &first)
            let again = try replica.propose(observation: observation, step: step, random: &second)
            #expect(chunk.actions == again.actions)
            #expect(chunk.actions.allSatisfy { $0.count == 2 && $0.allSatisfy { abs($0) <= 1 } })
        }
        #expect(first == second)
        #expect(first.position == 5 * 8)
        let other = try policy.propose(observation: observation, step: 0, random: &first)
        #expect(other.actions != (try policy.propose(observation: observation, step: 0, random: &first)).actions)
    }

    /// With a velocity of zero, what comes out is the noise, scaled as the actions are.
    @Test func withoutAVelocityAChunkIsItsNoise() throws {
        let policy = try policy()
        policy.parameters.clear()
        var (random, same) = (RandomStream(seed: 1), RandomStream(seed: 1))
        let chunk = try policy.propose(observation: observation, step: 0, random: &random)
        let noise = UnsafeMutableBufferPointer<Float>.allocate(capacity: 8)
        defer { noise.deallocate() }
        same.fillGaussian(noise)
        for step in 0..<4 {
            for component in 0..<2 {
                let number = noise[step * 2 + component]
                let expected = number * policy.scaler.scale[component] + policy.scaler.mean[component]
                #expect(abs(chunk.actions[step][component] - min(max(expected, -1), 1)) < 1e-6)
            }
        }
    }

    @Test func badObservationsAreRefusedByName() throws {
        let policy = try policy()
        var random = RandomStream(seed: 1)
        func error(_ observation: [Float]) throws -> PolicyError? {
            #expect(throws: PolicyError.self) {
                try policy.propose(observation: observation, step: 0, random: &random)
            }
        }
        #expect(try error([0, 0, 0, 1]) == .observationSize(expected: 5, actual: 4))
        #expect(try error([.nan, 0, 0, 0, 1]) == .observationNotFinite(part: "place", index: 0))
        #expect(try error([0, 0, .infinity, 0, 1]) == .observationNotFinite(part: "hand", index: 1))
        #expect(try error([0, 0, 0, 0, 0]) == .observationRotation(part: "hand"))
    }

    @Test func anAnswerThatIsNotFiniteIsAnError() throws {
        let policy = try policy()
        policy.parameters.storage.fill(.nan)
        var random = RandomStream(seed: 1)
        #expect(throws: PolicyError.actionNotFinite(step: 0, component: 0)) {
            try policy.propose(observation: observation, step: 0, random: &random)
        }
    }

    @Test func aSavedPolicyProposesTheSame() throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let policy = try policy()
        try policy.save(to: folder + "/" + FlowPolicy.fileName)
        for path in [folder, folder + "/" + FlowPolicy.fileName] {
            let loaded = try FlowPolicy(checkpoint: path, for: policy.purpose)
            #expect(loaded.purpose == policy.purpose && loaded.configuration == policy.configuration)
            #expect(loaded.encoder == policy.encoder && loaded.scaler == policy.scaler)
            var (first, second) = (RandomStream(seed: 1), RandomStream(seed: 1))
            #expect(
                try loaded.propose(observation: observation, step: 0, random: &first).actions
                    == policy.propose(observation: observation, step: 0, random: &second).actions)
        }
    }

    @Test func aPolicyForSomethingElseIsRefused() throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let policy = try policy()
        let path = folder + "/p.safetensors"
        try policy.save(to: path)
        func refused(_ change: (inout PolicyPurpose) -> Void) -> String {
            var purpose = policy.purpose
            change(&purpose)
            return message { _ = try FlowPolicy(checkpoint: path, for: purpose) }
        }
        #expect(refused { _ in } == "accepted")
        #expect(refused { $0.task = "lift" } == path + ": made for the task 'two-ways'; 'lift' is wanted")
        #expect(refused { $0.robot = "panda" } == path + ": made for the robot 'point'; 'panda' is wanted")
        #expect(refused { $0.actionSize = 7 } == path + ": its actions have 2 numbers; 7 are wanted")
        #expect(
            refused { $0.layout.parts.reverse() }
                == path + ": made for other observations: 'place' stands where 'hand' is expected")
        #expect(
            refused { $0.layout.parts[0] = .init(name: "place", fields: [.values(3)]) }
                == path + ": made for other observations: 'place' has 1 numbers instead of 3, or other fields")
        #expect(
            refused { $0.layout.parts.removeLast() } == path + ": made for other observations: 2 parts instead of 1")
    }

    @Test func damagedCheckpointsAreRefused() throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/p.safetensors"
        try policy().save(to: path)
        let whole = try Safetensors(contentsOf: path)
        func refused(_ change: (inout Safetensors) -> Void) throws -> String {
            var file = whole
            change(&file)
            try file.write(to: path)
            return message { _ = try FlowPolicy(checkpoint: path, for: nil) }
        }
        #expect(try refused { _ in } == "accepted")
        #expect(try refused { $0.metadata["format"] = "x" } == path + ": is not a policy of Steadyhand")
        #expect(try refused { $0.metadata["layout"] = nil } == path + ": the metadata 'layout' is missing")
        #expect(
            try refused { $0.metadata["layout"] = "[3]" } == path + ": the metadata 'layout' is not understood: [3]")
        #expect(
            try refused { $0.metadata["step"] = "-1" } == path + ": the metadata 'step' is '-1'; a number is expected")
        #expect(
            try refused { $0.metadata["configuration"] = CheckpointText.encode(FlowConfiguration(hidden: 1 << 40)) }
                .contains("the policy's hidden is"))
        #expect(
            try refused {
                $0.metadata["configuration"] = CheckpointText.encode(FlowConfiguration(horizon: 4, blocks: 5))
            }
            .contains("the tensor 'condition.weight' has the shape"))
        #expect(
            try refused { $0.set("extra", shape: [1], [0]) }
                == path + ": the tensor 'extra' does not belong to this network")
        #expect(
            try refused { $0.set("norm.bias", shape: [48], Array(repeating: Float.nan, count: 48)) }
                == path + ": the tensor 'norm.bias' is not finite")
        #expect(
            try refused { $0.set("actions.scale", shape: [2], [1, 0]) }
                == path + ": 'actions.mean' or 'actions.scale' is out of range")
        try whole.write(to: path)
        let data = try bytes(path)
        try data.prefix(data.count - 1).write(to: URL(fileURLWithPath: path))
        #expect(message { _ = try FlowPolicy(checkpoint: path, for: nil) }.contains("cut short"))
        #expect(
            message { _ = try FlowPolicy(checkpoint: folder + "/none", for: nil) }
                == folder + "/none: cannot be opened: No such file or directory")
    }
}
