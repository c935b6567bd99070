import CRealtime

/// A random stream.
struct SplitMix64 {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
    mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }
    mutating func uniform(in range: ClosedRange<Double>) -> Double {
        range.lowerBound + (range.upperBound - range.lowerBound) * uniform()
    }
    mutating func gaussian() -> Double {
        let radius = 1 - uniform()
        return (-2 * logarithm(radius)).squareRoot() * steadyhand_cos(2 * Double.pi * uniform())
    }
    private func logarithm(_ x: Double) -> Double { CRealtime.log(x) }
}
