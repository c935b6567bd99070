/// What is learnt for: the coherent reward, or one of the baselines in the same learner. All start from the cloned policy, use the
/// same replays, sampled one to one, and the same divergence from the cloned policy in place of an entropy.
public enum LearningObjective: String, Hashable, Codable, Sendable, CaseIterable {
    /// The coherent reward.
    case coherent
    /// A little of the coherent reward, and one for success.
    case coherentAndSuccess = "coherent-and-success"
    /// One for success: reinforcement learning with demonstrations in the replay.
    case sparse
    /// One for every demonstrated step. The published method has an entropy where this has the divergence, and a fresh policy.
    case sqil
    /// Inverse soft Q-learning: no reward at all, a loss of its own. For plain critics. The published method has an entropy
    /// where this has the divergence, and a fresh policy.
    case inverse = "iq-learn"
}

extension LearnerConfiguration {
    /// The settings for an objective: reward, loss, and what belongs to the size of the returns.
    ///
    /// - Parameter shift: of the coherent reward, see ``RewardMix/shift``; objectives without that reward don't use it.
    public init(objective: LearningObjective, shift: Float) {
        switch objective {
        case .coherent: self.init(reward: .coherent(shift: shift))
        case .coherentAndSuccess: self.init(reward: RewardMix(coherent: 0.03, shift: shift, success: 1))
        case .sparse: self.init(reward: .sparse)
        case .sqil: self.init(reward: .demonstrations)
        case .inverse:
            self.init(reward: .nothing)
            criticLoss = .inverse(regularisation: 0.5)
        }
        if reward.success > 0 { (valueScale, divergenceWeight) = (1, 0.003) }
    }
}
