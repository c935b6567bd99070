import Configuration

extension JobConfiguration {
    /// Improving the base policy.
    public struct ImproveSettings: Equatable, Sendable {
        /// What the small policy learns from.
        public enum Method: String, CaseIterable, Equatable, Sendable {
            /// A dense reward from demonstrations, for which the cloned policy is optimal at the start.
            case coherent
            /// A little of that, and one for success.
            case coherentAndSuccess = "coherent-and-success"
            /// One for success and nothing else.
            case sparse
            /// One for every demonstrated step.
            case sqil
            /// Inverse soft Q-learning.
            case inverse = "iq-learn"
            /// No experience at all: as many steps of further demonstrations, cloned.
            case cloning
        }

        /// Which kind of critics.
        public enum Critic: String, CaseIterable, Equatable, Sendable {
            /// One number, squared error.
            case plain
            /// A distribution, cross-entropy.
            case categorical
        }

        /// When parameters are taken over while the robot is operated.
        public enum Takeover: String, CaseIterable, Equatable, Sendable {
            /// At the next step.
            case step
            /// At the next episode.
            case episode
        }

        /// Which policy is the result.
        public enum Keeping: String, CaseIterable, Equatable, Sendable {
            /// That of the best evaluation on the way.
            case best
            /// The last one.
            case last
        }

        /// How two actions become one.
        public enum Joining: String, CaseIterable, Equatable, Sendable {
            /// A weighted mean of two complete actions.
            case ensemble
            /// A correction of the base action.
            case residual
        }

        /// What is learnt from.
        public var method: Method
        /// How the two policies' actions become one.
        public var composition: Joining
        /// An ensemble's share of the base action.
        public var baseShare: Double
        /// The action that the small policy's ±1 stands for, in the six components of motion.
        public var reach: Double
        /// The same for the gripper.
        public var gripperReach: Double
        /// Environment steps.
        public var steps: Int
        /// Demonstrations that are left out, from the first on: those that the base policy was cloned from. On them it acts
        /// better than it ever will, and the critics would learn to trust it.
        public var skippedDemonstrations: Int
        /// Demonstrations to learn from, after those that are skipped; 0 takes all.
        public var demonstrations: Int
        /// Updates for cloning the small policy; 0 begins with no correction of the base policy, as residual reinforcement
        /// learning does.
        public var cloningSteps: Int
        /// Updates of the critics on demonstrations alone.
        public var pretrainingSteps: Int
        /// Updates of the critics for each environment step.
        public var updatesPerStep: Double
        /// Updates before the policy's first.
        public var policyDelay: Int
        /// Steps that a return adds up.
        public var returnSteps: Int
        /// Discount of a step.
        public var discount: Double
        /// Half of the rows of a batch.
        public var batchSize: Int
        /// Part of a batch that is demonstrations.
        public var demonstrationShare: Double
        /// Which kind of critics.
        public var critic: Critic
        /// Widths of the critics' two hidden layers.
        public var criticHidden: Int
        /// What the divergence from the cloned policy is held at, nats.
        public var divergenceTarget: Double
        /// Updates over which that target rises from nothing, from the policy's first update on.
        public var divergenceRise: Int
        /// Weight of that divergence at the start; it adapts.
        public var divergenceWeight: Double
        /// Octaves of detail that the critics see of positions.
        public var detail: Int
        /// Features of the small policy's network.
        public var features: Int
        /// Width of the layer before those features.
        public var bottleneck: Int
        /// The smallest deviation of the small policy's Gaussians.
        public var deviationFloor: Double
        /// Weight of the critics' gradient penalty.
        public var gradientPenalty: Double
        /// Learning rate of the policy.
        public var policyRate: Double
        /// How far the parameters that act move towards the learnt ones in each update of the policy.
        public var actingRate: Double
        /// Factor of the policy's deviation when it explores.
        public var exploration: Double
        /// Weight of the coherent reward beside that of success, which is 1.
        public var coherentWeight: Double
        /// Updates between two refinements of the reward; 0 for none.
        public var refineEvery: Int
        /// Steps that the replay of experience holds.
        public var replay: Int
        /// Environments side by side between two takeovers of the learner's parameters.
        public var environments: Int
        /// When the learner's parameters are taken over while the robot is operated.
        public var takeover: Takeover
        /// Whether the policy is put back to step 0 when the last episodes went worse than the base alone.
        public var rollsBack: Bool
        /// Which policy is the result.
        public var keep: Keeping
        /// Environment steps between two evaluations.
        public var evaluateEvery: Int
        /// Episodes of such an evaluation.
        public var evaluationEpisodes: Int
        /// Where its initial states begin; others than those of the final evaluation.
        public var evaluationSeed: UInt64
    }
}

extension JobConfiguration.ImproveSettings {
    init(decoding improve: MappingReader) {
        method = improve.choice("method", default: .coherent, standIn: .coherent)
        composition = improve.choice("composition", default: .ensemble, standIn: .ensemble)
        baseShare = improve.fraction(
            "base_share", in: Bounds(lower: .including(0), upper: .excluding(1)), default: 0.5)
        cloningSteps = improve.integer("cloning_steps", in: 0...10_000_000, default: 20_000)
        let (reach, gripperReach) = Self.reach(of: composition, isCloned: cloningSteps > 0)
        self.reach = improve.number("reach", in: .above(0, through: 2), default: reach)
        self.gripperReach = improve.number("gripper_reach", in: .above(0, through: 4), default: gripperReach)
        steps = improve.integer("steps", in: 1...100_000_000, default: 40_000)
        skippedDemonstrations = improve.integer("skip_demonstrations", in: 0...1_000_000, default: 0)
        demonstrations = improve.integer("demonstrations", in: 0...1_000_000, default: 0)
        pretrainingSteps = improve.integer("pretraining_steps", in: 0...10_000_000, default: 1000)
        updatesPerStep = improve.number("updates_per_step", in: .between(0.01, 100), default: 1)
        policyDelay = improve.integer("policy_delay", in: 0...10_000_000, default: 5000)
        returnSteps = improve.integer("return_steps", in: 1...64, default: 3)
        discount = improve.number("discount", in: Bounds(lower: .excluding(0), upper: .excluding(1)), default: 0.99)
        batchSize = improve.integer("batch_size", in: 1...8192, default: 64)
        demonstrationShare = improve.fraction(
            "demonstration_share", in: Bounds(lower: .including(0), upper: .excluding(1)), default: 0.5)
        critic = improve.choice("critic", default: .plain, standIn: .plain)
        criticHidden = improve.integer("critic_hidden", in: 8...8192, default: 256)
        divergenceTarget = improve.number("divergence_target", in: .above(0, through: 100), default: 0.15)
        divergenceRise = improve.integer("divergence_rise", in: 0...100_000_000, default: 0)
        divergenceWeight = improve.number("divergence_weight", in: .above(0, through: 100), default: 10)
        detail = improve.integer("detail", in: 0...8, default: 2)
        features = improve.integer("features", in: 2...1024, default: 64)
        bottleneck = improve.integer("bottleneck", in: 1...1024, default: 32)
        deviationFloor = improve.number("deviation_floor", in: .between(0.001, 0.4), default: 0.035)
        gradientPenalty = improve.number("gradient_penalty", in: .between(0, 1000), default: 0)
        policyRate = improve.number("policy_rate", in: .above(0, through: 0.1), default: 1e-4)
        actingRate = improve.number("acting_rate", in: .above(0, through: 1), default: 0.002)
        exploration = improve.number("exploration", in: .between(0, 10), default: 0.7)
        coherentWeight = improve.number("coherent_weight", in: .between(0, 100), default: 0.03)
        refineEvery = improve.integer("refine_every", in: 0...1_000_000, default: 0)
        replay = improve.integer("replay", in: 1000...16_777_216, default: 200_000)
        environments = improve.integer("environments", in: 1...1024, default: 2)
        takeover = improve.choice("takeover", default: .episode, standIn: .episode)
        rollsBack = improve.boolean("roll_back", default: true)
        keep = improve.choice("keep", default: .best, standIn: .best)
        evaluateEvery = improve.integer("evaluate_every", in: 1...100_000_000, default: 4000)
        evaluationEpisodes = improve.integer("evaluation_episodes", in: 1...1_000_000, default: 50)
        evaluationSeed = improve.seed("evaluation_seed", default: 2_000_000)
    }

    /// Changes the composition, and the small policy's reach to what fits it.
    public mutating func join(by composition: Joining) {
        guard composition != self.composition else { return }
        self.composition = composition
        (reach, gripperReach) = Self.reach(of: composition, isCloned: cloningSteps > 0)
    }

    /// Changes how long the small policy is cloned; and its reach, if it is cloned no longer, or at all.
    public mutating func clone(steps: Int) {
        let isOther = (steps == 0) != (cloningSteps == 0)
        cloningSteps = steps
        if isOther { (reach, gripperReach) = Self.reach(of: composition, isCloned: steps > 0) }
    }

    /// How far the small policy reaches by default, in motion and for the gripper. An ensemble's is a little above 1, so that
    /// demonstrated actions of ±1 stay off its ends; a residual's grip has to be able to overrule the base, unless nobody has
    /// shown it when: exploring, it would let go of everything.
    static func reach(of composition: Joining, isCloned: Bool) -> (Double, Double) {
        switch composition {
        case .ensemble: (1.3, 1.45)
        case .residual: (0.3, isCloned ? 1.2 : 0.3)
        }
    }

    var yaml: YAMLValue {
        .mapping([
            ("method", .text(method.rawValue)),
            ("composition", .text(composition.rawValue)),
            ("base_share", .number(baseShare)),
            ("reach", .number(reach)),
            ("gripper_reach", .number(gripperReach)),
            ("steps", .integer(steps)),
            ("skip_demonstrations", .integer(skippedDemonstrations)),
            ("demonstrations", .integer(demonstrations)),
            ("cloning_steps", .integer(cloningSteps)),
            ("pretraining_steps", .integer(pretrainingSteps)),
            ("updates_per_step", .number(updatesPerStep)),
            ("policy_delay", .integer(policyDelay)),
            ("return_steps", .integer(returnSteps)),
            ("discount", .number(discount)),
            ("batch_size", .integer(batchSize)),
            ("demonstration_share", .number(demonstrationShare)),
            ("critic", .text(critic.rawValue)),
            ("critic_hidden", .integer(criticHidden)),
            ("divergence_target", .number(divergenceTarget)),
            ("divergence_rise", .integer(divergenceRise)),
            ("divergence_weight", .number(divergenceWeight)),
            ("detail", .integer(detail)),
            ("features", .integer(features)),
            ("bottleneck", .integer(bottleneck)),
            ("deviation_floor", .number(deviationFloor)),
            ("gradient_penalty", .number(gradientPenalty)),
            ("policy_rate", .number(policyRate)),
            ("acting_rate", .number(actingRate)),
            ("exploration", .number(exploration)),
            ("coherent_weight", .number(coherentWeight)),
            ("refine_every", .integer(refineEvery)),
            ("replay", .integer(replay)),
            ("environments", .integer(environments)),
            ("takeover", .text(takeover.rawValue)),
            ("roll_back", .boolean(rollsBack)),
            ("keep", .text(keep.rawValue)),
            ("evaluate_every", .integer(evaluateEvery)),
            ("evaluation_episodes", .integer(evaluationEpisodes)),
            ("evaluation_seed", .integer(evaluationSeed)),
        ])
    }
}
