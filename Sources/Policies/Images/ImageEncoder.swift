public import Cameras
internal import Numerics

/// Makes features of what cameras see: a network for each camera, trained once by ``ImageEncoderTrainer`` and then frozen, so
/// that whatever learns from features may keep them in place of pictures.
///
/// ```swift
/// let eyes = encoder.makeReader()
/// try eyes.append(frames, to: &observation)
/// ```
public final class ImageEncoder: Sendable {
    /// A camera, and the size of its pictures.
    public struct Camera: Hashable, Codable, Sendable {
        /// Such as `agentview`.
        public var name: String
        /// Pixels across.
        public var width: Int
        /// Pixels down.
        public var height: Int

        /// See the properties.
        public init(name: String, width: Int, height: Int) {
            self.name = name
            self.width = width
            self.height = height
        }

        /// Bytes of a picture.
        public var pictureBytes: Int { 3 * width * height }
    }

    /// In the order in which their features follow each other.
    public let cameras: [Camera]
    /// The networks' shape.
    public let configuration: ImageEncoderConfiguration
    /// A number that changes with any change of cameras, shape or parameters.
    public let fingerprint: String

    let networks: ImageNetworks
    let parameters: Parameters

    init(_ networks: ImageNetworks, parameters: Parameters) throws(PolicyError) {
        try ProcessorCheck.run()
        self.networks = networks
        cameras = networks.cameras
        configuration = networks.configuration
        self.parameters = parameters
        fingerprint = Self.fingerprint(networks, parameters)
    }

    /// What it adds to an observation: `NAME_features` of each camera.
    public var parts: [ObservationLayout.Part] {
        cameras.map { .init(name: "\($0.name)_features", fields: [.values(configuration.features)]) }
    }

    /// How many features all cameras have together.
    public var size: Int { cameras.count * configuration.features }

    /// Memory to encode with; one for each thread.
    public func makeReader() -> ImageReader { ImageReader(self) }

    /// The first way in which it does not fit these cameras, as an error message puts it; nil if it does.
    public func mismatch(with wanted: [Camera]) -> String? {
        func describe(_ cameras: [Camera]) -> String {
            cameras.map { "\($0.name) (\($0.width) × \($0.height))" }.joined(separator: ", ")
        }
        guard cameras != wanted else { return nil }
        return "it was trained with the cameras \(describe(cameras)); the job has \(describe(wanted))"
    }

    /// Of all that the features depend on.
    private static func fingerprint(_ networks: ImageNetworks, _ parameters: Parameters) -> String {
        var fingerprint = Fingerprint()
        for camera in networks.cameras {
            Array(camera.name.utf8).withUnsafeBytes { fingerprint.add($0) }
            fingerprint.add(UInt64(camera.width))
            fingerprint.add(UInt64(camera.height))
        }
        fingerprint.add(UnsafeBufferPointer(start: parameters.base, count: parameters.count))
        return "\(networks.configuration.keypoints)-\(networks.configuration.features)-"
            + String(fingerprint.value, radix: 16)
    }
}

/// The networks of all cameras, with their parameters in one run.
struct ImageNetworks: Sendable {
    let cameras: [ImageEncoder.Camera]
    let configuration: ImageEncoderConfiguration
    let networks: [ImageNetwork]

    /// - Throws: ``PolicyError/configuration(_:)`` if there is no camera, or one's pictures are too small.
    init(
        cameras: [ImageEncoder.Camera], configuration: ImageEncoderConfiguration, in layout: inout ParameterLayout
    ) throws(PolicyError) {
        try configuration.check()
        guard !cameras.isEmpty else { throw .configuration("an image encoder needs at least one camera") }
        let smallest = ImageEncoderConfiguration.smallestSide
        var networks: [ImageNetwork] = []
        for (index, camera) in cameras.enumerated() {
            guard min(camera.width, camera.height) >= smallest, max(camera.width, camera.height) <= 2048 else {
                throw .configuration(
                    "the pictures of camera '\(camera.name)' are \(camera.width) × \(camera.height); an image encoder "
                        + "takes \(smallest) to 2048 pixels a side")
            }
            guard !cameras[..<index].contains(where: { $0.name == camera.name }) else {
                throw .configuration("an image encoder has two cameras '\(camera.name)'")
            }
            networks.append(
                ImageNetwork(
                    camera.name, height: camera.height, width: camera.width, configuration: configuration, in: &layout))
        }
        self.cameras = cameras
        self.configuration = configuration
        self.networks = networks
    }

    func initialise(_ parameters: Parameters, random: inout RandomStream) {
        for network in networks { network.initialise(parameters, random: &random) }
    }
}

/// Encodes the pictures of one moment after another; for one thread at a time.
public final class ImageReader {
    private let encoder: ImageEncoder
    private let workspaces: [ImageNetwork.Workspace]

    init(_ encoder: ImageEncoder) {
        self.encoder = encoder
        workspaces = encoder.networks.networks.map { ImageNetwork.Workspace($0, rows: 1) }
    }

    /// Appends the features of what the cameras saw.
    ///
    /// - Parameters:
    ///   - frames: one for each of the encoder's cameras, in their order.
    ///   - observation: what they are appended to.
    /// - Throws: ``PolicyError/pictures(_:)`` if there are others, or a picture has another size.
    public func append(_ frames: [CameraFrame], to observation: inout [Float]) throws(PolicyError) {
        guard frames.count == encoder.cameras.count else {
            throw .pictures("\(frames.count) pictures; the image encoder has \(encoder.cameras.count) cameras")
        }
        for (index, camera) in encoder.cameras.enumerated() {
            let image = frames[index].image
            guard image.width == camera.width, image.height == camera.height else {
                throw .pictures(
                    "the picture of camera '\(camera.name)' is \(image.width) × \(image.height); the image encoder "
                        + "takes \(camera.width) × \(camera.height)")
            }
            encode(image.pixels, number: 0, camera: index)
            observation.append(contentsOf: features(index))
        }
    }

    /// Encodes one of several pictures of a camera that follow each other.
    func encode(_ pictures: [UInt8], number: Int, camera: Int) {
        let (network, workspace) = (encoder.networks.networks[camera], workspaces[camera])
        PictureInput.write(pictures, number: number, shape: network.shape, into: workspace.pictures.base)
        network.forward(encoder.parameters, rows: 1, workspace)
    }

    /// What ``encode(_:number:camera:)`` made of the last picture of a camera.
    func features(_ camera: Int) -> UnsafeMutableBufferPointer<Float> { workspaces[camera].features.view.row(0) }
}
