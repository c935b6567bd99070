internal import Glibc
public import Numerics

/// Improves a cloned policy from demonstrations and its own experience, off-policy, without letting go of what was cloned.
///
/// A soft actor-critic whose entropy is replaced by the divergence from the cloned policy, in closed form, with a weight that
/// keeps the divergence at a target; returns over several steps; demonstrations and experience one to one; and by default the
/// ``CoherentReward``, for which the cloned policy is optimal at the start. With ``RewardMix/sparse`` the same machinery is
/// the baseline on success alone.
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
    /// The cloned policy's.
    public let cloned: Parameters
    /// Demonstrations.
    public let demonstrations: ReplayBuffer
    /// Experience.
    public let experience: ReplayBuffer
    /// The critics.
    public let critics: CriticPair
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
    var skipsInARow = 0
    let optimiser: Adam
    let caches: [PriorCache]
    private let gradients: Parameters
    private let workspace: StationaryNetwork.Workspace
    private let scratch: StationaryNetwork.GradientWorkspace
    private let batch: LearnerBatch
    private let actionGradient: Tensor
    private let rewardRows: Tensor
    private let rewardActions: Tensor
    private var rewardValues: [Float]
    private let updates: RandomStream

    /// A learner that starts from a cloned policy, whose parameters are copied. The replays belong to it from here on: they
    /// may be told more, but by nobody while an update runs.
    ///
    /// - Throws: ``LearningError/configuration(_:)`` if values are out of range or shapes do not fit.
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
        let frozen = cloned.duplicate()
        self.cloned = frozen
        divergenceWeight = configuration.divergenceWeight
        let rows = 2 * configuration.batchSize
        let critic = CriticNetwork(
            stateSize: shape.stateSize, actionSize: shape.actionSize, hidden: configuration.criticHidden,
            valueScale: configuration.valueScale)
        critics = CriticPair(network: critic, rows: rows, targetRate: configuration.targetRate, seed: seed)
        reward = try CoherentReward(
            configuration: rewardConfiguration, network: network, cloned: cloned, capacity: rows)
        optimiser = Adam(layout: network.layout, options: Adam.Options())
        caches = [demonstrations, experience].map {
            PriorCache($0, network: network, parameters: frozen, reward: rewardConfiguration, rows: rows)
        }
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

    /// One update of the critics on demonstrations alone, towards returns of the demonstrator; the policy stays. Skipped and
    /// counted like ``update()``.
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
        try batch.sample(0..<batch.rows, caches[0], "demonstrations", random: &random)
        try learnValues(demonstrated: batch.rows, followingDemonstrator: true, &random)
    }

    private func learnFromBoth() throws(LearningError) {
        let half = configuration.batchSize
        var random = updates.derived(2).derived(UInt64(step))
        try batch.sample(0..<half, caches[0], "demonstrations", random: &random)
        try batch.sample(half..<batch.rows, caches[1], "experience", random: &random)
        try learnValues(demonstrated: half, followingDemonstrator: false, &random)
        let number = step + 1
        if number > configuration.policyDelay && number % configuration.policyInterval == 0 {
            try learnPolicy(&random)
        }
        if configuration.refinementInterval > 0 && number % configuration.refinementInterval == 0 {
            let (states, actions) = (batch.now.view.columns(0..<batch.stateSize), actionColumns(batch.now))
            metrics.refinementLoss = try reward.refine(
                demonstrations: states.rows(0..<half), actions: actions.rows(0..<half),
                experience: states.rows(half..<batch.rows), actions: actions.rows(half..<batch.rows)
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

    private func actionColumns(_ tensor: Tensor) -> TensorView {
        tensor.view.columns(batch.stateSize..<tensor.columns)
    }

    // MARK: - Values

    private func learnValues(
        demonstrated: Int, followingDemonstrator: Bool, _ random: inout RandomStream
    ) throws(LearningError) {
        addRewards(demonstrated: demonstrated)
        if !followingDemonstrator { act(in: batch.next, &random) }
        batch.targets.withUnsafeMutableBufferPointer { critics.targetValues(batch.next.view, into: $0) }
        for row in 0..<batch.rows {
            var value = batch.targets[row]
            if !followingDemonstrator {
                value -= divergenceWeight * Float(self.divergence(row, batch.nextPriorMean, batch.nextPriorDeviation))
            }
            batch.targets[row] = batch.rewards[row] + batch.discounts[row] * value
            guard batch.targets[row].isFinite else {
                throw .notFinite("the value's target of \(name(row, demonstrated))")
            }
        }
        let (penalty, rate) = (configuration.gradientPenalty, configuration.criticRate)
        let result = try batch.targets.withUnsafeBufferPointer { targets throws(LearningError) in
            try critics.update(
                batch.now.view, targetValues: targets, learningRate: rate, penalty: penalty, penalised: demonstrated,
                random: &random)
        }
        metrics.criticError = result.squaredError
        metrics.value = result.meanValue
        metrics.slope = result.slope
        metrics.criticGradientNorm = result.gradientNorm
    }

    /// Sums the discounted rewards of each row's return.
    private func addRewards(demonstrated: Int) {
        let (mix, discount) = (configuration.reward, configuration.discount)
        let refined = configuration.refinementInterval > 0
        var means = (0.0, 0.0)
        for row in 0..<batch.rows {
            batch.rewards[row] = 0
            batch.discounts[row] = 1
        }
        for ahead in 0..<demonstrations.shape.returnSteps {
            if refined { evaluateRefined(ahead, demonstrated: demonstrated) }
            for row in 0..<batch.rows where ahead < batch.returns[row].steps {
                let cache = caches[row < demonstrated ? 0 : 1]
                let coherent =
                    refined
                    ? rewardValues[row] : cache.reward(cache.buffer.slot(batch.slots[row], plus: ahead))
                if ahead == 0 {
                    if row < demonstrated { means.0 += Double(coherent) } else { means.1 += Double(coherent) }
                }
                var value = mix.coherent * (coherent - mix.shift)
                if batch.returns[row].success && ahead == batch.returns[row].steps - 1 { value += mix.success }
                batch.rewards[row] += batch.discounts[row] * value
                batch.discounts[row] *= discount
            }
        }
        for row in 0..<batch.rows where batch.returns[row].success { batch.discounts[row] = 0 }
        metrics.demonstrationReward = means.0 / Double(demonstrated)
        if demonstrated < batch.rows { metrics.experienceReward = means.1 / Double(batch.rows - demonstrated) }
    }

    /// Rewards of the steps `ahead` of the sampled ones, by the reward as it is now. Rows whose return is shorter are
    /// evaluated at their first step; nobody reads them.
    private func evaluateRefined(_ ahead: Int, demonstrated: Int) {
        for row in 0..<batch.rows {
            let buffer = row < demonstrated ? demonstrations : experience
            let slot = buffer.slot(batch.slots[row], plus: ahead < batch.returns[row].steps ? ahead : 0)
            (rewardRows.base + row * rewardRows.columns).update(
                from: buffer.states.base + slot * rewardRows.columns, count: rewardRows.columns)
            (rewardActions.base + row * network.actionSize).update(
                from: buffer.actions.base + slot * network.actionSize, count: network.actionSize)
        }
        rewardValues.withUnsafeMutableBufferPointer {
            reward.evaluate(inputs: rewardRows.view, actions: rewardActions.view, into: $0)
        }
    }

    private func name(_ row: Int, _ demonstrated: Int) -> String {
        let (name, buffer) = row < demonstrated ? ("demonstrations", demonstrations) : ("experience", experience)
        return "\(name), \(buffer.place(of: batch.slots[row]))"
    }

    // MARK: - Policy

    /// Random actions of the policy in a tensor's states; the noise stays in the batch.
    private func act(in rows: Tensor, _ random: inout RandomStream) {
        network.forward(policy, rows.view.columns(0..<network.inputs), workspace)
        batch.noise.withUnsafeMutableBufferPointer { random.fillGaussian($0) }
        let size = network.actionSize
        for row in 0..<batch.rows {
            let action = rows.base + row * rows.columns + batch.stateSize
            for index in 0..<size {
                let place = row * size + index
                action[index] = tanh(
                    workspace.mean.base[place] + workspace.deviation.base[place] * batch.noise[place])
            }
        }
    }

    private func divergence(_ row: Int, _ mean: Tensor, _ deviation: Tensor) -> Double {
        var sum = 0.0
        for index in row * network.actionSize..<(row + 1) * network.actionSize {
            sum += divergence(at: index, mean, deviation).value
        }
        return sum
    }

    private func divergence(at index: Int, _ mean: Tensor, _ deviation: Tensor) -> SquashedGaussian.Divergence {
        SquashedGaussian.divergence(
            mean: Double(workspace.mean.base[index]), deviation: Double(workspace.deviation.base[index]),
            from: Double(mean.base[index]), otherDeviation: Double(deviation.base[index]))
    }

    /// Down the gradient of `mean(−Q(s, u) + weight · KL)` with `u = tanh(mean + deviation · noise)`.
    private func learnPolicy(_ random: inout RandomStream) throws(LearningError) {
        act(in: batch.proposed, &random)
        _ = critics.actionGradient(batch.proposed.view, into: actionGradient.view)
        let size = network.actionSize
        var (divergence, deviation) = (0.0, 0.0)
        for row in 0..<batch.rows { divergence += self.divergence(row, batch.priorMean, batch.priorDeviation) }
        divergence /= Double(batch.rows)
        let limited = divergence > Double(configuration.divergenceLimit)
        // Far out a small weight's pull would hardly be felt against the optimiser's memory of steeper gradients.
        let weight = limited ? max(divergenceWeight, 1) : divergenceWeight
        let share = 1 / Float(batch.rows)
        for row in 0..<batch.rows {
            let action = batch.proposed.base + row * batch.proposed.columns + batch.stateSize
            for index in 0..<size {
                let place = row * size + index
                let pull = self.divergence(at: place, batch.priorMean, batch.priorDeviation)
                let rise = limited ? 0 : actionGradient.base[place] * (1 - action[index] * action[index])
                let spread = configuration.valuesMoveDeviation ? rise : 0
                scratch.mean.base[place] = share * (weight * Float(pull.byMean) - rise)
                scratch.deviation.base[place] =
                    share * (weight * Float(pull.byDeviation) - spread * batch.noise[place])
                deviation += Double(workspace.deviation.base[place])
            }
        }
        gradients.clear()
        network.backward(
            policy, batch.proposed.view.columns(0..<network.inputs), gradients: gradients, through: .everything,
            workspace, scratch)
        let norm = Double(gradients.norm)
        guard norm.isFinite, divergence.isFinite else {
            throw .notFinite("the policy's gradient in update \(step + 1)")
        }
        policyStep += 1
        optimiser.update(policy, gradients: gradients, step: policyStep, learningRate: configuration.policyRate)
        network.prepare(policy, workspace)
        let error = Float(divergence) - configuration.divergenceTarget
        divergenceWeight = min(max(divergenceWeight * exp(configuration.divergenceRate * error), 1e-5), 100)
        metrics.divergence = divergence
        metrics.deviation = deviation / Double(batch.rows * size)
        metrics.policyGradientNorm = norm
        if limited { metrics.limitedUpdates += 1 }
    }

    /// To be called after parameters were overwritten by a checkpoint.
    func parametersChanged() {
        network.prepare(policy, workspace)
        reward.parametersChanged()
    }
}
