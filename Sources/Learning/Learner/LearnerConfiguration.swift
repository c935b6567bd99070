/// How a ``CoherentLearner`` learns.
public struct LearnerConfiguration: Hashable, Codable, Sendable {
    /// What a step is worth.
    public var reward: RewardMix
    /// Discount of a step.
    public var discount: Float = 0.99
    /// Half of the rows of a batch.
    public var batchSize = 64
    /// Part of a batch that is demonstrations; the rest is experience. With 0 the learner never sees a demonstration, apart from
    /// ``CoherentLearner/pretrain()``.
    public var demonstrationShare: Float = 0.5
    /// Widths of the critics' hidden layers.
    public var criticHidden = [256, 256]
    /// Which kind of critics.
    public var critic: CriticKind = .plain
    /// What the critics learn from a batch.
    public var criticLoss: CriticLossKind = .temporalDifference
    /// About the size of the returns; for plain critics.
    public var valueScale: Float = 10
    /// The values between which categorical critics spread their atoms. `nil` measures them on the demonstrations when the
    /// learner is made; see ``CoherentLearner/valueRange``.
    public var valueRange: ClosedRange<Float>?
    /// Adam's rate of the critics.
    public var criticRate: Float = 5e-4
    /// How far the target critics move in an update.
    public var targetRate: Float = 0.005
    /// Weight of the critics' gradient penalty on demonstrations.
    public var gradientPenalty: Float = 0
    /// Adam's rate of the policy.
    public var policyRate: Float = 3e-4
    /// How far the parameters that act move towards the policy's in each of its updates; 1 acts with the policy itself.
    public var actingRate: Float = 0.002
    /// Updates of the critics for one of the policy.
    public var policyInterval = 2
    /// Updates before the policy's first.
    public var policyDelay = 0
    /// The divergence from the cloned policy, in nats summed over the action, that the weight's adaptation aims at.
    public var divergenceTarget: Float = 0.6
    /// Updates, from the policy's first on, over which the target rises from nothing. Critics that have seen little would spend
    /// all of it on their errors.
    public var divergenceRise = 0
    /// Above this mean divergence of a batch the policy only moves back to the cloned one.
    public var divergenceLimit: Float = 1.5
    /// Weight of the divergence at the start.
    public var divergenceWeight: Float = 0.03
    /// `weight *= exp(rate · (divergence − target))` after each update of the policy; 0 keeps the weight. Weights that stay
    /// the same were seen to lose their grip as the values grow.
    public var divergenceRate: Float = 0.01
    /// Whether values change the policy's deviation as well as its mean. If not, only the divergence acts on the deviation and
    /// holds it at the cloned policy's. The coherent reward makes values that are steep around the cloned mean, under which a
    /// free deviation shrinks and uses up the divergence that the mean needs.
    public var valuesMoveDeviation = false
    /// Factor of the policy's deviation in the actions that values are learnt for: what the one who acts uses as well. Full
    /// deviations are those of a demonstrator's variety, and too much for precise work.
    public var exploration: Float = 1
    /// Updates between two refinements of the reward; 0 leaves the reward as cloned.
    public var refinementInterval = 0
    /// How many updates may be skipped because of a number that is not finite: this many in a row, and altogether this many
    /// and one in a hundred updates. The next one stops the learner. In a row, because a fault that hits every update will
    /// not go away; altogether, because a damaged step that is sampled now and then does little harm.
    public var largestSkips = 10

    /// The settings that worked best in experiments on a simulated insertion task, for this reward.
    public init(reward: RewardMix) { self.reward = reward }

    /// Rows of demonstrations in a batch.
    public var demonstrationRows: Int { Int((demonstrationShare * Float(2 * batchSize)).rounded()) }
    /// Rows of experience in a batch.
    public var experienceRows: Int { 2 * batchSize - demonstrationRows }

    /// Checks the ranges.
    ///
    /// - Throws: ``LearningError/configuration(_:)``.
    public func check() throws(LearningError) {
        func require(_ condition: Bool, _ message: String) throws(LearningError) {
            if !condition { throw .configuration(message) }
        }
        try require(
            reward.isFinite && (reward.isNothing != (criticLoss == .temporalDifference)),
            "a reward needs finite weights, not all zero; without any there must be a loss that needs no reward")
        try require(discount > 0 && discount < 1, "the discount is between 0 and 1; not \(discount)")
        try require((1...8192).contains(batchSize), "half a batch has 1 to 8192 rows; not \(batchSize)")
        try require(
            demonstrationShare >= 0 && demonstrationShare < 1 && experienceRows > 0,
            "demonstrations are a part of a batch from 0 to below 1; not \(demonstrationShare)")
        try require(
            demonstrationRows > 0
                || (gradientPenalty == 0 && refinementInterval == 0 && criticLoss == .temporalDifference
                    && reward.demonstrated == 0),
            "gradient penalty, refinement of the reward, SQIL and IQ-Learn need demonstrations in every batch")
        try require(
            !criticHidden.isEmpty && criticHidden.allSatisfy { (1...8192).contains($0) },
            "critics need hidden layers of 1 to 8192 units; not \(criticHidden)")
        try require(valueScale > 0 && valueScale <= 1e4, "the value scale is in 0...10000; not \(valueScale)")
        if let valueRange {
            try require(
                valueRange.lowerBound.isFinite && valueRange.upperBound.isFinite
                    && valueRange.lowerBound < valueRange.upperBound,
                "the value range needs a lower bound below an upper one, both finite; not \(valueRange)")
        }
        try criticLoss.check(for: critic)
        try require(targetRate > 0 && targetRate <= 1, "the target rate is in 0...1; not \(targetRate)")
        try require(actingRate > 0 && actingRate <= 1, "the acting rate is in 0...1; not \(actingRate)")
        for rate in [criticRate, policyRate] {
            try require(rate > 0 && rate <= 0.1, "learning rates are above 0 and at most 0.1; not \(rate)")
        }
        try require(gradientPenalty >= 0 && gradientPenalty <= 1e3, "the gradient penalty is in 0...1000")
        try require(
            policyInterval > 0 && policyDelay >= 0 && refinementInterval >= 0 && divergenceRise >= 0,
            "the policy's interval is positive; its delay, the divergence's rise and the reward's refinement interval are not negative"
        )
        try require(largestSkips >= 0, "the number of updates that may be skipped is not negative")
        try require(exploration >= 0 && exploration <= 10, "the exploration is in 0...10; not \(exploration)")
        try require(
            divergenceTarget > 0 && divergenceLimit > divergenceTarget && divergenceLimit.isFinite,
            "the divergence's limit, \(divergenceLimit), must be above its target, \(divergenceTarget), both positive")
        try require(
            divergenceWeight > 0 && divergenceWeight <= 100 && divergenceRate >= 0 && divergenceRate <= 1,
            "the divergence's weight is in 0...100 and its rate in 0...1")
    }
}
