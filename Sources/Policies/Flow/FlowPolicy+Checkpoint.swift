internal import FoundationEssentials
internal import Numerics

extension FlowPolicy {
    /// The file of a checkpoint folder that holds the policy.
    public static var fileName: String { "policy.safetensors" }

    private static var format: String { "steadyhand-flow-policy-1" }

    /// Loads a policy from a checkpoint: its folder, or the `.safetensors` file.
    ///
    /// - Parameters:
    ///   - path: the folder or file.
    ///   - purpose: what the policy is wanted for; nil takes what the checkpoint was made for.
    /// - Throws: ``PolicyError/checkpoint(path:message:)`` if the file is missing, damaged, or made for something else.
    public convenience init(checkpoint path: String, for purpose: PolicyPurpose?) throws(PolicyError) {
        var isFolder = false
        let file =
            FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder
            ? path + "/" + Self.fileName : path
        do {
            let stored = try Safetensors(contentsOf: file)
            guard stored.metadata["format"] == Self.format else {
                throw PolicyError.checkpoint(path: file, message: "is not a policy of Steadyhand")
            }
            let found = try CheckpointText.purpose(stored)
            if let purpose { try CheckpointText.require(found, fits: purpose, path: file) }
            let configuration = try CheckpointText.decode(FlowConfiguration.self, "configuration", stored)
            do {
                try configuration.check()
            } catch {
                throw PolicyError.checkpoint(path: file, message: "\(error)")
            }
            let features = found.layout.featureSize
            let layout = VelocityNetwork(
                configuration: configuration, actionSize: found.actionSize, featureSize: features
            ).layout
            let parameters = Parameters(layout: layout)
            try parameters.take(from: stored, prefix: "")
            if let entry = parameters.firstNotFinite() {
                throw PolicyError.checkpoint(path: file, message: "the tensor '\(entry.name)' is not finite")
            }
            try CheckpointText.requireNoOthers(
                stored, than: layout.entries.map(\.name) + CheckpointText.statisticsNames)
            try self.init(
                configuration: configuration, purpose: found,
                encoder: try CheckpointText.encoder(stored, layout: found.layout),
                scaler: try CheckpointText.scaler(stored, actionSize: found.actionSize), parameters: parameters,
                version: try CheckpointText.integer("step", stored))
        } catch let error as SafetensorsError {
            throw .checkpoint(path: error.path, message: error.message)
        } catch let error as PolicyError {
            throw error
        } catch {
            throw .checkpoint(path: file, message: "\(error)")
        }
    }

    /// Writes the policy to a file; at any moment the old or the new one is there.
    ///
    /// - Throws: ``PolicyError/checkpoint(path:message:)`` with the system's reason.
    public func save(to path: String) throws(PolicyError) {
        var file = Safetensors(path: path)
        file.metadata = [
            "format": Self.format, "step": String(version),
            "configuration": CheckpointText.encode(configuration),
        ]
        CheckpointText.add(purpose, to: &file)
        CheckpointText.add(encoder, scaler, to: &file)
        parameters.put(into: &file, prefix: "")
        do throws(SafetensorsError) {
            try file.write(to: path)
        } catch {
            throw .storage(path: error.path, message: error.message)
        }
    }
}
