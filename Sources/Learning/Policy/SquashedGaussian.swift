internal import Glibc

/// One dimension of a Gaussian that is squashed into −1…1: `u = tanh(z)`, `z ~ N(mean, deviation²)`.
///
/// An action at or beyond ±``saturation`` has no finite inverse; its density is the probability of the whole tail, spread
/// evenly over the tail's width, as in Acme's `TanhTransformedDistribution` (Hoffman et al., 2020).
public enum SquashedGaussian {
    /// Where the tails begin.
    public static var saturation: Double { 0.999 }

    private static var logTwo: Double { 0.693147180559945309 }
    private static var halfLogTwoPi: Double { 0.918938533204672742 }

    /// A logarithm of a density and its derivatives.
    public struct LogDensity: Equatable, Sendable {
        /// Natural logarithm of the density by the action.
        public var value: Double
        /// Derivative by the Gaussian's mean.
        public var byMean: Double
        /// Derivative by the Gaussian's standard deviation.
        public var byDeviation: Double
    }

    /// The density at `action` in −1…1.
    public static func logDensity(action: Double, mean: Double, deviation: Double) -> LogDensity {
        if action >= saturation { return tail(mean: mean, deviation: deviation, sign: 1) }
        if action <= -saturation { return tail(mean: mean, deviation: deviation, sign: -1) }
        let unsquashed = atanh(action)
        let standard = (unsquashed - mean) / deviation
        // ln(1 − tanh² z) without cancellation.
        let jacobian = 2 * (logTwo - unsquashed - softplus(-2 * unsquashed))
        return LogDensity(
            value: -0.5 * standard * standard - log(deviation) - halfLogTwoPi - jacobian,
            byMean: standard / deviation, byDeviation: (standard * standard - 1) / deviation)
    }

    private static func tail(mean: Double, deviation: Double, sign: Double) -> LogDensity {
        let standard = (atanh(saturation) - sign * mean) / deviation
        let (logarithm, hazard) = logUpperTail(standard)
        return LogDensity(
            value: logarithm - log(1 - saturation), byMean: sign * hazard / deviation,
            byDeviation: standard * hazard / deviation)
    }

    /// `ln(1 − Φ(x))` and its negative derivative `φ(x) / (1 − Φ(x))`.
    static func logUpperTail(_ x: Double) -> (logarithm: Double, hazard: Double) {
        let logDensity = -0.5 * x * x - halfLogTwoPi
        let logarithm: Double
        if x < 20 {
            logarithm = log(0.5 * erfc(x * 0.5.squareRoot()))
        } else {
            // Asymptotic series; the next term is below 10⁻⁶ here.
            let inverse = 1 / (x * x)
            logarithm = logDensity - log(x) + log1p(-inverse * (1 - 3 * inverse))
        }
        return (logarithm, exp(logDensity - logarithm))
    }

    private static func softplus(_ x: Double) -> Double { max(x, 0) + log1p(exp(-abs(x))) }

    /// A divergence and its derivatives by the first distribution.
    public struct Divergence: Equatable, Sendable {
        /// In nats.
        public var value: Double
        /// Derivative by the first mean.
        public var byMean: Double
        /// Derivative by the first standard deviation.
        public var byDeviation: Double
    }

    /// `KL(first ‖ second)`. Squashing both by the same bijection leaves it as it is between the Gaussians:
    /// `ln(s₂/s₁) + (s₁² + (m₁ − m₂)²) / 2s₂² − ½`.
    public static func divergence(
        mean: Double, deviation: Double, from otherMean: Double, otherDeviation: Double
    ) -> Divergence {
        let difference = mean - otherMean
        let variance = otherDeviation * otherDeviation
        return Divergence(
            value: log(otherDeviation / deviation)
                + (deviation * deviation + difference * difference) / (2 * variance) - 0.5,
            byMean: difference / variance, byDeviation: deviation / variance - 1 / deviation)
    }
}
