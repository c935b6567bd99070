/// What a step is worth:
///
///     coherent · (r − shift)  +  success · [the task was done by this step]  +  demonstrated · [a demonstrator did it]
public struct RewardMix: Hashable, Codable, Sendable {
    /// Weight of the coherent reward.
    public var coherent: Float
    /// Subtracted from the coherent reward. A high quantile of the most likely actions' rewards makes every step cost
    /// something, so that standing still beside the goal does not pay.
    public var shift: Float
    /// Reward of success.
    public var success: Float
    /// Reward of a step that was demonstrated. Success is then a state that lasts for ever, and that a batch has seen from both
    /// its halves: every further step there is worth half of it.
    public var demonstrated: Float

    /// Any mixture.
    public init(coherent: Float, shift: Float, success: Float, demonstrated: Float = 0) {
        (self.coherent, self.shift, self.success) = (coherent, shift, success)
        self.demonstrated = demonstrated
    }

    /// The coherent reward, shifted.
    public static func coherent(shift: Float) -> RewardMix { RewardMix(coherent: 1, shift: shift, success: 0) }
    /// One for success, nothing else: the baseline.
    public static var sparse: RewardMix { RewardMix(coherent: 0, shift: 0, success: 1) }
    /// One for every demonstrated step, nothing else (Reddy, Dragan, Levine, "SQIL: imitation learning via reinforcement
    /// learning with sparse rewards", 2020).
    public static var demonstrations: RewardMix { RewardMix(coherent: 0, shift: 0, success: 0, demonstrated: 1) }
    /// Nothing is worth anything; for ``CriticLossKind/inverse(regularisation:)``.
    public static var nothing: RewardMix { RewardMix(coherent: 0, shift: 0, success: 0) }

    var isFinite: Bool { coherent.isFinite && shift.isFinite && success.isFinite && demonstrated.isFinite }

    var isNothing: Bool { coherent == 0 && success == 0 && demonstrated == 0 }

    /// A step's worth, without that of success.
    func step(coherent reward: Float, demonstrated byDemonstrator: Bool) -> Float {
        coherent * (reward - shift) + (byDemonstrator ? demonstrated : 0)
    }

    /// What all steps after success are worth together.
    func afterSuccess(_ discount: Float) -> Float { demonstrated / 2 / (1 - discount) }
}
