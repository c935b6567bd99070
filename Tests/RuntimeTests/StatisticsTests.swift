import Testing

@testable import Runtime

@Suite struct StatisticsTests {
    /// Known answers: (successes, trials, low, high) of the Wilson score interval without continuity correction.
    @Test(arguments: [
        (0, 10, 0.0, 0.27753), (5, 10, 0.23659, 0.76341), (10, 10, 0.72247, 1.0), (1, 1, 0.20654, 1.0),
        (81, 263, 0.25527, 0.36618), (15, 148, 0.06242, 0.16053), (95, 100, 0.88825, 0.97846),
    ])
    func wilsonIntervalOfKnownCounts(successes: Int, trials: Int, low: Double, high: Double) {
        let interval = SuccessRate(successes: successes, trials: trials).interval
        #expect(abs(interval.lowerBound - low) < 5e-5)
        #expect(abs(interval.upperBound - high) < 5e-5)
    }

    @Test func theIntervalHoldsTheRateAndMirrors() {
        for trials in 1...60 {
            for successes in 0...trials {
                let rate = SuccessRate(successes: successes, trials: trials)
                let mirrored = SuccessRate(successes: trials - successes, trials: trials).interval
                #expect(rate.interval.contains(rate.rate))
                #expect(abs(rate.interval.lowerBound - (1 - mirrored.upperBound)) < 1e-12)
            }
        }
    }

    /// (successes, successes) of 50 each: 2.45 and 2.21 standard deviations apart, where 2.33 are asked for.
    @Test(arguments: [(42, 49, true), (43, 49, false), (49, 42, false), (50, 50, false), (0, 50, true)])
    func whatIsSurelyBelow(one: Int, other: Int, isBelow: Bool) {
        let (one, other) = (SuccessRate(successes: one, trials: 50), SuccessRate(successes: other, trials: 50))
        #expect(one.isSurelyBelow(other) == isBelow)
        #expect(!SuccessRate(successes: 0, trials: 0).isSurelyBelow(other))
    }

    @Test func noTrialsSayNothing() {
        #expect(SuccessRate(successes: 0, trials: 0).interval == 0...1)
        #expect(SuccessRate(successes: 0, trials: 0).rate == 0)
    }

    @Test func quantilesOfKnownValues() {
        #expect(quantile([1, 2, 3, 4], 0.5) == 2.5)
        #expect(quantile([1, 2, 3, 4], 0) == 1)
        #expect(quantile([1, 2, 3, 4], 1) == 4)
        #expect(quantile([7], 0.99) == 7)
        #expect(quantile([], 0.5) == nil)
    }
}
