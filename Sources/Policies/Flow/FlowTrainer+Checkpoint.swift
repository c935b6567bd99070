internal import FoundationEssentials
internal import Numerics

extension FlowTrainer {
    /// The file of a checkpoint folder that holds what training needs to go on.
    public static var fileName: String { "trainer.safetensors" }

    private static var format: String { "steadyhand-flow-trainer-1" }

    private var states: [(prefix: String, parameters: Parameters)] {
        [
            ("parameters.", parameters), ("average.", average), ("moment1.", optimiser.firstMoment),
            ("moment2.", optimiser.secondMoment),
        ]
    }

    /// Writes a checkpoint folder: ``FlowTrainer/fileName``, from which training goes on, and ``FlowPolicy/fileName``.
    ///
    /// - Throws: ``PolicyError/storage(path:message:)`` with the system's reason.
    public func save(to folder: String) throws(PolicyError) {
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw .storage(path: folder, message: "the folder cannot be made")
        }
        var file = Safetensors(path: folder + "/" + Self.fileName)
        file.metadata = [
            "format": Self.format, "step": String(step), "seed": String(seed),
            "configuration": CheckpointText.encode(configuration), "training": CheckpointText.encode(training),
            "demonstrations": String(demonstrationsDigest),
        ]
        CheckpointText.add(purpose, to: &file)
        for state in states { state.parameters.put(into: &file, prefix: state.prefix) }
        do throws(SafetensorsError) {
            try file.write(to: file.path)
        } catch {
            throw .storage(path: error.path, message: error.message)
        }
        try policy().save(to: folder + "/" + FlowPolicy.fileName)
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
                throw PolicyError.checkpoint(path: path, message: "is not the state of a training")
            }
            try CheckpointText.require(try CheckpointText.purpose(file), fits: purpose, path: path)
            try require("configuration", CheckpointText.encode(configuration), file)
            try require("training", CheckpointText.encode(training), file)
            try require("seed", String(seed), file)
            try require("demonstrations", String(demonstrationsDigest), file)
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

    private func require(_ name: String, _ wanted: String, _ file: Safetensors) throws {
        let found = try file.text(name)
        guard found == wanted else {
            throw SafetensorsError(path: file.path, "was trained with another \(name): \(found) instead of \(wanted)")
        }
    }
}
