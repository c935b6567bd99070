internal import FoundationEssentials
internal import Numerics

/// What a checkpoint says beside its weights.
package enum CheckpointText {
    static var statisticsNames: [String] { ["features.mean", "features.scale", "actions.mean", "actions.scale"] }

    package static func encode(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return String(decoding: try encoder.encode(value), as: UTF8.self)
        } catch {
            preconditionFailure("a checked configuration is always representable: \(error)")
        }
    }

    static func decode<Value: Decodable>(
        _ type: Value.Type, _ name: String, _ file: Safetensors
    ) throws -> Value {
        let text = try file.text(name)
        do {
            return try JSONDecoder().decode(type, from: Data(text.utf8))
        } catch {
            throw SafetensorsError(path: file.path, "the metadata '\(name)' is not understood: \(text)")
        }
    }

    static func integer(_ name: String, _ file: Safetensors) throws(SafetensorsError) -> UInt64 {
        let text = try file.text(name)
        guard let number = UInt64(text) else {
            throw SafetensorsError(path: file.path, "the metadata '\(name)' is '\(text)'; a number is expected")
        }
        return number
    }

    static func add(_ purpose: PolicyPurpose, to file: inout Safetensors) {
        file.metadata["layout"] = encode(purpose.layout)
        file.metadata["actionSize"] = String(purpose.actionSize)
        file.metadata["task"] = purpose.task
        file.metadata["robot"] = purpose.robot
        file.metadata["encoder"] = purpose.encoder
    }

    static func purpose(_ file: Safetensors) throws -> PolicyPurpose {
        let layout = try decode(ObservationLayout.self, "layout", file)
        let actionSize = try integer("actionSize", file)
        guard (1...1024).contains(actionSize), (1...100_000).contains(layout.size) else {
            throw SafetensorsError(
                path: file.path, "an action of \(actionSize) or observation of \(layout.size) numbers")
        }
        return PolicyPurpose(
            layout: layout, actionSize: Int(actionSize), task: try file.text("task"), robot: try file.text("robot"),
            encoder: file.metadata["encoder"])
    }

    static func require(_ found: PolicyPurpose, fits wanted: PolicyPurpose, path: String) throws(PolicyError) {
        if let mismatch = found.mismatch(with: wanted) { throw .checkpoint(path: path, message: mismatch) }
    }

    static func requireNoOthers(_ file: Safetensors, than names: [String]) throws(SafetensorsError) {
        let known = Set(names)
        if let other = file.tensors.keys.sorted().first(where: { !known.contains($0) }) {
            throw SafetensorsError(path: file.path, "the tensor '\(other)' does not belong to this network")
        }
    }

    static func add(_ encoder: FeatureEncoder, _ scaler: ActionScaler, to file: inout Safetensors) {
        file.set("features.mean", shape: [encoder.size], encoder.mean)
        file.set("features.scale", shape: [encoder.size], encoder.scale)
        file.set("actions.mean", shape: [scaler.mean.count], scaler.mean)
        file.set("actions.scale", shape: [scaler.scale.count], scaler.scale)
    }

    static func encoder(_ file: Safetensors, layout: ObservationLayout) throws(SafetensorsError) -> FeatureEncoder {
        let (mean, scale) = try statistics("features", layout.featureSize, file)
        return FeatureEncoder(layout: layout, mean: mean, scale: scale)
    }

    static func scaler(_ file: Safetensors, actionSize: Int) throws(SafetensorsError) -> ActionScaler {
        let (mean, scale) = try statistics("actions", actionSize, file)
        return ActionScaler(mean: mean, scale: scale)
    }

    private static func statistics(
        _ name: String, _ size: Int, _ file: Safetensors
    ) throws(SafetensorsError) -> (mean: [Float], scale: [Float]) {
        let mean = try file.floats(name + ".mean", shape: [size])
        let scale = try file.floats(name + ".scale", shape: [size])
        guard mean.allSatisfy(\.isFinite), scale.allSatisfy({ $0.isFinite && $0 > 0 }) else {
            throw SafetensorsError(path: file.path, "'\(name).mean' or '\(name).scale' is out of range")
        }
        return (mean, scale)
    }
}

extension Parameters {
    /// Adds all tensors to a file.
    func put(into file: inout Safetensors, prefix: String) {
        for entry in layout.entries { file.set(prefix + entry.name, shape: entry.shape, values(entry)) }
    }

    /// Takes all tensors from a file.
    func take(from file: Safetensors, prefix: String) throws(SafetensorsError) {
        for entry in layout.entries {
            storage.copy(from: try file.floats(prefix + entry.name, shape: entry.shape), at: entry.offset)
        }
    }
}
