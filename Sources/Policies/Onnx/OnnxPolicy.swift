internal import Configuration
internal import FoundationEssentials
public import Numerics
internal import Synchronization

/// A policy that was trained elsewhere and exported as an ONNX graph; ONNX Runtime evaluates it on this machine.
///
/// Beside `policy.onnx` lies `policy.yaml`, which says what the numbers mean; see <doc:OnnxPolicies>. The library is loaded when the
/// first such policy is made. One proposal is made at a time.
public final class OnnxPolicy: ChunkPolicy {
    /// The graph's file.
    public let path: String
    /// How many actions a chunk has.
    public let horizon: Int
    /// How many numbers an action has.
    public let actionSize: Int
    /// A number that changes with the file: what it holds, mixed.
    public let version: UInt64

    private let description: OnnxDescription
    private let layout: ObservationLayout
    private let graph: Mutex<Graph>

    /// The graph and memory for one proposal.
    private struct Graph {
        let model: OnnxModel
        let observation: OnnxValues
        let noise: OnnxValues?
        let chunk: OnnxValues
    }

    /// Loads a graph and the file beside it.
    ///
    /// - Parameters:
    ///   - path: of the `.onnx` file.
    ///   - layout: what the job observes.
    ///   - actionSize: how many numbers an action of the job has.
    /// - Throws: ``PolicyError/library(_:)`` where ONNX Runtime is missing, ``PolicyError/checkpoint(path:message:)`` where the graph is
    ///   broken, `ConfigurationError` with the places in the YAML file that fit neither it nor the job.
    public convenience init(path: String, layout: ObservationLayout, actionSize: Int) throws {
        try self.init(path: path, layout: layout, actionSize: actionSize, library: OnnxLibrary.load())
    }

    /// The file beside a model that says what its numbers mean: `policy.yaml` beside `policy.onnx`.
    public static func descriptionPath(of model: String) -> String { OnnxDescription.path(beside: model) }

    init(path: String, layout: ObservationLayout, actionSize: Int, library: OnnxLibrary) throws {
        let model = try OnnxModel(path: path, library: library)
        let description = try OnnxDescription.load(for: model, layout: layout, actionSize: actionSize)
        self.path = path
        self.description = description
        self.actionSize = actionSize
        horizon = description.actions.horizon
        self.layout = layout
        var fingerprint = Fingerprint()
        try Data(contentsOf: URL(filePath: path), options: .mappedIfSafe).withUnsafeBytes { fingerprint.add($0) }
        version = fingerprint.value
        let shape = [1, horizon, actionSize]
        graph = Mutex(
            Graph(
                model: model,
                observation: OnnxValues(
                    name: description.observation.input, shape: [1, description.observation.indices.count]),
                noise: description.noise.map { OnnxValues(name: $0, shape: shape) },
                chunk: OnnxValues(name: description.actions.output, shape: shape)))
    }

    /// A chunk of ``horizon`` actions, held within −1…1. Where the graph takes noise, `horizon · actionSize` Gaussians are taken
    /// from `random`.
    ///
    /// - Throws: ``PolicyError`` if the observation does not fit or is not finite, or if the graph fails or gives a number that is
    ///   not finite.
    public func propose(_ request: ChunkRequest, random: inout RandomStream) throws -> ActionChunk {
        var stream = random
        let actions = try graph.withLock { graph in
            Result { () throws(PolicyError) in try evaluate(request.observation, graph, &stream) }
        }.get()
        random = stream
        return ActionChunk(step: request.step, policyVersion: version, actions: actions)
    }

    /// The graph, loaded once more.
    ///
    /// - Throws: as ``init(path:layout:actionSize:)``.
    public func makeReplica() throws -> any ChunkPolicy {
        try OnnxPolicy(path: path, layout: layout, actionSize: actionSize)
    }

    private func evaluate(
        _ observation: [Float], _ graph: Graph, _ random: inout RandomStream
    ) throws(PolicyError) -> [[Float]] {
        guard observation.count == layout.size else {
            throw .observationSize(expected: layout.size, actual: observation.count)
        }
        let (indices, scaling) = (description.observation.indices, description.observation.scaling)
        for (place, index) in indices.enumerated() {
            guard observation[index].isFinite else { throw layout.notFinite(index) }
            graph.observation.numbers.base[place] = (observation[index] - scaling.mean[place]) / scaling.scale[place]
        }
        if let noise = graph.noise { random.fillGaussian(noise.numbers.view.row(0)) }
        try graph.model.run([graph.observation] + (graph.noise.map { [$0] } ?? []), into: [graph.chunk])
        return try actions(graph.chunk.numbers)
    }

    private func actions(_ chunk: Tensor) throws(PolicyError) -> [[Float]] {
        var actions: [[Float]] = []
        actions.reserveCapacity(horizon)
        let scaling = description.actions.scaling
        for step in 0..<horizon {
            var action = [Float](repeating: 0, count: actionSize)
            for component in 0..<actionSize {
                let number = chunk.base[step * actionSize + component]
                guard number.isFinite else { throw .actionNotFinite(step: step, component: component) }
                action[component] = min(max(number * scaling.scale[component] + scaling.mean[component], -1), 1)
            }
            actions.append(action)
        }
        return actions
    }
}

extension ObservationLayout {
    /// The error for a number of an observation that is not finite.
    fileprivate func notFinite(_ index: Int) -> PolicyError {
        var start = 0
        for part in parts {
            if index < start + part.size { return .observationNotFinite(part: part.name, index: index - start) }
            start += part.size
        }
        return .observationSize(expected: size, actual: index + 1)
    }
}
