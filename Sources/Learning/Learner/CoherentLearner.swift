public import Numerics

/// Improves a cloned policy from demonstrations and its own experience, off-policy, without letting go of what was cloned.
///
/// A soft actor-critic whose entropy is replaced by the divergence from the cloned policy, in closed form, with a weight that
/// keeps the divergence at a target; returns over several steps; demonstrations and experience one to one; and by default the
/// ``CoherentReward``, for which the cloned policy is optimal at the start. With another ``LearningObjective`` the same
/// machinery is a baseline.
///
/// An update allocates nothing once warm. Equal configurations, seeds and replays give equal bytes, also through
/// ``save(to:)`` and ``resume(from:)``.
public final class CoherentLearner {
    /// How it learns.
    public let configuration: LearnerConfiguration
    /// The policy's shape.
    public let network: StationaryNetwork
    /// The policy's parameters; changed by every update of the policy.
    public let policy: Parameters
    /// A moving average of the policy's parameters: what acts. Single updates follow every error of the critics.
    public let acting: Parameters
    /// The cloned policy's.
    public let cloned: Parameters
    /// Demonstrations.
    public let demonstrations: ReplayBuffer
    /// Experience.
    public let experience: ReplayBuffer
    /// The values between which the atoms of categorical critics lie; `nil` for plain ones.
    ///
    /// Without a configured range it is measured on the demonstrations that the replay holds when the learner is made: all
    /// discounted returns from their steps to their ends, the value 0 of an episode that comes to nothing, and the value of
    /// going on for ever at the demonstrations' mean reward without success; and a quarter of the whole more on both sides.
    /// A learner that resumes must arrive at the same range.
    public let valueRange: ClosedRange<Float>?
    /// The reward; moved only by refinements.
    public let reward: CoherentReward
    /// What the last update saw.
    public internal(set) var metrics = LearnerMetrics()
    /// Updates done, skipped ones included, pretraining of the critics not counted. The policy's version.
    public internal(set) var step = 0
    /// Updates of the critics on demonstrations alone.
    public internal(set) var pretrainingStep = 0
    /// Everything random follows from it.
    public let seed: UInt64

    var policyStep = 0
    var divergenceWeight: Float
    var divergenceShare: Float = 1
    var skipsInARow = 0
    let critics: any Critics
    let optimiser: Adam
    let caches: [PriorCache]
    let gradients: Parameters
    let workspace: StationaryNetwork.Workspace
    let scratch: StationaryNetwork.GradientWorkspace
    let batch: LearnerBatch
    let actionGradient: Tensor
    let rewardRows: Tensor
    let rewardActions: Tensor
    var rewardValues: [Float]
    private let updates: RandomStream

    /// A learner that starts from a cloned policy, whose parameters are copied. The replays belong to it from here on: they
    /// may be told more, but by nobody while an update runs.
    ///
    /// - Throws: ``LearningError/configuration(_:)`` if values are out of range or shapes do not fit; if a range of values is to
    ///   be measured, ``LearningError/demonstrations(_:)`` without demonstrations, and ``LearningError/notFinite(_:)`` naming
    ///   what in them is not.
    public init(
        configuration: LearnerConfiguration, rewardConfiguration: CoherentRewardConfiguration = .init(),
        network: StationaryNetwork, cloned: Parameters, demonstrations: ReplayBuffer, experience: ReplayBuffer,
        seed: UInt64
    ) throws(LearningError) {
        try configuration.check()
        let shape = demonstrations.shape
        guard shape.stateSize == experience.shape.stateSize, shape.actionSize == experience.shape.actionSize,
            shape.returnSteps == experience.shape.returnSteps, shape.actionSize == network.actionSize,
            shape.stateSize >= network.inputs
        else {
            throw .configuration("the replays of demonstrations and experience, and the policy, have different shapes")
        }
        (self.configuration, self.network, self.seed) = (configuration, network, seed)
        (self.demonstrations, self.experience) = (demonstrations, experience)
        policy = cloned.duplicate()
        acting = cloned.duplicate()
        let frozen = cloned.duplicate()
        self.cloned = frozen
        divergenceWeight = configuration.divergenceWeight
        let rows = 2 * configuration.batchSize
        reward = try CoherentReward(
            configuration: rewardConfiguration, network: network, cloned: cloned, capacity: rows)
        optimiser = Adam(layout: network.layout, options: Adam.Options())
        caches = [demonstrations, experience].map {
            PriorCache($0, network: network, parameters: frozen, reward: rewardConfiguration, rows: rows)
        }
        let critics = try Self.makeCritics(configuration, shape, demonstrations, caches[0], seed: seed)
        (self.critics, valueRange) = critics
        gradients = Parameters(layout: network.layout)
        workspace = StationaryNetwork.Workspace(network, rows: rows)
        scratch = StationaryNetwork.GradientWorkspace(network, rows: rows)
        batch = LearnerBatch(rows: rows, stateSize: shape.stateSize, actionSize: shape.actionSize)
        actionGradient = Tensor(rows: rows, columns: shape.actionSize)
        rewardRows = Tensor(rows: rows, columns: shape.stateSize)
        rewardActions = Tensor(rows: rows, columns: shape.actionSize)
        rewardValues = Array(repeating: 0, count: rows)
        updates = RandomStream.derived(from: seed, 31)
        network.prepare(policy, workspace)
    }

    /// One update of the critics on demonstrations alone, towards the demonstrator's returns up to the end of each
    /// demonstration; the policy stays. Skipped and counted like ``update()``.
    ///
    /// - Throws: ``LearningError/demonstrations(_:)`` if there are none, ``LearningError/skipped(count:updates:last:)``.
    public func pretrain() throws(LearningError) {
        guard demonstrations.sampleableCount > 0 else {
            throw .demonstrations("there are no demonstrations to learn from")
        }
        let before = metrics
        var fault: LearningError?
        do throws(LearningError) {
            try learnFromDemonstrations()
        } catch {
            fault = error
        }
        pretrainingStep += 1
        try conclude(fault, before)
    }

    /// One update of the critics and, every ``LearnerConfiguration/policyInterval`` updates, of the policy.
    ///
    /// A number in the batch that is NaN or infinite is found before anything is changed; the update is then skipped, counted
    /// in ``LearnerMetrics/skippedUpdates`` and named in ``LearnerMetrics/lastFault``. ``step`` moves on, so that the next update
    /// samples other rows. A gradient that is not finite leaves what it would have moved as it was, and counts as well.
    ///
    /// - Throws: ``LearningError/demonstrations(_:)`` if demonstrations or experience have nothing to sample,
    ///   ``LearningError/skipped(count:updates:last:)`` beyond ``LearnerConfiguration/largestSkips``.
    @discardableResult
    public func update() throws(LearningError) -> LearnerMetrics {
        guard demonstrations.sampleableCount > 0, experience.sampleableCount > 0 else {
            throw .demonstrations("an update needs demonstrations and experience; one of them has no complete step yet")
        }
        let before = metrics
        var fault: LearningError?
        do throws(LearningError) {
            try learnFromBoth()
        } catch {
            fault = error
        }
        step += 1
        try conclude(fault, before)
        metrics.step = step
        metrics.divergenceWeight = Double(divergenceWeight)
        return metrics
    }

    private func learnFromDemonstrations() throws(LearningError) {
        var random = updates.derived(1).derived(UInt64(pretrainingStep))
        // The rewards that inverse learning implies are those of short returns.
        try batch.sample(
            0..<batch.rows, caches[0], "demonstrations", whole: configuration.criticLoss == .temporalDifference,
            random: &random)
        batch.demonstrated = batch.rows
        try learnValues(followingDemonstrator: true, &random)
    }

    private func learnFromBoth() throws(LearningError) {
        let demonstrated = configuration.demonstrationRows
        var random = updates.derived(2).derived(UInt64(step))
        try batch.sample(0..<demonstrated, caches[0], "demonstrations", random: &random)
        try batch.sample(demonstrated..<batch.rows, caches[1], "experience", random: &random)
        batch.demonstrated = demonstrated
        try learnValues(followingDemonstrator: false, &random)
        let number = step + 1
        if number > configuration.policyDelay && number % configuration.policyInterval == 0 {
            try learnPolicy(&random)
        }
        if configuration.refinementInterval > 0 && number % configuration.refinementInterval == 0 {
            let (states, actions) = (
                batch.now.columns(0..<batch.stateSize), batch.now.columns(batch.stateSize..<batch.now.columns)
            )
            metrics.refinementLoss = try reward.refine(
                demonstrations: states.rows(0..<demonstrated), actions: actions.rows(0..<demonstrated),
                experience: states.rows(demonstrated..<batch.rows),
                actions: actions.rows(demonstrated..<batch.rows)
            ).loss
        }
    }

    /// Counts a skipped update, and stops at the bound.
    private func conclude(_ fault: LearningError?, _ before: LearnerMetrics) throws(LearningError) {
        guard let fault else {
            skipsInARow = 0
            return
        }
        guard case .notFinite(let name) = fault else { throw fault }
        metrics = before
        metrics.skippedUpdates += 1
        metrics.lastFault = name
        skipsInARow += 1
        let (bound, updates) = (configuration.largestSkips, step + pretrainingStep)
        if skipsInARow > bound || metrics.skippedUpdates > bound + updates / 100 {
            throw .skipped(count: metrics.skippedUpdates, updates: updates, last: name)
        }
    }

    /// To be called after parameters were overwritten by a checkpoint.
    func parametersChanged() {
        network.prepare(policy, workspace)
        reward.parametersChanged()
    }
}
