internal import Numerics

extension CoherentLearner {
    /// The critics that a configuration asks for, and the range of their values if they have one.
    static func makeCritics(
        _ configuration: LearnerConfiguration, _ shape: ReplayBuffer.Shape, _ demonstrations: ReplayBuffer,
        _ cache: PriorCache, seed: UInt64
    ) throws(LearningError) -> (any Critics, ClosedRange<Float>?) {
        let (rows, rate) = (2 * configuration.batchSize, configuration.targetRate)
        switch configuration.critic {
        case .plain:
            let network = CriticNetwork(
                stateSize: shape.stateSize, actionSize: shape.actionSize, hidden: configuration.criticHidden,
                valueScale: configuration.valueScale, loss: configuration.criticLoss)
            return (CriticPair(network: network, rows: rows, targetRate: rate, seed: seed), nil)
        case .categorical:
            let range =
                if let given = configuration.valueRange {
                    given
                } else {
                    try measureValues(configuration, demonstrations, cache)
                }
            let network = CategoricalNetwork(
                stateSize: shape.stateSize, actionSize: shape.actionSize, hidden: configuration.criticHidden,
                support: ValueSupport(lower: range.lowerBound, upper: range.upperBound))
            return (CriticPair(network: network, rows: rows, targetRate: rate, seed: seed), range)
        }
    }

    /// The range of values that the demonstrations suggest; see ``valueRange``. Rewards of one sign would sit at the edge of a
    /// range that is centred on zero.
    static func measureValues(
        _ configuration: LearnerConfiguration, _ demonstrations: ReplayBuffer, _ cache: PriorCache
    ) throws(LearningError) -> ClosedRange<Float> {
        guard demonstrations.sampleableCount > 0 else {
            throw .demonstrations(
                "the range of values cannot be measured without demonstrations: tell them before, or set it")
        }
        let (mix, discount) = (configuration.reward, configuration.discount)
        var (sum, steps) = (Float(0), Float(0))
        let slots = demonstrations.sampleable.prefix(demonstrations.sampleableCount).map { Int($0) }.sorted()
        for slot in slots {
            let part = demonstrations.makeReturn(of: slot)
            if let fault = demonstrations.fault(in: part, from: slot) { throw .notFinite("demonstrations: \(fault)") }
            for ahead in 0..<part.steps { cache.ask(demonstrations.slot(slot, plus: ahead)) }
        }
        cache.flush()
        for slot in slots {
            sum += mix.step(coherent: cache.reward(slot), demonstrated: true)
            steps += 1
        }
        let forever = sum / steps / (1 - discount)
        var (lowest, highest) = (min(0, forever), max(0, forever))
        for slot in slots {
            let value = demonstratedReturn(from: slot, configuration, demonstrations, cache, beyond: forever)
            (lowest, highest) = (min(lowest, value), max(highest, value))
        }
        let margin = max((highest - lowest) / 4, 1e-3)
        return lowest - margin...highest + margin
    }

    /// The discounted rewards from a step to the end of its episode, or as far as the replay knows; what lies beyond that, if
    /// it is not success, is worth `beyond`.
    private static func demonstratedReturn(
        from slot: Int, _ configuration: LearnerConfiguration, _ demonstrations: ReplayBuffer, _ cache: PriorCache,
        beyond: Float
    ) -> Float {
        let (mix, part) = (configuration.reward, demonstrations.makeWholeReturn(of: slot))
        var (sum, factor) = (Float(0), Float(1))
        for ahead in 0..<part.steps {
            let reward = cache.reward(demonstrations.slot(slot, plus: ahead))
            sum += factor * mix.step(coherent: reward, demonstrated: true)
            if part.success, ahead == part.steps - 1 { sum += factor * mix.success }
            factor *= configuration.discount
        }
        return sum + factor * (part.success ? mix.afterSuccess(configuration.discount) : beyond)
    }
}
