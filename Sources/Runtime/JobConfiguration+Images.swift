import Configuration
import Policies

extension JobConfiguration {
    /// What policies see of pictures, and how that is learnt. A job with it shows its policies what the robot says about
    /// itself and features of the cameras' pictures, and nothing of where objects are. A base policy that is not trained
    /// here, behind a server or in an ONNX file, has eyes of its own: then the small policy alone sees the features.
    public struct ImageSettings: Equatable, Sendable {
        /// Places in a picture that are looked for; a multiple of 8.
        public var keypoints: Int
        /// Numbers that the picture of a camera becomes.
        public var features: Int
        /// How far pictures are moved at random in training, at most, px along each axis.
        public var shift: Int
        /// Updates of the encoder.
        public var steps: Int
        /// Samples in an update.
        public var batchSize: Int
        /// Largest learning rate, after warming up.
        public var learningRate: Double
        /// Updates over which the learning rate rises.
        public var warmupSteps: Int
        /// Decoupled weight decay.
        public var weightDecay: Double
        /// Updates between measurements of the held-out loss, each of which leaves a checkpoint.
        public var evaluateEvery: Int
    }

    /// The part `images` of a job; nil where there is none.
    static func decodeImages(_ job: MappingReader, cameras: [CameraSettings]) -> ImageSettings? {
        defer { _ = job.value("images") }
        guard job.has("images") else { return nil }
        let images = job.mapping("images", ImageSettings.init(decoding:))
        if cameras.isEmpty { job.report("images", "are seen by cameras; the job has none: write cameras: a list") }
        let smallest = ImageEncoderConfiguration.smallestSide
        for camera in cameras where min(camera.width, camera.height) < smallest {
            job.report(
                "images",
                "are encoded from \(smallest) pixels a side on; those of '\(camera.name)' are \(camera.width) × \(camera.height)"
            )
        }
        return images
    }
}

extension JobConfiguration.ImageSettings {
    init(decoding images: MappingReader) {
        keypoints = images.integer("keypoints", in: 8...256, default: 32)
        if keypoints % 8 != 0 { images.report("keypoints", "is \(keypoints); it must be a multiple of 8") }
        features = images.integer("features", in: 2...1024, default: 32)
        shift = images.integer("shift", in: 0...15, default: 4)
        steps = images.integer("steps", in: 1...100_000_000, default: 4000)
        batchSize = images.integer("batch_size", in: 4...65_536, default: 64)
        learningRate = images.number("learning_rate", in: .above(0, through: 0.99), default: 0.001)
        warmupSteps = images.integer("warmup_steps", in: 0...100_000_000, default: 100)
        weightDecay = images.number("weight_decay", in: .between(0, 0.99), default: 1e-4)
        evaluateEvery = images.integer("evaluate_every", in: 1...100_000_000, default: 250)
    }

    var yaml: YAMLValue {
        .mapping([
            ("keypoints", .integer(keypoints)),
            ("features", .integer(features)),
            ("shift", .integer(shift)),
            ("steps", .integer(steps)),
            ("batch_size", .integer(batchSize)),
            ("learning_rate", .number(learningRate)),
            ("warmup_steps", .integer(warmupSteps)),
            ("weight_decay", .number(weightDecay)),
            ("evaluate_every", .integer(evaluateEvery)),
        ])
    }
}
