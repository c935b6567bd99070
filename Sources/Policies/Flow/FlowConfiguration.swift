/// The shape of a flow-matching policy.
public struct FlowConfiguration: Hashable, Codable, Sendable {
    /// Actions in a chunk.
    public var horizon: Int
    /// Width of the residual blocks.
    public var hidden: Int
    /// Number of residual blocks.
    public var blocks: Int
    /// Width of the condition that observation and time become.
    public var condition: Int
    /// Numbers that the flow's time becomes; even.
    public var timeFeatures: Int
    /// Euler steps from noise to a chunk.
    public var samplingSteps: Int

    /// 16 actions, three blocks of 256, ten Euler steps.
    public init(
        horizon: Int = 16, hidden: Int = 256, blocks: Int = 3, condition: Int = 256, timeFeatures: Int = 32,
        samplingSteps: Int = 10
    ) {
        self.horizon = horizon
        self.hidden = hidden
        self.blocks = blocks
        self.condition = condition
        self.timeFeatures = timeFeatures
        self.samplingSteps = samplingSteps
    }

    /// - Throws: ``PolicyError/configuration(_:)`` naming the first value that is out of its range.
    public func check() throws(PolicyError) {
        let limits: [(name: String, value: Int, range: ClosedRange<Int>)] = [
            ("horizon", horizon, 1...1024), ("hidden", hidden, 8...8192), ("blocks", blocks, 1...64),
            ("condition", condition, 8...8192), ("timeFeatures", timeFeatures, 4...1024),
            ("samplingSteps", samplingSteps, 1...1000),
        ]
        for limit in limits where !limit.range.contains(limit.value) {
            throw .configuration(
                "the policy's \(limit.name) is \(limit.value); it must be in "
                    + "\(limit.range.lowerBound)...\(limit.range.upperBound)")
        }
        guard timeFeatures % 2 == 0 else {
            throw .configuration("the policy's timeFeatures is \(timeFeatures); it must be even")
        }
    }
}

/// How a flow-matching policy is trained.
public struct FlowTraining: Hashable, Codable, Sendable {
    /// Updates in all; the learning rate's schedule ends with them.
    public var steps: Int
    /// Samples in an update.
    public var batchSize: Int
    /// The highest learning rate.
    public var learningRate: Float
    /// The last learning rate, as a fraction of the highest.
    public var finalLearningRate: Float
    /// Updates until the highest learning rate.
    public var warmUpSteps: Int
    /// Decoupled weight decay.
    public var weightDecay: Float
    /// The gradient's largest norm.
    public var largestNorm: Float
    /// Decay of the moving average of the weights, which is what drives the robot.
    public var averageDecay: Float
    /// The fraction of the demonstrations that is kept out of training to measure the loss on; 0 for none.
    public var heldOutFraction: Double
    /// Threads that share a batch; the result depends on their number in its last digits, so it is part of the configuration.
    public var workers: Int

    /// The defaults of `configs/`.
    public init(
        steps: Int = 6000, batchSize: Int = 256, learningRate: Float = 1e-3, finalLearningRate: Float = 0.02,
        warmUpSteps: Int = 200, weightDecay: Float = 1e-4, largestNorm: Float = 1, averageDecay: Float = 0.999,
        heldOutFraction: Double = 0.1, workers: Int = 1
    ) {
        self.steps = steps
        self.batchSize = batchSize
        self.learningRate = learningRate
        self.finalLearningRate = finalLearningRate
        self.warmUpSteps = warmUpSteps
        self.weightDecay = weightDecay
        self.largestNorm = largestNorm
        self.averageDecay = averageDecay
        self.heldOutFraction = heldOutFraction
        self.workers = workers
    }

    /// - Throws: ``PolicyError/configuration(_:)`` naming the first value that is out of its range.
    public func check() throws(PolicyError) {
        func require(_ name: String, _ fits: Bool, _ range: String) throws(PolicyError) {
            guard fits else { throw .configuration("the training's \(name) must be \(range)") }
        }
        try require("steps", steps > 0, "positive")
        try require("batchSize", batchSize > 1, "at least 2")
        try require("learningRate", learningRate > 0 && learningRate < 1, "between 0 and 1")
        try require("finalLearningRate", finalLearningRate >= 0 && finalLearningRate <= 1, "in 0...1")
        try require("warmUpSteps", warmUpSteps >= 0, "0 or more")
        try require("weightDecay", weightDecay >= 0 && weightDecay < 1, "in 0..<1")
        try require("largestNorm", largestNorm > 0, "positive")
        try require("averageDecay", averageDecay >= 0 && averageDecay < 1, "in 0..<1")
        try require("heldOutFraction", heldOutFraction >= 0 && heldOutFraction < 1, "in 0..<1")
        try require(
            "workers", workers >= 1 && workers * 2 <= batchSize, "at least 1, with two samples or more for each")
    }
}
