internal import Glibc

/// Adam with decoupled weight decay (Kingma, Ba 2015; Loshchilov, Hutter 2019) and clipping by the gradient's norm.
public final class Adam: Sendable {
    /// The constants of the method.
    public struct Options: Hashable, Codable, Sendable {
        /// Decay of the first moment.
        public var beta1: Float = 0.9
        /// Decay of the second moment.
        public var beta2: Float = 0.999
        /// Added to the root of the second moment.
        public var epsilon: Float = 1e-8
        /// Fraction of a parameter that is taken away in a step, in units of the learning rate; 0 is plain Adam.
        public var weightDecay: Float = 0
        /// The gradient's largest norm; `infinity` for no clipping.
        public var largestNorm: Float = .infinity

        /// The values that Kingma and Ba recommend; no weight decay and no clipping.
        public init() {}
    }

    /// The constants.
    public let options: Options
    /// Moving average of the gradient.
    public let firstMoment: Parameters
    /// Moving average of its square.
    public let secondMoment: Parameters

    /// Nothing averaged yet.
    public init(layout: ParameterLayout, options: Options) {
        self.options = options
        firstMoment = Parameters(layout: layout)
        secondMoment = Parameters(layout: layout)
    }

    /// Changes `parameters` along `gradients`; `step` counts from 1. Returns the gradient's norm before clipping.
    @discardableResult
    public func update(_ parameters: Parameters, gradients: Parameters, step: Int, learningRate: Float) -> Float {
        let norm = gradients.norm
        let scale = norm > options.largestNorm ? options.largestNorm / norm : 1
        let correction1 = 1 - pow(Double(options.beta1), Double(step))
        let correction2 = (1 - pow(Double(options.beta2), Double(step))).squareRoot()
        Kernels.adam(
            parameters.base, gradient: gradients.base, firstMoment: firstMoment.base, secondMoment: secondMoment.base,
            gradientScale: scale, beta1: options.beta1, beta2: options.beta2,
            rate: Float(Double(learningRate) * correction2 / correction1),
            epsilon: Float(Double(options.epsilon) * correction2), keep: 1 - learningRate * options.weightDecay,
            parameters.count)
        return norm
    }
}
