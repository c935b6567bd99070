internal import FoundationEssentials
package import Numerics

/// What a training needs to go on, in a file of a checkpoint folder: how far it was, the numbers that it changes, and what has
/// to be the same for further updates to give the bytes that they would have given without a stop.
package struct TrainingCheckpoint {
    /// The file's name in the folder.
    let fileName: String
    /// Identifies the kind of training.
    let format: String
    /// What has to be the same to go on.
    let conditions: [(name: String, text: String)]
    /// What the policy is for, where a training makes one.
    let purpose: PolicyPurpose?
    /// The numbers, of one layout, each under a prefix of its own.
    let states: [(prefix: String, parameters: Parameters)]
    /// The updates of the whole training.
    let steps: Int

    /// - Parameters:
    ///   - fileName: in the folder.
    ///   - format: identifies the kind of training.
    ///   - conditions: what has to be the same to go on.
    ///   - purpose: what the policy is for, where a training makes one.
    ///   - states: the numbers, of one layout, each under a prefix of its own.
    ///   - steps: the updates of the whole training.
    package init(
        fileName: String, format: String, conditions: [(name: String, text: String)], purpose: PolicyPurpose? = nil,
        states: [(prefix: String, parameters: Parameters)], steps: Int
    ) {
        (self.fileName, self.format, self.conditions, self.purpose) = (fileName, format, conditions, purpose)
        (self.states, self.steps) = (states, steps)
    }

    /// Makes the folder if there is none, and writes the file.
    ///
    /// - Throws: ``PolicyError/storage(path:message:)`` with the system's reason.
    package func save(step: Int, to folder: String) throws(PolicyError) {
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw .storage(path: folder, message: "the folder cannot be made")
        }
        var file = Safetensors(path: folder + "/" + fileName)
        file.metadata = ["format": format, "step": String(step)]
        for condition in conditions { file.metadata[condition.name] = condition.text }
        if let purpose { CheckpointText.add(purpose, to: &file) }
        for state in states { state.parameters.put(into: &file, prefix: state.prefix) }
        do throws(SafetensorsError) {
            try file.write(to: file.path)
        } catch {
            throw .storage(path: error.path, message: error.message)
        }
    }

    /// Takes the numbers over from a folder; returns how far the training was.
    ///
    /// - Throws: ``PolicyError/checkpoint(path:message:)`` if the file is missing or damaged, or comes from another training. The
    ///   numbers are then as before.
    package func resume(from folder: String) throws(PolicyError) -> Int {
        let path = folder + "/" + fileName
        do {
            let file = try Safetensors(contentsOf: path)
            guard file.metadata["format"] == format else {
                throw PolicyError.checkpoint(path: path, message: "is not the state of such a training")
            }
            if let purpose {
                try CheckpointText.require(try CheckpointText.purpose(file), fits: purpose, path: path)
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
            guard reached <= UInt64(steps) else {
                throw PolicyError.checkpoint(path: path, message: "its step \(reached) is beyond the training's end")
            }
            let fresh = try states.map { state throws(SafetensorsError) in
                let copy = Parameters(layout: state.parameters.layout)
                try copy.take(from: file, prefix: state.prefix)
                return copy
            }
            for (state, values) in zip(states, fresh) { state.parameters.copy(from: values) }
            return Int(reached)
        } catch let error as SafetensorsError {
            throw .checkpoint(path: error.path, message: error.message)
        } catch let error as PolicyError {
            throw error
        } catch {
            throw .checkpoint(path: path, message: "\(error)")
        }
    }
}
