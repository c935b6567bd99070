internal import FoundationEssentials
internal import Numerics
public import Policies

extension SmallPolicy {
    /// The file of a run's checkpoints that holds the small policy.
    public static var fileName: String { "small.safetensors" }

    private static var format: String { "steadyhand-small-policy-1" }

    private struct Description: Codable {
        var purpose: PolicyPurpose
        var composition: Composition
        var network: StationaryConfiguration
        var inputs: Int
        var normaliser: InputNormaliser
        var octaves: Int
        var horizon: Int
        var version: UInt64
    }

    /// Writes the policy to a file; at any moment the old or the new one is there.
    ///
    /// - Throws: ``LearningError/checkpoint(path:message:)`` with the system's reason.
    public func save(to path: String) throws(LearningError) {
        var file = Safetensors(path: path)
        let description = Description(
            purpose: purpose, composition: composition, network: network.configuration, inputs: network.inputs,
            normaliser: normaliser, octaves: detail.octaves, horizon: horizon, version: version)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        do {
            file.metadata = [
                "format": Self.format, "policy": String(decoding: try encoder.encode(description), as: UTF8.self),
            ]
        } catch {
            throw .notFinite("a statistic of the small policy")
        }
        for entry in network.layout.entries { file.set(entry.name, shape: entry.shape, parameters.values(entry)) }
        do throws(SafetensorsError) {
            try file.write(to: path)
        } catch {
            throw .checkpoint(path: error.path, message: error.message)
        }
    }

    /// Loads a policy.
    ///
    /// - Throws: ``LearningError/checkpoint(path:message:)`` if the file is missing, damaged, or made for something else.
    public convenience init(checkpoint path: String, for wanted: PolicyPurpose) throws(LearningError) {
        func fault(_ message: String) -> LearningError { .checkpoint(path: path, message: message) }
        do {
            let file = try Safetensors(contentsOf: path)
            guard file.metadata["format"] == Self.format else { throw fault("is not a small policy of Steadyhand") }
            let text = try file.text("policy")
            guard let found = try? JSONDecoder().decode(Description.self, from: Data(text.utf8)) else {
                throw fault("its description is not understood")
            }
            if let mismatch = found.purpose.mismatch(with: wanted) { throw fault(mismatch) }
            try found.network.check()
            guard (1...100_000).contains(found.inputs), (0...16).contains(found.octaves), found.horizon > 0,
                (found.normaliser.mean + found.normaliser.scale).allSatisfy(\.isFinite)
            else { throw fault("its description is out of range") }
            let network = StationaryNetwork(
                configuration: found.network, inputs: found.inputs, actionSize: found.purpose.actionSize)
            let parameters = Parameters(layout: network.layout)
            for entry in network.layout.entries {
                parameters.storage.copy(from: try file.floats(entry.name, shape: entry.shape), at: entry.offset)
            }
            if let entry = parameters.firstNotFinite() { throw fault("the tensor '\(entry.name)' is not finite") }
            try self.init(
                purpose: found.purpose, composition: found.composition, network: network, parameters: parameters,
                normaliser: found.normaliser, octaves: found.octaves, horizon: found.horizon, version: found.version)
        } catch let error as SafetensorsError {
            throw .checkpoint(path: error.path, message: error.message)
        } catch let error as LearningError {
            if case .checkpoint = error { throw error }
            throw fault("\(error)")
        } catch {
            throw fault("\(error)")
        }
    }
}
