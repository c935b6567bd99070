/// The shape of the networks that make features of pictures, one for each camera.
public struct ImageEncoderConfiguration: Hashable, Codable, Sendable {
    /// Places in a picture that are looked for: channels of the feature map before the spatial softmax; a multiple of 8.
    public var keypoints: Int
    /// Numbers that a camera's picture becomes.
    public var features: Int

    /// 32 places, 32 features.
    public init(keypoints: Int = 32, features: Int = 32) {
        self.keypoints = keypoints
        self.features = features
    }

    /// The smallest side of a picture, px: what four convolutions leave something of.
    public static var smallestSide: Int { 32 }

    /// - Throws: ``PolicyError/configuration(_:)`` naming the first value that is out of its range.
    public func check() throws(PolicyError) {
        guard (8...256).contains(keypoints), keypoints % 8 == 0 else {
            throw .configuration("the encoder's keypoints are \(keypoints); they must be a multiple of 8 in 8...256")
        }
        guard (2...1024).contains(features) else {
            throw .configuration("the encoder's features are \(features); they must be in 2...1024")
        }
    }
}

/// How the encoder of pictures is trained.
public struct ImageTraining: Hashable, Codable, Sendable {
    /// Updates in all; the learning rate's schedule ends with them.
    public var steps: Int
    /// Samples in an update.
    public var batchSize: Int
    /// The highest learning rate; it ends at a fiftieth of it.
    public var learningRate: Float
    /// Updates until the highest learning rate.
    public var warmUpSteps: Int
    /// Decoupled weight decay.
    public var weightDecay: Float
    /// How far pictures are moved at random, at most, px along each axis.
    public var largestShift: Int
    /// The fraction of the demonstrations that is kept out of training to measure the loss on; 0 for none.
    public var heldOutFraction: Double
    /// Threads that share a batch; the result depends on their number in its last digits, so it is part of the configuration.
    public var workers: Int

    /// The defaults of `configs/`.
    public init(
        steps: Int = 4000, batchSize: Int = 64, learningRate: Float = 1e-3, warmUpSteps: Int = 100,
        weightDecay: Float = 1e-4, largestShift: Int = 4, heldOutFraction: Double = 0.1, workers: Int = 2
    ) {
        self.steps = steps
        self.batchSize = batchSize
        self.learningRate = learningRate
        self.warmUpSteps = warmUpSteps
        self.weightDecay = weightDecay
        self.largestShift = largestShift
        self.heldOutFraction = heldOutFraction
        self.workers = workers
    }

    /// - Throws: ``PolicyError/configuration(_:)`` naming the first value that is out of its range.
    public func check() throws(PolicyError) {
        func require(_ name: String, _ fits: Bool, _ range: String) throws(PolicyError) {
            guard fits else { throw .configuration("the image training's \(name) must be \(range)") }
        }
        try require("steps", steps > 0, "positive")
        try require("batchSize", batchSize > 1, "at least 2")
        try require("learningRate", learningRate > 0 && learningRate < 1, "between 0 and 1")
        try require("warmUpSteps", warmUpSteps >= 0, "0 or more")
        try require("weightDecay", weightDecay >= 0 && weightDecay < 1, "in 0..<1")
        try require(
            "largestShift", (0..<ImageEncoderConfiguration.smallestSide / 2).contains(largestShift),
            "less than \(ImageEncoderConfiguration.smallestSide / 2)")
        try require("heldOutFraction", heldOutFraction >= 0 && heldOutFraction < 1, "in 0..<1")
        try require(
            "workers", workers >= 1 && workers * 2 <= batchSize, "at least 1, with two samples or more for each")
    }
}
