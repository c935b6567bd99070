/// Successes out of trials, and how well they are known.
public struct SuccessRate: Hashable, Sendable {
    /// Trials that succeeded.
    public var successes: Int
    /// All trials.
    public var trials: Int

    /// - Precondition: `0 ≤ successes ≤ trials`.
    public init(successes: Int, trials: Int) {
        precondition(0 <= successes && successes <= trials, "successes are among the trials")
        self.successes = successes
        self.trials = trials
    }

    /// Successes divided by trials; 0 where there was no trial.
    public var rate: Double { trials == 0 ? 0 : Double(successes) / Double(trials) }

    /// The 95 % Wilson score interval of the rate, within 0…1; all of 0…1 where there was no trial.
    ///
    /// E. B. Wilson, "Probable inference, the law of succession, and statistical inference", 1927:
    /// `(p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n)` with `z` the 97.5 % point of the normal distribution.
    public var interval: ClosedRange<Double> {
        guard trials > 0 else { return 0...1 }
        let z = 1.959963984540054
        let count = Double(trials)
        let centre = rate + z * z / (2 * count)
        let spread = z * (rate * (1 - rate) / count + z * z / (4 * count * count)).squareRoot()
        let scale = 1 + z * z / count
        // At the ends the formula gives 0 and 1 but for the last bits.
        let low = successes == 0 ? 0 : max(0, (centre - spread) / scale)
        let high = successes == trials ? 1 : min(1, (centre + spread) / scale)
        return low...high
    }

    /// Whether chance alone would show this rate so far below another, or farther, less than once in a hundred times, were both
    /// the same: the one-sided test of two proportions with a pooled variance.
    public func isSurelyBelow(_ other: SuccessRate) -> Bool {
        guard trials > 0, other.trials > 0 else { return false }
        let pooled = Double(successes + other.successes) / Double(trials + other.trials)
        let variance = pooled * (1 - pooled) * (1 / Double(trials) + 1 / Double(other.trials))
        return other.rate - rate > 2.326347874040841 * variance.squareRoot()
    }
}

/// The value below which `fraction` of `sorted` lies, linearly between neighbours; nil where there are no values.
///
/// - Parameters:
///   - sorted: Values in rising order.
///   - fraction: 0…1.
public func quantile(_ sorted: [Double], _ fraction: Double) -> Double? {
    guard let last = sorted.last else { return nil }
    let place = min(1, max(0, fraction)) * Double(sorted.count - 1)
    let below = Int(place)
    guard below + 1 < sorted.count else { return last }
    return sorted[below] + (place - Double(below)) * (sorted[below + 1] - sorted[below])
}
