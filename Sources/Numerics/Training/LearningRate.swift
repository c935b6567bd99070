internal import Glibc

/// A learning rate that rises linearly during the warm-up and then falls along half a cosine.
public struct LearningRateSchedule: Hashable, Codable, Sendable {
    /// The highest rate.
    public var peak: Float
    /// The rate at the end, as a fraction of the peak.
    public var finalFraction: Float
    /// Steps until the peak.
    public var warmUpSteps: Int
    /// The step of the lowest rate, kept from there on.
    public var steps: Int

    /// Rises for `warmUpSteps`, ends at `steps`.
    public init(peak: Float, finalFraction: Float, warmUpSteps: Int, steps: Int) {
        self.peak = peak
        self.finalFraction = finalFraction
        self.warmUpSteps = warmUpSteps
        self.steps = steps
    }

    /// The rate of a step; the first is 1.
    public func rate(step: Int) -> Float {
        if step <= warmUpSteps { return peak * Float(step) / Float(warmUpSteps) }
        let progress = Float(min(step, steps) - warmUpSteps) / Float(max(steps - warmUpSteps, 1))
        let cosine = (1 + Float(cos(Double(progress) * Double.pi))) / 2
        return peak * (finalFraction + (1 - finalFraction) * cosine)
    }
}
