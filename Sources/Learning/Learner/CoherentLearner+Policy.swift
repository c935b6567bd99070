internal import Glibc
public import Numerics

extension CoherentLearner {
    /// Random actions of the policy in a tensor's states; the noise stays in the batch.
    func act(in rows: TensorView, _ random: inout RandomStream) {
        network.forward(policy, rows.columns(0..<network.inputs), workspace)
        batch.noise.withUnsafeMutableBufferPointer { noise in
            random.fillGaussian(noise)
            for index in noise.indices { noise[index] *= configuration.exploration }
        }
        let size = network.actionSize
        for row in 0..<batch.rows {
            let action = rows.base + row * rows.stride + batch.stateSize
            for index in 0..<size {
                let place = row * size + index
                action[index] = tanh(
                    workspace.mean.base[place] + workspace.deviation.base[place] * batch.noise[place])
            }
        }
    }

    func divergence(_ row: Int, _ mean: Tensor, _ deviation: Tensor) -> Double {
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

    /// What the divergence is held at in the next update.
    public var divergenceTarget: Float {
        let (rise, since) = (configuration.divergenceRise, step + 1 - configuration.policyDelay)
        let target = configuration.divergenceTarget * divergenceShare
        guard rise > 0, rise > since else { return target }
        return target * Float(max(since, 0)) / Float(rise)
    }

    /// Puts the policy back to parameters that it had before, the cloned ones where none are given, and its optimiser to the
    /// start; what the critics have learnt stays.
    public func rollBack(to parameters: Parameters? = nil) {
        policy.copy(from: parameters ?? cloned)
        acting.copy(from: parameters ?? cloned)
        optimiser.firstMoment.clear()
        optimiser.secondMoment.clear()
        policyStep = 0
        divergenceWeight = configuration.divergenceWeight
        network.prepare(policy, workspace)
    }

    /// From here on the divergence is held at half of what it was.
    public func halveDivergence() { divergenceShare /= 2 }

    /// Down the gradient of `mean(−Q(s, u) + weight · KL)` with `u = tanh(mean + deviation · noise)`.
    func learnPolicy(_ random: inout RandomStream) throws(LearningError) {
        act(in: batch.proposed, &random)
        _ = critics.actionGradient(batch.proposed, into: actionGradient.view)
        let size = network.actionSize
        var (divergence, deviation) = (0.0, 0.0)
        for row in 0..<batch.rows { divergence += self.divergence(row, batch.priorMean, batch.priorDeviation) }
        divergence /= Double(batch.rows)
        let limited = divergence > Double(configuration.divergenceLimit)
        // Far out a small weight's pull would hardly be felt against the optimiser's memory of steeper gradients.
        let weight = limited ? max(divergenceWeight, 1) : divergenceWeight
        let share = 1 / Float(batch.rows)
        for row in 0..<batch.rows {
            let action = batch.proposed.base + row * batch.proposed.stride + batch.stateSize
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
            policy, batch.proposed.columns(0..<network.inputs), gradients: gradients, through: .everything,
            workspace, scratch)
        let norm = Double(gradients.norm)
        guard norm.isFinite, divergence.isFinite else {
            throw .notFinite("the policy's gradient in update \(step + 1)")
        }
        policyStep += 1
        optimiser.update(policy, gradients: gradients, step: policyStep, learningRate: configuration.policyRate)
        acting.move(towards: policy, rate: configuration.actingRate)
        network.prepare(policy, workspace)
        let error = Float(divergence) - divergenceTarget
        divergenceWeight = min(max(divergenceWeight * exp(configuration.divergenceRate * error), 1e-5), 100)
        metrics.divergence = divergence
        metrics.deviation = deviation / Double(batch.rows * size)
        metrics.policyGradientNorm = norm
        if limited { metrics.limitedUpdates += 1 }
    }
}
