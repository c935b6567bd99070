internal import FoundationEssentials
internal import Numerics

extension ImageEncoder {
    /// The file of a checkpoint folder that holds the encoder.
    public static var fileName: String { "encoder.safetensors" }

    private static var format: String { "steadyhand-image-encoder-1" }

    /// Writes the encoder to a file; at any moment the old or the new one is there.
    ///
    /// - Throws: ``PolicyError/storage(path:message:)`` with the system's reason.
    public func save(to path: String) throws(PolicyError) {
        var file = Safetensors(path: path)
        file.metadata = [
            "format": Self.format, "cameras": CheckpointText.encode(cameras),
            "configuration": CheckpointText.encode(configuration),
        ]
        parameters.put(into: &file, prefix: "")
        do throws(SafetensorsError) {
            try file.write(to: path)
        } catch {
            throw .storage(path: error.path, message: error.message)
        }
    }

    /// Loads an encoder.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - wanted: the cameras that it is wanted for; nil takes those that it was trained with.
    /// - Throws: ``PolicyError/checkpoint(path:message:)`` if the file is missing or damaged, or was trained with other cameras.
    public convenience init(checkpoint path: String, for wanted: [Camera]? = nil) throws(PolicyError) {
        do {
            let file = try Safetensors(contentsOf: path)
            guard file.metadata["format"] == Self.format else {
                throw PolicyError.checkpoint(path: path, message: "is not an image encoder of Steadyhand")
            }
            var layout = ParameterLayout()
            let networks: ImageNetworks
            do {
                networks = try ImageNetworks(
                    cameras: try CheckpointText.decode([Camera].self, "cameras", file),
                    configuration: try CheckpointText.decode(ImageEncoderConfiguration.self, "configuration", file),
                    in: &layout)
            } catch let error as PolicyError {
                throw PolicyError.checkpoint(path: path, message: "\(error)")
            }
            let parameters = Parameters(layout: layout)
            try parameters.take(from: file, prefix: "")
            if let entry = parameters.firstNotFinite() {
                throw PolicyError.checkpoint(path: path, message: "the tensor '\(entry.name)' is not finite")
            }
            try CheckpointText.requireNoOthers(file, than: layout.entries.map(\.name))
            try self.init(networks, parameters: parameters)
        } catch let error as SafetensorsError {
            throw .checkpoint(path: error.path, message: error.message)
        } catch let error as PolicyError {
            throw error
        } catch {
            throw .checkpoint(path: path, message: "\(error)")
        }
        if let wanted, let mismatch = mismatch(with: wanted) { throw .checkpoint(path: path, message: mismatch) }
    }
}

extension ImageEncoderTrainer {
    /// The file of a checkpoint folder that holds what training the encoder needs to go on.
    public static var fileName: String { "encoder-trainer.safetensors" }

    private static var format: String { "steadyhand-image-encoder-trainer-1" }

    private var states: [(prefix: String, parameters: Parameters)] {
        [("parameters.", parameters), ("moment1.", optimiser.firstMoment), ("moment2.", optimiser.secondMoment)]
    }

    /// What has to be the same to go on.
    private var conditions: [(name: String, text: String)] {
        [
            ("cameras", CheckpointText.encode(cameras)), ("configuration", CheckpointText.encode(configuration)),
            ("training", CheckpointText.encode(training)), ("seed", String(seed)),
            ("demonstrations", String(demonstrationsDigest)),
        ]
    }

    /// Writes a checkpoint folder: ``ImageEncoderTrainer/fileName``, from which training goes on, and
    /// ``ImageEncoder/fileName``.
    ///
    /// - Throws: ``PolicyError/storage(path:message:)`` with the system's reason.
    public func save(to folder: String) throws(PolicyError) {
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw .storage(path: folder, message: "the folder cannot be made")
        }
        var file = Safetensors(path: folder + "/" + Self.fileName)
        file.metadata = ["format": Self.format, "step": String(step)]
        for condition in conditions { file.metadata[condition.name] = condition.text }
        for state in states { state.parameters.put(into: &file, prefix: state.prefix) }
        do throws(SafetensorsError) {
            try file.write(to: file.path)
        } catch {
            throw .storage(path: error.path, message: error.message)
        }
        try encoder().save(to: folder + "/" + ImageEncoder.fileName)
    }

    /// Goes on where a checkpoint folder stopped: further updates give the same bytes as if there had been no stop.
    ///
    /// - Throws: ``PolicyError/checkpoint(path:message:)`` if the checkpoint is missing or damaged, or comes from another
    ///   configuration, seed or set of demonstrations. The trainer is then as before.
    public func resume(from folder: String) throws(PolicyError) {
        let path = folder + "/" + Self.fileName
        do {
            let file = try Safetensors(contentsOf: path)
            guard file.metadata["format"] == Self.format else {
                throw PolicyError.checkpoint(path: path, message: "is not the state of an image encoder's training")
            }
            for condition in conditions {
                let found = try file.text(condition.name)
                guard found == condition.text else {
                    throw PolicyError.checkpoint(
                        path: path,
                        message: "was trained with another \(condition.name): \(found) instead of \(condition.text)")
                }
            }
            let reached = try CheckpointText.integer("step", file)
            guard reached <= UInt64(training.steps) else {
                throw PolicyError.checkpoint(path: path, message: "its step \(reached) is beyond the training's end")
            }
            let fresh = try states.map { state throws(SafetensorsError) in
                let copy = Parameters(layout: network.layout)
                try copy.take(from: file, prefix: state.prefix)
                return copy
            }
            for (state, values) in zip(states, fresh) { state.parameters.copy(from: values) }
            step = Int(reached)
        } catch let error as SafetensorsError {
            throw .checkpoint(path: error.path, message: error.message)
        } catch let error as PolicyError {
            throw error
        } catch {
            throw .checkpoint(path: path, message: "\(error)")
        }
    }
}
