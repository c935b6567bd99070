import Foundation
import Numerics
import Testing

@testable import Learning

struct SquashedGaussianTests {
    @Test(arguments: [(0.0, 0.3), (0.4, 0.1), (-1.2, 0.8), (2.5, 0.66), (0.0, 0.866), (4.5, 0.5)])
    func theDensityIntegratesToOne(mean: Double, deviation: Double) {
        let edge = SquashedGaussian.saturation
        let pieces = 200_000
        var sum = 0.0
        for index in 0..<pieces {
            let action = -edge + (Double(index) + 0.5) * 2 * edge / Double(pieces)
            sum += exp(SquashedGaussian.logDensity(action: action, mean: mean, deviation: deviation).value)
        }
        sum *= 2 * edge / Double(pieces)
        for tail in [-1.0, 1.0] {
            sum +=
                exp(SquashedGaussian.logDensity(action: tail, mean: mean, deviation: deviation).value) * (1 - edge)
        }
        #expect(abs(sum - 1) < 1e-5)
    }

    @Test(arguments: [-1.0, -0.9995, -0.6, 0, 0.3, 0.9, 1])
    func derivativesAgreeWithDifferences(action: Double) {
        for (mean, deviation) in [(0.2, 0.5), (-1.5, 0.1), (3.0, 0.7), (0.0, 0.03)] {
            func value(_ mean: Double, _ deviation: Double) -> Double {
                SquashedGaussian.logDensity(action: action, mean: mean, deviation: deviation).value
            }
            let found = SquashedGaussian.logDensity(action: action, mean: mean, deviation: deviation)
            let step = 1e-6
            let byMean = (value(mean + step, deviation) - value(mean - step, deviation)) / (2 * step)
            let byDeviation = (value(mean, deviation + step) - value(mean, deviation - step)) / (2 * step)
            #expect(abs(found.byMean - byMean) < 1e-4 * max(1, abs(byMean)))
            #expect(abs(found.byDeviation - byDeviation) < 1e-4 * max(1, abs(byDeviation)))
        }
    }

    /// The two forms of the tail meet, and neither gives infinity.
    @Test func farTails() {
        let (below, above) = (SquashedGaussian.logUpperTail(19.999_999), SquashedGaussian.logUpperTail(20.000_001))
        #expect(abs(below.logarithm - above.logarithm) < 1e-4)
        #expect(abs(below.hazard - above.hazard) < 1e-3)
        #expect(abs(SquashedGaussian.logUpperTail(0).logarithm - log(0.5)) < 1e-12)
        let far = SquashedGaussian.logDensity(action: 1, mean: -3, deviation: 0.003)
        #expect(far.value.isFinite && far.byMean.isFinite && far.byDeviation.isFinite && far.value < -1e6)
    }

    @Test func divergenceAgreesWithSampling() {
        let (m1, s1, m2, s2) = (0.3, 0.4, -0.1, 0.6)
        var random = RandomStream(seed: 1)
        let draws = 200_000
        var sum = 0.0
        for _ in 0..<draws {
            let action = tanh(m1 + s1 * random.gaussianDouble())
            sum +=
                SquashedGaussian.logDensity(action: action, mean: m1, deviation: s1).value
                - SquashedGaussian.logDensity(action: action, mean: m2, deviation: s2).value
        }
        let exact = SquashedGaussian.divergence(mean: m1, deviation: s1, from: m2, otherDeviation: s2)
        #expect(abs(sum / Double(draws) - exact.value) < 0.01)
        #expect(abs(exact.byMean - (m1 - m2) / (s2 * s2)) < 1e-12)
        #expect(abs(exact.byDeviation - (s1 / (s2 * s2) - 1 / s1)) < 1e-12)
        let same = SquashedGaussian.divergence(mean: m1, deviation: s1, from: m1, otherDeviation: s1)
        #expect(abs(same.value) < 1e-12 && same.byMean == 0 && abs(same.byDeviation) < 1e-12)
    }

    /// Squashed Gaussians around zero against the uniform distribution: known divergences.
    @Test(arguments: [(0.66, 0.061), (0.866, 0.0095), (1.0, 0.023)])
    func distanceFromUniform(deviation: Double, nats: Double) {
        var sum = 0.0
        let pieces = 100_000
        for index in 0..<pieces {
            let z = -8 + (Double(index) + 0.5) * 16 / Double(pieces)
            let weight = exp(-0.5 * z * z) / (2 * Double.pi).squareRoot() * 16 / Double(pieces)
            let logJacobian = 2 * (log(2) - z * deviation - log1p(exp(-2 * z * deviation)))
            sum += weight * (-0.5 * z * z - log(deviation) - 0.5 * log(2 * Double.pi) - logJacobian + log(2))
        }
        #expect(abs(sum - nats) < 0.001)
    }
}
