internal import Numerics

/// What a coherent reward says about demonstrations and random actions, before anything is learnt from it.
public struct RewardMeasurement: Hashable, Codable, Sendable {
    /// Median of the cloned policy's standard deviations.
    public var medianDeviation: Double
    /// Mean reward of demonstrated actions.
    public var demonstrationMean: Double
    /// Standard deviation of the reward of demonstrated actions.
    public var demonstrationDeviation: Double
    /// Mean reward of uniformly random actions in demonstrated states.
    public var randomMean: Double
    /// The reward that the most likely action stays below in nine of ten demonstrated states. Subtracted from every
    /// reward, it makes standing still beside the goal never pay.
    public var modeQuantile: Double
}

extension RewardMeasurement {
    /// Measures a reward on up to 4096 of the given rows of demonstrations, evenly taken.
    ///
    /// - Throws: ``LearningError/demonstrations(_:)`` if there are no rows.
    public init(of reward: CoherentReward, on set: CloningSet, rows: [Int], seed: UInt64) throws(LearningError) {
        guard !rows.isEmpty else { throw .demonstrations("there are no demonstrated steps to measure the reward on") }
        let count = min(rows.count, 4096)
        var random = RandomStream.derived(from: seed, 11)
        var (demonstrated, modes, uniform, deviations) = ([Float](), [Float](), [Float](), [Float]())
        let size = reward.network.actionSize
        let block = reward.capacity
        let (inputs, actions) = (
            Tensor(rows: block, columns: set.inputs.columns), Tensor(rows: block, columns: size)
        )
        var values = [Float](repeating: 0, count: block)
        for first in stride(from: 0, to: count, by: block) {
            let rowsHere = min(block, count - first)
            for row in 0..<rowsHere {
                let number = rows[(first + row) * rows.count / count]
                (inputs.base + row * inputs.columns).update(
                    from: set.inputs.base + number * inputs.columns, count: inputs.columns)
                (actions.base + row * size).update(from: set.labels.base + number * size, count: size)
            }
            let (seen, done) = (inputs.firstRows(rowsHere), actions.firstRows(rowsHere))
            values.withUnsafeMutableBufferPointer {
                let part = UnsafeMutableBufferPointer(rebasing: $0[0..<rowsHere])
                reward.evaluate(inputs: seen, actions: done, into: part)
                demonstrated += part
                deviations += UnsafeBufferPointer(
                    start: reward.deviations(rows: rowsHere).base, count: rowsHere * size)
                reward.evaluateModes(inputs: seen, into: part)
                modes += part
                for index in 0..<rowsHere * size { actions.base[index] = Float(random.uniform(-1, 1)) }
                reward.evaluate(inputs: seen, actions: done, into: part)
                uniform += part
            }
        }
        func mean(_ values: [Float]) -> Double { values.reduce(0) { $0 + Double($1) } / Double(values.count) }
        let average = mean(demonstrated)
        let squares = demonstrated.reduce(0) { $0 + (Double($1) - average) * (Double($1) - average) }
        deviations.sort()
        modes.sort()
        self.init(
            medianDeviation: Double(deviations[deviations.count / 2]), demonstrationMean: average,
            demonstrationDeviation: (squares / Double(count)).squareRoot(), randomMean: mean(uniform),
            modeQuantile: Double(modes[min(modes.count * 9 / 10, modes.count - 1)]))
    }
}

/// What a coherent reward must fulfil before it is learnt from.
public struct RewardGates: Hashable, Codable, Sendable {
    /// The smallest median deviation of the cloned policy.
    public var smallestDeviation = 0.02
    /// The smallest deviation of demonstrations' rewards.
    public var smallestVariety = 0.1
    /// By how much demonstrations must be more rewarding than random actions.
    public var smallestMargin = 0.5

    /// The values of the method's description.
    public init() {}

    /// One way in which a reward is unusable.
    public enum Failure: Hashable, Sendable, CustomStringConvertible {
        /// A number is NaN or infinite.
        case notFinite
        /// The cloned policy is surer than it can be.
        case collapsedDeviation(found: Double, needed: Double)
        /// All demonstrations are equally good.
        case constantReward(found: Double, needed: Double)
        /// Demonstrations are worse than chance in familiar states.
        case negativeReward(found: Double)
        /// Demonstrations are hardly better than random actions.
        case indistinct(demonstrations: Double, random: Double, needed: Double)

        /// What is wrong, and what would help; one line.
        public var description: String {
            switch self {
            case .notFinite: "the coherent reward of the demonstrations is not finite"
            case .collapsedDeviation(let found, let needed):
                "the cloned policy's median deviation is \(Self.short(found)), below \(Self.short(needed)): it is surer than "
                    + "the demonstrations allow; raise the variance floor, clone for fewer steps, or show more variety"
            case .constantReward(let found, let needed):
                "the coherent reward hardly varies over the demonstrations (deviation \(Self.short(found)), at least "
                    + "\(Self.short(needed)) needed): were they made without any noise? Record them with some"
            case .negativeReward(let found):
                "the coherent reward of the demonstrations is \(Self.short(found)) on average; it should be positive: the "
                    + "cloned policy does not explain them"
            case .indistinct(let demonstrations, let random, let needed):
                "the coherent reward does not tell demonstrations (\(Self.short(demonstrations))) from random actions "
                    + "(\(Self.short(random))); at least \(Self.short(needed)) between them is needed: the cloned policy "
                    + "has not learnt what the demonstrations show"
            }
        }

        private static func short(_ value: Double) -> String { String((value * 1e4).rounded() / 1e4) }
    }

    /// Everything that speaks against learning from this reward; empty if nothing does.
    public func failures(of measurement: RewardMeasurement) -> [Failure] {
        let numbers = [
            measurement.medianDeviation, measurement.demonstrationMean, measurement.demonstrationDeviation,
            measurement.randomMean, measurement.modeQuantile,
        ]
        guard numbers.allSatisfy(\.isFinite) else { return [.notFinite] }
        var failures: [Failure] = []
        if measurement.medianDeviation < smallestDeviation {
            failures.append(.collapsedDeviation(found: measurement.medianDeviation, needed: smallestDeviation))
        }
        if measurement.demonstrationDeviation < smallestVariety {
            failures.append(.constantReward(found: measurement.demonstrationDeviation, needed: smallestVariety))
        }
        if measurement.demonstrationMean <= 0 {
            failures.append(.negativeReward(found: measurement.demonstrationMean))
        }
        if measurement.demonstrationMean - measurement.randomMean < smallestMargin {
            failures.append(
                .indistinct(
                    demonstrations: measurement.demonstrationMean, random: measurement.randomMean,
                    needed: smallestMargin))
        }
        return failures
    }
}
