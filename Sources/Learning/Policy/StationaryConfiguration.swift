internal import Glibc

/// The shape of a ``StationaryNetwork``.
public struct StationaryConfiguration: Hashable, Codable, Sendable {
    /// Widths of the hidden layers before the bottleneck.
    public var hidden: [Int] = [256, 256]
    /// Width of the last layer before the stationary features.
    public var bottleneck = 32
    /// Number of stationary features; even.
    public var features = 64
    /// Logarithm of the inverse length scales at the start. Smaller values make a smoother policy.
    public var logInverseLengthScale: Float = -2
    /// Added to every variance before it is bounded: the deviation is at least `√0.75 · tanh(√varianceFloor)`.
    public var varianceFloor: Float = 0.0016

    /// The shape that worked in experiments on a simulated insertion task.
    public init() {}

    /// Sets ``varianceFloor`` so that no deviation is below this.
    ///
    /// - Parameter deviationFloor: above 0 and below `√0.75`.
    public mutating func take(deviationFloor: Float) {
        let root = atanh(deviationFloor / Float(0.75).squareRoot())
        varianceFloor = root * root
    }

    /// Checks the ranges.
    ///
    /// - Throws: ``LearningError/configuration(_:)``.
    public func check() throws(LearningError) {
        guard hidden.allSatisfy({ (1...8192).contains($0) }), hidden.count <= 16 else {
            throw .configuration("a stationary policy has up to 16 hidden layers of 1 to 8192 units; not \(hidden)")
        }
        guard (1...1024).contains(bottleneck) else {
            throw .configuration("a stationary policy's bottleneck is 1 to 1024 wide; not \(bottleneck)")
        }
        guard (2...1024).contains(features), features % 2 == 0 else {
            throw .configuration("a stationary policy has an even number of features from 2 to 1024; not \(features)")
        }
        guard (-10...3).contains(logInverseLengthScale) else {
            throw .configuration(
                "the logarithm of the inverse length scale is in -10...3; not \(logInverseLengthScale)")
        }
        guard varianceFloor >= 1e-6, varianceFloor <= 0.25 else {
            throw .configuration("a stationary policy's variance floor is in 0.000001...0.25; not \(varianceFloor)")
        }
    }
}
