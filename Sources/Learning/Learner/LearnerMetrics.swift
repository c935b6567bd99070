/// What an update saw. Values of the policy are those of its last update; a skipped update leaves all values as they were.
public struct LearnerMetrics: Hashable, Codable, Sendable {
    /// Updates done, skipped ones included.
    public var step = 0
    /// Mean squared error of the critics' values; with ``CriticLossKind/inverse(regularisation:)`` the mean square of the
    /// implied rewards.
    public var criticError = 0.0
    /// Mean value of the batch.
    public var value = 0.0
    /// Root mean square slope of the values along random actions' directions, with a gradient penalty.
    public var slope = 0.0
    /// Mean probability of categorical critics' first and last atom together. Above about 0.05 the values do not fit into
    /// ``LearnerConfiguration/valueRange``; 0 for plain critics.
    public var edgeAtoms = 0.0
    /// Length of the critics' gradient, the larger of both.
    public var criticGradientNorm = 0.0
    /// Mean coherent reward of the batch's demonstrations, not shifted.
    public var demonstrationReward = 0.0
    /// Mean coherent reward of the batch's experience, not shifted.
    public var experienceReward = 0.0
    /// `KL(policy ‖ cloned)` in nats, summed over the action.
    public var divergence = 0.0
    /// Its weight after the update.
    public var divergenceWeight = 0.0
    /// Mean standard deviation of the policy.
    public var deviation = 0.0
    /// Length of the policy's gradient.
    public var policyGradientNorm = 0.0
    /// Updates in which the divergence was above its limit.
    public var limitedUpdates = 0
    /// Loss of the last refinement of the reward.
    public var refinementLoss = 0.0
    /// Updates that were skipped, pretraining's included, because a number was not finite.
    public var skippedUpdates = 0
    /// What was not finite in the last of them.
    public var lastFault: String?

    /// Nothing seen yet.
    public init() {}
}
