internal import Glibc

/// Sines and cosines of a time in 0…1 at geometrically spaced periods.
///
/// The periods run from 0.004 to 4, as in openpi's `posemb_sincos` for flow-matching times.
public struct TimeEmbedding: Hashable, Sendable {
    /// How many numbers a time becomes; even.
    public let size: Int

    /// - Precondition: `size` is even and at least 4.
    public init(size: Int) {
        precondition(size >= 4 && size % 2 == 0, "a time embedding has an even size of at least 4")
        self.size = size
    }

    /// Writes first the sines, then the cosines to `output`.
    public func embed(_ time: Float, into output: UnsafeMutablePointer<Float>) {
        let half = size / 2
        var angularFrequency = 2 * Double.pi / 0.004
        let ratio = pow(0.001, 1 / Double(half - 1))
        for index in 0..<half {
            output[index] = Float(sin(Double(time) * angularFrequency))
            output[half + index] = Float(cos(Double(time) * angularFrequency))
            angularFrequency *= ratio
        }
    }
}
