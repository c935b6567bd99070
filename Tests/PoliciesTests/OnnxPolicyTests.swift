import Configuration
import Foundation
import Numerics
import PolicySamples
import Testing

@testable import Policies

/// `tools/setup` puts it there; without it there is nothing to try.
private let hasOnnxRuntime = FileManager.default.fileExists(
    atPath: "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/") + "/.deps/onnxruntime/lib")

/// A graph of 3 numbers to 2 actions of 2, checked against the sums that it stands for.
@Suite(.enabled(if: hasOnnxRuntime)) struct OnnxPolicyTests {
    private let layout = ObservationLayout(parts: [
        .init(name: "place", fields: [.values(2)]), .init(name: "unused", fields: [.values(3)]),
        .init(name: "height", fields: [.values(1)]),
    ])
    private let weights: [Float] = [0.1, 0.2, -0.3, 0, 0, 0.5, 0.25, -0.125, 1, 0, -1, 2]
    private let offset: [Float] = [0, 0.1, 0, -0.1]
    private let yaml = """
        observation:
          input: observation
          parts: [height, place]
          mean: [1, 0, 0]
          scale: [2, 1, 0.5]
        actions:
          output: actions
          horizon: 2
          mean: [0.05, 0]
          scale: [1, 0.5]
        """

    private func graph(noise: Float? = nil) -> OnnxGraph {
        OnnxGraph(inputs: 3, horizon: 2, size: 2, weights: weights, offset: offset, noiseShare: noise)
    }

    /// The folder is left to the system's own clearing of temporary files only where a test crashes.
    private func withModel<Value>(
        _ graph: OnnxGraph, _ yaml: String, _ body: (String) throws -> Value
    ) throws -> Value {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Data(graph.bytes).write(to: URL(fileURLWithPath: folder + "/model.onnx"))
        try Data(yaml.utf8).write(to: URL(fileURLWithPath: folder + "/model.yaml"))
        return try body(folder + "/model.onnx")
    }

    private func policy(_ path: String) throws -> OnnxPolicy {
        try OnnxPolicy(path: path, layout: layout, actionSize: 2)
    }

    /// What the graph stands for, in order of its numbers: (height − 1) / 2, place, place / 0.5.
    private func expected(_ observation: [Float], noise: [Float] = [0, 0, 0, 0], share: Float = 0) -> [[Float]] {
        let inputs = [(observation[5] - 1) / 2, observation[0], observation[1] / 0.5]
        let row = (0..<4).map { column in
            (0..<3).reduce(offset[column] + share * noise[column]) { $0 + inputs[$1] * weights[4 * $1 + column] }
        }
        return [[row[0] + 0.05, row[1] * 0.5], [row[2] + 0.05, row[3] * 0.5]].map { $0.map { min(max($0, -1), 1) } }
    }

    private func isClose(_ left: [[Float]], _ right: [[Float]]) -> Bool {
        left.count == right.count
            && zip(left, right).allSatisfy { zip($0, $1).allSatisfy { abs($0 - $1) < 1e-6 } }
    }

    @Test(arguments: [false, true]) func aGraphGivesWhatItStandsFor(leavesRowsOpen: Bool) throws {
        var graph = graph()
        graph.leavesRowsOpen = leavesRowsOpen
        try withModel(graph, yaml) { path in
            let policy = try policy(path)
            #expect(policy.horizon == 2 && policy.actionSize == 2 && !policy.continuesChunks)
            var random = RandomStream(seed: 1)
            for observation in [[0.1, 0.2, 9, 9, 9, 1.5], [-0.3, 0.05, 0, 0, 0, 0.7], [5, 5, 0, 0, 0, 0]] as [[Float]] {
                let chunk = try policy.propose(observation: observation, step: 4, random: &random)
                #expect(isClose(chunk.actions, expected(observation)), "\(chunk.actions)")
                #expect(chunk.step == 4 && chunk.policyVersion == policy.version)
                #expect(chunk.actions.allSatisfy { $0.allSatisfy { abs($0) <= 1 } })
            }
            #expect(random.position == 0, "it takes no noise")
            #expect(try self.policy(path).version == policy.version)
        }
    }

    @Test func noiseComesFromTheStream() throws {
        try withModel(graph(noise: 0.1), yaml + "\nnoise: {input: noise}\n") { path in
            let policy = try policy(path)
            var (random, same) = (RandomStream(seed: 3), RandomStream(seed: 3))
            let noise = Tensor(rows: 1, columns: 4)
            same.fillGaussian(noise.view.row(0))
            let observation: [Float] = [0.1, -0.1, 0, 0, 0, 1]
            let chunk = try policy.propose(observation: observation, step: 0, random: &random)
            #expect(isClose(chunk.actions, expected(observation, noise: noise.values, share: 0.1)))
            #expect(random == same)
        }
    }

    @Test func badObservationsAreRefused() throws {
        try withModel(graph(), yaml) { path in
            let policy = try policy(path)
            var random = RandomStream(seed: 1)
            #expect(throws: PolicyError.observationSize(expected: 6, actual: 5)) {
                try policy.propose(observation: [0, 0, 0, 0, 0], step: 0, random: &random)
            }
            #expect(throws: PolicyError.observationNotFinite(part: "place", index: 1)) {
                try policy.propose(observation: [0, .nan, 0, 0, 0, 0], step: 0, random: &random)
            }
        }
    }

    @Test func numbersThatAreNotFiniteAreNoActions() throws {
        var graph = graph()
        graph.offset[3] = .infinity
        try withModel(graph, yaml) { path in
            let policy = try policy(path)
            var random = RandomStream(seed: 1)
            #expect(throws: PolicyError.actionNotFinite(step: 1, component: 1)) {
                try policy.propose(observation: [0, 0, 0, 0, 0, 0], step: 0, random: &random)
            }
        }
    }

    @Test(arguments: [
        (
            "input: observation", "input: state",
            "2:10: input is 'state', which the model does not take; it takes 'observation'"
        ),
        (
            "parts: [height, place]", "parts: [height, plaice]",
            "3:10: parts has 'plaice', which this job does not observe; there are place, unused, height"
        ),
        ("mean: [1, 0, 0]", "mean: [1, 0]", "4:9: mean has 2 entries; it needs 3"),
        ("scale: [2, 1, 0.5]", "scale: [2, 0, 0.5]", "5:14: scale[1] is 0; it must be above 0 and at most 1000000000"),
        (
            "horizon: 2", "horizon: 3",
            "7:11: output is 'actions', of which the model gives 32-bit floats [1, 2, 2]; the job needs 32-bit floats [1, 3, 2]"
        ),
        ("  horizon: 2\n", "", "6:1: missing key 'horizon'; write horizon: a whole number from 1 to 1024"),
        ("output: actions", "outputs: actions", "7:3: unknown key 'outputs'; did you mean 'output'?"),
    ])
    func whatDoesNotFitIsSaidWithItsPlace(text: String, other: String, fault: String) throws {
        try withModel(graph(), yaml.replacingOccurrences(of: text, with: other)) { path in
            let error = #expect(throws: ConfigurationError.self) { try policy(path) }
            let faults = (error?.faults ?? []).map { "\($0.position.line):\($0.position.column): \($0.message)" }
            #expect(faults.contains(fault), "\(faults)")
        }
    }

    @Test func anInputThatNobodyFillsIsNamed() throws {
        try withModel(graph(noise: 0.1), yaml) { path in
            let error = #expect(throws: ConfigurationError.self) { try policy(path) }
            let message = error.map { "\($0)" } ?? ""
            #expect(message.contains("leaves out what the model takes too: 'noise', 32-bit floats [1, 2, 2]"))
        }
    }

    @Test func whatIsNoGraphIsRefused() throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/broken.onnx"
        var cut = graph().bytes
        cut.removeLast(cut.count / 2)
        for bytes in [[], Array("no graph".utf8), cut] {
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            let error = #expect(throws: PolicyError.self) { try policy(path) }
            let text = "\(try #require(error))"
            #expect(text.hasPrefix(path + ": is no model that can be evaluated") && !text.contains("\n"), "\(text)")
        }
    }

    @Test func aGraphWithoutItsDescriptionIsRefused() throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Data(graph().bytes).write(to: URL(fileURLWithPath: folder + "/model.onnx"))
        let error = #expect(throws: ConfigurationError.self) { try policy(folder + "/model.onnx") }
        #expect(error?.isMissingFile == true)
        #expect(error?.faults.first?.position.path.hasSuffix("/model.yaml") == true)
    }
}

@Suite struct OnnxLibraryTests {
    @Test func withoutTheLibraryItIsSaidWhatToDo() {
        let error = #expect(throws: PolicyError.self) { try OnnxLibrary.open(["libno-such-runtime.so.9"]) }
        #expect("\(error.map(\.description) ?? "")".contains("libno-such-runtime.so.9"))
        #expect("\(error.map(\.description) ?? "")".contains("tools/setup"))
    }

    @Test func anotherLibraryIsNotTakenForIt() {
        let error = #expect(throws: PolicyError.self) { try OnnxLibrary.open(["libc.so.6"]) }
        #expect("\(error.map(\.description) ?? "")".contains("is not ONNX Runtime"))
    }
}
