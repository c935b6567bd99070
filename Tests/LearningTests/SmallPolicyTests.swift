import Foundation
import Numerics
import Policies
import Testing

@testable import Learning

struct SmallPolicyTests {
    private static let layout = ObservationLayout(parts: [
        .init(name: "place", fields: [.values(2)]), .init(name: "hand", fields: [.quaternion]),
    ])
    private let purpose = PolicyPurpose(layout: layout, actionSize: 2, task: "reach", robot: "arm")

    private func policy(_ composition: Composition, seed: UInt64 = 1) throws -> SmallPolicy {
        let features = FeatureEncoder(layout: Self.layout).size
        let network = StationaryNetwork(
            configuration: smallShape(),
            inputs: SmallPolicy.inputs(of: composition.kind, layout: Self.layout, actionSize: 2), actionSize: 2)
        var random = RandomStream(seed: seed)
        let parameters = Parameters(layout: network.layout)
        network.initialise(parameters, random: &random)
        for index in 0..<parameters.count { parameters.base[index] += 0.1 * random.gaussian() }
        let rows = Tensor(rows: 50, columns: features + 3)
        for index in 0..<rows.count { rows.base[index] = 2 + 0.5 * random.gaussian() }
        return try SmallPolicy(
            purpose: purpose, composition: composition, network: network, parameters: parameters,
            normaliser: InputNormaliser(fitting: rows.view), octaves: 2, horizon: 16, version: 7)
    }

    private func ensemble() throws -> SmallPolicy { try policy(.ensemble(range: [1.3, 1.4])) }

    private func withFile(_ body: (String) throws -> Void) throws {
        let path = NSTemporaryDirectory() + "small-\(UUID().uuidString).safetensors"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }

    private func refusal(_ path: String, for wanted: PolicyPurpose? = nil) -> String {
        do {
            _ = try SmallPolicy(checkpoint: path, for: wanted ?? purpose)
            return "accepted"
        } catch {
            return "\(error)"
        }
    }

    @Test func aStateRowHasItsPlaces() throws {
        let policy = try ensemble()
        var plain = [Float](repeating: 0, count: policy.plainSize)
        func row(base: [Float]?, phase: Int) throws -> [Float] {
            var row = [Float](repeating: .nan, count: policy.stateSize)
            try row.withUnsafeMutableBufferPointer {
                try policy.writeState(
                    observation: [0.1, 0.2, 0, 0, 0, 1], base: base, phase: phase, plain: &plain, into: $0)
            }
            return row
        }
        let (known, unknown) = (try row(base: [0.5, -0.5], phase: 4), try row(base: nil, phase: 4))
        // Places, a rotation as the first two columns of its matrix, the base action, and the phase.
        let raw: [Float] = [0.1, 0.2, 1, 0, 0, 0, 1, 0, 0.5, -0.5, 4.0 / 16]
        #expect(policy.plainSize == raw.count && policy.stateSize == raw.count + 2 * 2 * 2)
        for (index, value) in raw.enumerated() {
            let expected = (value - policy.normaliser.mean[index]) / policy.normaliser.scale[index]
            #expect(abs(known[index] - min(max(expected, -6), 6)) < 1e-5)
        }
        #expect(unknown.prefix(8) == known.prefix(8))
        #expect(unknown[8..<11].allSatisfy { $0 == 0 }, "what is not known is at the mean")
        // Two octaves of detail of the two places, and of nothing else.
        let detail = known.prefix(2).flatMap { [sin(.pi * $0), cos(.pi * $0), sin(2 * .pi * $0), cos(2 * .pi * $0)] }
        #expect(zip(known.suffix(8), detail).allSatisfy { abs($0 - $1) < 1e-4 })
        #expect(unknown.suffix(8) == known.suffix(8))
        #expect(throws: PolicyError.self) {
            var row = [Float](repeating: 0, count: policy.stateSize)
            try row.withUnsafeMutableBufferPointer {
                try policy.writeState(
                    observation: [0.1, .nan, 0, 0, 0, 1], base: nil, phase: 0, plain: &plain, into: $0)
            }
        }
    }

    @Test func aSavedPolicyIsTheSame() throws {
        for composition in [try Composition.ensemble(range: [1.3, 1.4]), try .residual(scales: [0.3, 1.2])] {
            try withFile { path in
                let policy = try policy(composition)
                try policy.save(to: path)
                let loaded = try SmallPolicy(checkpoint: path, for: purpose)
                #expect(loaded.purpose == policy.purpose && loaded.composition == policy.composition)
                #expect(loaded.network.configuration == policy.network.configuration)
                #expect(loaded.network.inputs == policy.network.inputs && loaded.stateSize == policy.stateSize)
                #expect(loaded.normaliser == policy.normaliser && loaded.detail == policy.detail)
                #expect(loaded.horizon == 16 && loaded.version == 7)
                for entry in policy.network.layout.entries {
                    let numbers = [policy, loaded].map { $0.parameters.values(entry).map(\.bitPattern) }
                    #expect(numbers[0] == numbers[1], "\(entry.name)")
                }
                let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
                try loaded.save(to: path)
                #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == bytes)
            }
        }
    }

    @Test func whatItWasNotMadeForIsRefused() throws {
        try withFile { path in
            try ensemble().save(to: path)
            for (change, words) in [
                ({ $0.task = "insert" }, "made for the task 'reach'; 'insert' is wanted"),
                ({ $0.robot = "hand" }, "made for the robot 'arm'; 'hand' is wanted"),
                ({ $0.actionSize = 7 }, "its actions have 2 numbers; 7 are wanted"),
                (
                    { $0.layout = ObservationLayout(parts: [.init(name: "place", fields: [.values(2)])]) },
                    "made for other observations"
                ),
            ] as [((inout PolicyPurpose) -> Void, String)] {
                var other = purpose
                change(&other)
                let refusal = refusal(path, for: other)
                #expect(refusal.hasPrefix("\(path): ") && refusal.contains(words), "\(refusal)")
            }
        }
    }

    @Test func damageIsRefusedByName() throws {
        try withFile { path in
            #expect(refusal(path).hasPrefix("\(path): "))
            let policy = try ensemble()
            let entry = try #require(policy.network.layout.entries.last)
            policy.parameters.base[entry.offset] = .nan
            try policy.save(to: path)
            #expect(refusal(path) == "\(path): the tensor '\(entry.name)' is not finite")

            try ensemble().save(to: path)
            let whole = try Data(contentsOf: URL(fileURLWithPath: path))
            for length in [0, 4, 100, whole.count / 2, whole.count - 1] {
                try whole.prefix(length).write(to: URL(fileURLWithPath: path))
                let refusal = refusal(path)
                #expect(refusal.hasPrefix("\(path): ") && !refusal.contains("\n"), "\(length): \(refusal)")
            }

            var other = Safetensors(path: path)
            other.metadata = ["format": "something-else"]
            other.set("tensor", shape: [1], [1])
            try other.write(to: path)
            #expect(refusal(path) == "\(path): is not a small policy of Steadyhand")
            other.metadata = ["format": "steadyhand-small-policy-1", "policy": "{}"]
            try other.write(to: path)
            #expect(refusal(path) == "\(path): its description is not understood")
        }
    }

    @Test func partsOfOtherSizesDoNotFit() throws {
        let policy = try ensemble()
        #expect(throws: LearningError.self) {
            try SmallPolicy(
                purpose: purpose, composition: .ensemble(range: [1, 1, 1]), network: policy.network,
                parameters: policy.parameters, normaliser: policy.normaliser, octaves: 2, horizon: 16, version: 0)
        }
        #expect(throws: LearningError.self) {
            try SmallPolicy(
                purpose: purpose, composition: policy.composition, network: policy.network,
                parameters: policy.parameters, normaliser: policy.normaliser, octaves: 2, horizon: 0, version: 0)
        }
    }
}
