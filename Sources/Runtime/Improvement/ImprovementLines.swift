/// One line of the `metrics.jsonl` of an improvement: what happened at which step.
///
/// Every line is one JSON object with `kind` and `step` (environment steps so far) beside the values of its kind. A reader
/// passes over keys and kinds that it does not know, so that later versions can add some.
public enum ImprovementLine: Codable, Hashable, Sendable {
    case reference(Reference)
    case reward(Reward)
    case episode(Episode)
    case learning(Learning)
    case evaluation(Evaluation)
    case rollback(Rollback)
    case final(Final)

    /// How a policy that does not learn succeeds, on the states that ``Final`` uses as well.
    public struct Reference: Codable, Hashable, Sendable {
        /// Which policy.
        public enum Name: String, Codable, Hashable, Sendable, CaseIterable {
            /// The frozen base policy alone.
            case base
            /// Behaviour cloning with a step-wise policy alone.
            case cloned
            /// The composite before learning.
            case stepZero
        }

        /// Environment steps so far.
        public var step: Int
        /// Which policy.
        public var name: Name
        /// Successes divided by episodes, 0…1.
        public var rate: Double
        /// Lower end of the 95 % Wilson interval.
        public var low: Double
        /// Upper end of the 95 % Wilson interval.
        public var high: Double
        /// Episodes driven.
        public var episodes: Int
        /// Episodes that succeeded.
        public var successes: Int

        /// A line with the rate and the interval of `success`.
        public init(step: Int, name: Name, success: SuccessRate) {
            self.step = step
            self.name = name
            (rate, low, high) = (success.rate, success.interval.lowerBound, success.interval.upperBound)
            (episodes, successes) = (success.trials, success.successes)
        }
    }

    /// How well the reward tells demonstrations from random actions.
    public struct Reward: Codable, Hashable, Sendable {
        /// Environment steps so far.
        public var step: Int
        /// Mean reward of the demonstrations' actions.
        public var demonstrationMean: Double?
        /// Standard deviation of the reward over the demonstrations.
        public var demonstrationDeviation: Double?
        /// Mean reward of actions drawn uniformly, at the same states.
        public var randomMean: Double?
        /// The reward that the cloned policy's most likely actions stay below in nine of ten demonstrated states; what every
        /// reward is shifted by.
        public var modeQuantile: Double?
        /// Median of the cloned policy's standard deviations.
        public var medianDeviation: Double?

        /// Takes all values; nil leaves one out, as what is not finite must be.
        public init(
            step: Int, demonstrationMean: Double?, demonstrationDeviation: Double?, randomMean: Double?,
            modeQuantile: Double?, medianDeviation: Double?
        ) {
            self.step = step
            self.demonstrationMean = demonstrationMean
            self.demonstrationDeviation = demonstrationDeviation
            self.randomMean = randomMean
            self.modeQuantile = modeQuantile
            self.medianDeviation = medianDeviation
        }
    }

    /// One episode that was learned from.
    public struct Episode: Codable, Hashable, Sendable {
        /// Environment steps so far, this episode included.
        public var step: Int
        /// The episode's number in the run, from 0.
        public var episode: Int
        /// Seed of its initial scene.
        public var seed: UInt64
        /// Whether it succeeded.
        public var success: Bool
        /// How it ended, such as `success`.
        public var ending: String
        /// Its length in environment steps.
        public var steps: Int
        /// The share of actions that were cut to their limits, 0…1.
        public var saturation: Double?
        /// Version of the policy that acted at its last step.
        public var policyVersion: UInt64

        /// Takes all values.
        public init(
            step: Int, episode: Int, seed: UInt64, success: Bool, ending: String, steps: Int, saturation: Double?,
            policyVersion: UInt64
        ) {
            self.step = step
            self.episode = episode
            self.seed = seed
            self.success = success
            self.ending = ending
            self.steps = steps
            self.saturation = saturation
            self.policyVersion = policyVersion
        }
    }

    /// What the learner measures of itself; values that it does not have, or that are not finite, are left out.
    public struct Learning: Codable, Hashable, Sendable {
        /// Environment steps so far.
        public var step: Int
        /// Updates so far.
        public var updates: Int
        /// Updates for each second that was spent on updates.
        public var updatesPerSecond: Double?
        /// Success over the last training episodes, 0…1.
        public var trainingSuccess: Double?
        /// Mean squared error of the critics' values.
        public var criticError: Double?
        /// Mean value that the critics give.
        public var value: Double?
        /// Mean reward of the batch's demonstrations.
        public var demonstrationReward: Double?
        /// Mean reward of the batch's experience.
        public var experienceReward: Double?
        /// KL divergence from the cloned policy, in nats.
        public var divergence: Double?
        /// What the KL divergence is held at, in nats.
        public var divergenceTarget: Double?
        /// The weight that holds it there.
        public var divergenceWeight: Double?
        /// Mean standard deviation of the policy's actions, as a fraction of their range.
        public var deviation: Double?
        /// Norm of the policy's gradient.
        public var policyGradientNorm: Double?
        /// Norm of the critics' gradient.
        public var criticGradientNorm: Double?
        /// Slope of the critics' value along the action.
        public var slope: Double?
        /// The share of actions at their limits, 0…1.
        public var saturation: Double?
        /// Updates skipped so far because something was not finite.
        public var skippedUpdates: Int?
        /// The share of a categorical critic's mass in the outermost atoms, 0…1.
        public var edgeAtoms: Double?
        /// Mean reward of random actions at the batch's states.
        public var randomReward: Double?

        /// A line without any value yet.
        public init(step: Int, updates: Int) {
            self.step = step
            self.updates = updates
        }
    }

    /// How the composite succeeds, always on the same states; one of them at step 0, before learning.
    public struct Evaluation: Codable, Hashable, Sendable {
        /// Environment steps so far.
        public var step: Int
        /// Updates so far.
        public var updates: Int
        /// Successes divided by episodes, 0…1.
        public var rate: Double
        /// Lower end of the 95 % Wilson interval.
        public var low: Double
        /// Upper end of the 95 % Wilson interval.
        public var high: Double
        /// Episodes driven.
        public var episodes: Int
        /// Episodes that succeeded.
        public var successes: Int
        /// Mean length of those that succeeded, in steps; left out where none did.
        public var meanSuccessSteps: Double?

        /// A line with the rate and the interval of `success`.
        public init(step: Int, updates: Int, success: SuccessRate, meanSuccessSteps: Double?) {
            self.step = step
            self.updates = updates
            (rate, low, high) = (success.rate, success.interval.lowerBound, success.interval.upperBound)
            (episodes, successes) = (success.trials, success.successes)
            self.meanSuccessSteps = meanSuccessSteps
        }
    }

    /// The composite was put back to what it was at an earlier step.
    public struct Rollback: Codable, Hashable, Sendable {
        /// Environment steps so far.
        public var step: Int
        /// The step that it was put back to; left out where that was 0.
        public var policyStep: Int?
        /// The success that was too low, of the last episodes or of an evaluation, 0…1.
        public var rate: Double
        /// The success that it was measured against, of the base or of the best evaluation, 0…1.
        public var base: Double

        /// Takes all values.
        public init(step: Int, policyStep: Int? = nil, rate: Double, base: Double) {
            self.step = step
            self.policyStep = policyStep
            self.rate = rate
            self.base = base
        }
    }

    /// How the composite succeeds at the end, on fresh states.
    public struct Final: Codable, Hashable, Sendable {
        /// Environment steps so far.
        public var step: Int
        /// Environment steps after which the policy was what it is: the last ones, or those of the best evaluation.
        public var policyStep: Int?
        /// Successes divided by episodes, 0…1.
        public var rate: Double
        /// Lower end of the 95 % Wilson interval.
        public var low: Double
        /// Upper end of the 95 % Wilson interval.
        public var high: Double
        /// Episodes driven.
        public var episodes: Int
        /// Episodes that succeeded.
        public var successes: Int

        /// A line with the rate and the interval of `success`.
        public init(step: Int, policyStep: Int, success: SuccessRate) {
            (self.step, self.policyStep) = (step, policyStep)
            (rate, low, high) = (success.rate, success.interval.lowerBound, success.interval.upperBound)
            (episodes, successes) = (success.trials, success.successes)
        }
    }

    /// What a line tells of.
    enum Kind: String, Codable {
        case reference, reward, episode, learning, evaluation, rollback, final
    }

    private enum Key: String, CodingKey {
        case kind
    }

    /// - Throws: `DecodingError` if the kind is unknown or one of its values is missing.
    public init(from decoder: any Decoder) throws {
        self =
            switch try decoder.container(keyedBy: Key.self).decode(Kind.self, forKey: .kind) {
            case .reference: .reference(try Reference(from: decoder))
            case .reward: .reward(try Reward(from: decoder))
            case .episode: .episode(try Episode(from: decoder))
            case .learning: .learning(try Learning(from: decoder))
            case .evaluation: .evaluation(try Evaluation(from: decoder))
            case .rollback: .rollback(try Rollback(from: decoder))
            case .final: .final(try Final(from: decoder))
            }
    }

    /// Writes the kind and its values into one object.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(kind, forKey: .kind)
        switch self {
        case .reference(let line): try line.encode(to: encoder)
        case .reward(let line): try line.encode(to: encoder)
        case .episode(let line): try line.encode(to: encoder)
        case .learning(let line): try line.encode(to: encoder)
        case .evaluation(let line): try line.encode(to: encoder)
        case .rollback(let line): try line.encode(to: encoder)
        case .final(let line): try line.encode(to: encoder)
        }
    }

    private var kind: Kind {
        switch self {
        case .reference: .reference
        case .reward: .reward
        case .episode: .episode
        case .learning: .learning
        case .evaluation: .evaluation
        case .rollback: .rollback
        case .final: .final
        }
    }

    /// Environment steps so far.
    public var step: Int {
        switch self {
        case .reference(let line): line.step
        case .reward(let line): line.step
        case .episode(let line): line.step
        case .learning(let line): line.step
        case .evaluation(let line): line.step
        case .rollback(let line): line.step
        case .final(let line): line.step
        }
    }
}
