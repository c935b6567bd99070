internal import Numerics

extension CoherentLearner {
    /// One update of the critics on the rows of the batch. Following the demonstrator, what was done behind a return counts and
    /// not what the policy would do.
    func learnValues(followingDemonstrator: Bool, _ random: inout RandomStream) throws(LearningError) {
        addRewards()
        if !followingDemonstrator { act(in: batch.next, &random) }
        for row in 0..<batch.rows {
            batch.costs[row] =
                followingDemonstrator
                ? 0 : divergenceWeight * Float(self.divergence(row, batch.nextPriorMean, batch.nextPriorDeviation))
        }
        if configuration.criticLoss != .temporalDifference { act(in: batch.proposed, &random) }
        if let row = critics.aim(batch) {
            let quantity = batch.rewards[row].isFinite ? "value's target" : "reward"
            throw .notFinite("the \(quantity) of \(name(row))")
        }
        let result = try critics.learn(
            batch, learningRate: configuration.criticRate, penalty: configuration.gradientPenalty, random: &random)
        metrics.criticError = result.squaredError
        metrics.value = result.meanValue
        metrics.slope = result.slope
        metrics.edgeAtoms = result.edgeAtoms
        metrics.criticGradientNorm = result.gradientNorm
    }

    /// Sums the discounted rewards of each row's return.
    private func addRewards() {
        let (mix, discount) = (configuration.reward, configuration.discount)
        let refined = configuration.refinementInterval > 0
        var means = (0.0, 0.0)
        for row in 0..<batch.rows {
            batch.rewards[row] = 0
            batch.discounts[row] = 1
        }
        var longest = 0
        for row in 0..<batch.rows { longest = max(longest, batch.returns[row].steps) }
        for ahead in 0..<longest {
            if refined { evaluateRefined(ahead) }
            for row in 0..<batch.rows where ahead < batch.returns[row].steps {
                let cache = caches[row < batch.demonstrated ? 0 : 1]
                let coherent =
                    refined
                    ? rewardValues[row] : cache.reward(cache.buffer.slot(batch.slots[row], plus: ahead))
                if ahead == 0 {
                    if row < batch.demonstrated { means.0 += Double(coherent) } else { means.1 += Double(coherent) }
                }
                var value = mix.step(coherent: coherent, demonstrated: row < batch.demonstrated)
                if batch.returns[row].success && ahead == batch.returns[row].steps - 1 { value += mix.success }
                batch.rewards[row] += batch.discounts[row] * value
                batch.discounts[row] *= discount
            }
        }
        for row in 0..<batch.rows where batch.returns[row].success {
            batch.rewards[row] += batch.discounts[row] * mix.afterSuccess(discount)
            batch.discounts[row] = 0
        }
        if batch.demonstrated > 0 { metrics.demonstrationReward = means.0 / Double(batch.demonstrated) }
        if batch.demonstrated < batch.rows {
            metrics.experienceReward = means.1 / Double(batch.rows - batch.demonstrated)
        }
    }

    /// Rewards of the steps `ahead` of the sampled ones, by the reward as it is now. Rows whose return is shorter are
    /// evaluated at their first step; nobody reads them.
    private func evaluateRefined(_ ahead: Int) {
        for row in 0..<batch.rows {
            let buffer = row < batch.demonstrated ? demonstrations : experience
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

    private func name(_ row: Int) -> String {
        let (name, buffer) = row < batch.demonstrated ? ("demonstrations", demonstrations) : ("experience", experience)
        return "\(name), \(buffer.place(of: batch.slots[row]))"
    }
}
