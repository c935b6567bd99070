internal import Configuration

/// What a model's numbers mean: the YAML file that lies beside it, under the same name.
struct OnnxDescription {
    /// Observations: the graph's input, and for each of its numbers where it is found in an observation.
    var observation: (input: String, indices: [Int], scaling: Scaling)
    /// The graph's input for Gaussian noise of the shape of a chunk; nil where it takes none.
    var noise: String?
    /// Chunks: the graph's output, and how many actions it has.
    var actions: (output: String, horizon: Int, scaling: Scaling)

    /// What is between a physical number and the graph's: `(number − mean) / scale`.
    struct Scaling: Equatable {
        var mean: [Float]
        var scale: [Float]
    }

    /// The file beside a model: `policy.yaml` beside `policy.onnx`.
    static func path(beside model: String) -> String {
        (model.hasSuffix(".onnx") ? String(model.dropLast(5)) : model) + ".yaml"
    }

    /// Reads the file, and compares it with the graph and with what the job needs.
    ///
    /// - Throws: `ConfigurationError` with everything that does not fit.
    static func load(
        for model: OnnxModel, layout: ObservationLayout, actionSize: Int
    ) throws(ConfigurationError) -> OnnxDescription {
        try Document.load(path: path(beside: model.path)).decode { file in
            OnnxDescription(decoding: file, model: model, layout: layout, actionSize: actionSize)
        }
    }

    private init(decoding file: MappingReader, model: OnnxModel, layout: ObservationLayout, actionSize: Int) {
        var taken: [String] = []
        observation = file.mapping("observation") { reader in
            let indices = Self.indices(reader, layout)
            let input = reader.string("input")
            taken.append(input)
            Self.check(reader, "input", input, among: model.inputs, does: "take", shape: [1, indices.count])
            return (input, indices, Scaling(decoding: reader, count: indices.count))
        }
        actions = file.mapping("actions") { reader in
            let horizon = reader.integer("horizon", in: 1...1024)
            let output = reader.string("output")
            Self.check(reader, "output", output, among: model.outputs, does: "give", shape: [1, horizon, actionSize])
            return (output, horizon, Scaling(decoding: reader, count: actionSize))
        }
        let horizon = actions.horizon
        noise =
            file.has("noise")
            ? file.mapping("noise") { reader in
                let input = reader.string("input")
                taken.append(input)
                Self.check(reader, "input", input, among: model.inputs, does: "take", shape: [1, horizon, actionSize])
                return input
            } : nil
        _ = file.value("noise")
        for input in model.inputs where !taken.contains(input.name) {
            file.report("observation", "leaves out what the model takes too: '\(input.name)', \(input.text)")
        }
    }

    /// For each number of the wanted parts, in the order of the file, its place in an observation.
    private static func indices(_ reader: MappingReader, _ layout: ObservationLayout) -> [Int] {
        let known = layout.parts.map(\.name).joined(separator: ", ")
        var starts: [String: Range<Int>] = [:]
        var start = 0
        for part in layout.parts {
            starts[part.name] = start..<start + part.size
            start += part.size
        }
        return reader.sequence("parts", count: 1...1000).enumerated().flatMap { place, element -> [Int] in
            guard let name = element.text() else { return [] }
            guard let range = starts[name] else {
                reader.report("parts", "has '\(name)', which this job does not observe; there are \(known)")
                return []
            }
            return Array(range)
        }
    }

    private static func check(
        _ reader: MappingReader, _ key: String, _ name: String, among tensors: [OnnxModel.TensorDescription],
        does: String, shape: [Int]
    ) {
        guard !name.isEmpty, !shape.contains(0) else { return }
        guard let found = tensors.first(where: { $0.name == name }) else {
            let names = tensors.map { "'\($0.name)'" }.joined(separator: ", ")
            reader.report(key, "is '\(name)', which the model does not \(does); it \(does)s \(names)")
            return
        }
        if !found.accepts(shape) {
            reader.report(
                key, "is '\(name)', of which the model \(does)s \(found.text); the job needs 32-bit floats \(shape)")
        }
    }
}

extension OnnxDescription.Scaling {
    /// Both lists, or neither.
    fileprivate init(decoding reader: MappingReader, count: Int) {
        func numbers(_ key: String, _ bounds: Bounds, otherwise: Float) -> [Float] {
            guard reader.has(key), count > 0 else {
                _ = reader.value(key)
                return Array(repeating: otherwise, count: count)
            }
            let values = reader.sequence(key, count: count...count).map { Float($0.number(in: bounds) ?? .nan) }
            return values.count == count ? values : Array(repeating: otherwise, count: count)
        }
        mean = numbers("mean", .any, otherwise: 0)
        scale = numbers("scale", .above(0, through: 1e9), otherwise: 1)
    }
}
