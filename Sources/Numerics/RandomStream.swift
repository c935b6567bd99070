internal import Glibc

/// A stream of random numbers that is a pure function of its key and its position.
///
/// The generator is Philox 4×32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011):
/// the state is a key and a counter, so it is small, can be saved and restored, and any number of independent streams
/// come from one seed. Equal streams give equal numbers in every build on a machine.
public struct RandomStream: BitwiseCopyable, Hashable, Codable, Sendable {
    /// The key: which sequence it is.
    public private(set) var key: UInt64
    /// The upper half of the counter: which of the key's streams it is.
    public private(set) var stream: UInt64
    /// How many 32-bit words were drawn.
    public private(set) var position: UInt64

    private var block = SIMD4<UInt32>()

    /// The stream that a seed names.
    public init(seed: UInt64) {
        self.init(key: seed, stream: 0, position: 0)
    }

    /// A stream at a position, as saved from ``key``, ``stream`` and ``position``.
    public init(key: UInt64, stream: UInt64, position: UInt64) {
        self.key = key
        self.stream = stream
        self.position = position
        if position % 4 != 0 { block = Self.philox(counter: Self.counter(position / 4, stream), key: Self.halves(key)) }
    }

    /// The stream for one purpose: `indices` name it (episode number, worker, …). Different indices give independent
    /// streams, and so does a different number of them.
    public static func derived(from seed: UInt64, _ indices: UInt64...) -> RandomStream {
        indices.reduce(RandomStream(seed: seed)) { $0.derived($1) }
    }

    /// A stream independent of this one and of those with another index; the position does not matter.
    public func derived(_ index: UInt64) -> RandomStream {
        // The flipped stream number keeps these counters away from those that give numbers.
        let child = Self.philox(counter: Self.counter(index, ~stream), key: Self.halves(key))
        return RandomStream(
            key: UInt64(child.x) | UInt64(child.y) << 32,
            stream: (UInt64(child.z) | UInt64(child.w) << 32) >> 1, position: 0)
    }

    /// The next 32 random bits.
    public mutating func nextWord() -> UInt32 {
        let lane = Int(truncatingIfNeeded: position & 3)
        if lane == 0 { block = Self.philox(counter: Self.counter(position >> 2, stream), key: Self.halves(key)) }
        position &+= 1
        return block[lane]
    }

    /// Uniform in [0, 1), with 24 bits.
    public mutating func uniform() -> Float {
        Float(nextWord() >> 8) * 0x1p-24
    }

    /// Uniform in [0, 1), with 53 bits.
    public mutating func uniformDouble() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    /// Uniform in [lower, upper).
    public mutating func uniform(_ lower: Double, _ upper: Double) -> Double {
        lower + (upper - lower) * uniformDouble()
    }

    /// Uniform in a range, without its upper end.
    public mutating func uniform(_ range: ClosedRange<Double>) -> Double {
        uniform(range.lowerBound, range.upperBound)
    }

    /// Gaussian with mean 0 and standard deviation 1 (Box–Muller; takes two words).
    public mutating func gaussian() -> Float {
        Float(gaussianPair().0)
    }

    /// Gaussian with mean 0 and standard deviation 1, never farther out than 6.7 (the granularity of 32 bits).
    public mutating func gaussianDouble() -> Double {
        gaussianPair().0
    }

    /// Fills `values` with independent standard Gaussians; two for every two words, so not the sequence of ``gaussian()``.
    public mutating func fillGaussian(_ values: UnsafeMutableBufferPointer<Float>) {
        var index = 0
        while index + 1 < values.count {
            let pair = gaussianPair()
            values[index] = Float(pair.0)
            values[index + 1] = Float(pair.1)
            index += 2
        }
        if index < values.count { values[index] = gaussian() }
    }

    /// A uniform integer in 0..<bound, without bias (Lemire, "Fast random integer generation in an interval", 2019).
    ///
    /// - Precondition: `bound` is in 1...2³².
    public mutating func integer(below bound: Int) -> Int {
        precondition(bound > 0 && bound <= 1 << 32, "a bound must be in 1...2^32")
        let wide = UInt64(bound)
        var product = UInt64(nextWord()) &* wide
        if product & 0xffff_ffff < wide {
            let threshold = (1 << 32) % wide
            while product & 0xffff_ffff < threshold { product = UInt64(nextWord()) &* wide }
        }
        return Int(product >> 32)
    }

    /// The numbers 0..<count in random order (Fisher–Yates).
    public mutating func permutation(_ count: Int) -> [Int] {
        var order = Array(0..<count)
        shuffle(&order)
        return order
    }

    /// Puts `values` in random order (Fisher–Yates), in place.
    public mutating func shuffle<Element>(_ values: inout [Element]) {
        guard values.count > 1 else { return }
        for last in stride(from: values.count - 1, to: 0, by: -1) {
            values.swapAt(last, integer(below: last + 1))
        }
    }

    /// Two streams are equal when they will give the same numbers.
    public static func == (left: RandomStream, right: RandomStream) -> Bool {
        left.key == right.key && left.stream == right.stream && left.position == right.position
    }

    /// Hashes what ``==(_:_:)`` compares.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(key)
        hasher.combine(stream)
        hasher.combine(position)
    }

    private mutating func gaussianPair() -> (Double, Double) {
        let radius = (-2 * log((Double(nextWord()) + 1) * 0x1p-32)).squareRoot()
        let angle = Double(nextWord()) * (2 * Double.pi * 0x1p-32)
        return (radius * cos(angle), radius * sin(angle))
    }
}

extension RandomStream: RandomNumberGenerator {
    /// The next 64 random bits.
    public mutating func next() -> UInt64 {
        let low = UInt64(nextWord())
        return low | UInt64(nextWord()) << 32
    }
}

extension RandomStream {
    private enum CodingKeys: String, CodingKey { case key, stream, position }

    /// Restores a saved stream.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            key: try values.decode(UInt64.self, forKey: .key), stream: try values.decode(UInt64.self, forKey: .stream),
            position: try values.decode(UInt64.self, forKey: .position))
    }

    /// Saves the key, the stream and the position.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(key, forKey: .key)
        try values.encode(stream, forKey: .stream)
        try values.encode(position, forKey: .position)
    }
}

extension RandomStream {
    /// Ten rounds of Philox 4×32.
    static func philox(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
        var (c0, c1, c2, c3) = (counter.x, counter.y, counter.z, counter.w)
        var (k0, k1) = (key.x, key.y)
        for _ in 0..<10 {
            let even = UInt64(0xd251_1f53) &* UInt64(c0)
            let odd = UInt64(0xcd9e_8d57) &* UInt64(c2)
            (c0, c1, c2, c3) = (
                UInt32(odd >> 32) ^ c1 ^ k0, UInt32(truncatingIfNeeded: odd),
                UInt32(even >> 32) ^ c3 ^ k1, UInt32(truncatingIfNeeded: even)
            )
            k0 &+= 0x9e37_79b9
            k1 &+= 0xbb67_ae85
        }
        return SIMD4(c0, c1, c2, c3)
    }

    private static func counter(_ low: UInt64, _ high: UInt64) -> SIMD4<UInt32> {
        let (lower, upper) = (halves(low), halves(high))
        return SIMD4(lower.x, lower.y, upper.x, upper.y)
    }

    private static func halves(_ word: UInt64) -> SIMD2<UInt32> {
        SIMD2(UInt32(truncatingIfNeeded: word), UInt32(word >> 32))
    }
}
