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
