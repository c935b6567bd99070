/// Counts of durations in log-linear buckets: exact below 128 ns, then within 0.8 % up to 137 s, in 31 kB.
///
/// The buckets are those of HdrHistogram with 7 bits of precision: each power of two is cut in 128 equal parts. The
/// memory is taken when the histogram is made; recording is one addition.
public struct LatencyHistogram: ~Copyable, @unchecked Sendable {
    static let precision = 7
    static let partsPerOctave = 1 << 7
    static let octaves = 30
    static let bucketCount = (1 + 30) * 128
    /// The longest duration with a bucket of its own size; longer ones count in the last bucket, and `maximum` keeps
    /// them.
    public static let longest: UInt64 = 1 << 37 - 1

    private let buckets: UnsafeMutablePointer<UInt64>
    /// Durations recorded.
    public private(set) var count: UInt64 = 0
    /// The longest duration recorded, in nanoseconds, exactly.
    public private(set) var maximum: UInt64 = 0
    private var total: Double = 0

    /// An empty histogram.
    public init() {
        buckets = UnsafeMutablePointer<UInt64>.allocate(capacity: Self.bucketCount)
        buckets.initialize(repeating: 0, count: Self.bucketCount)
    }

    deinit {
        buckets.deallocate()
    }

    /// Counts a duration.
    @_noLocks
    public mutating func record(nanoseconds: UInt64) {
        buckets[Self.bucket(of: nanoseconds)] &+= 1
        count &+= 1
        if nanoseconds > maximum { maximum = nanoseconds }
        total += Double(nanoseconds)
    }

    /// Forgets everything.
    @_noLocks
    public mutating func reset() {
        var index = 0
        while index < Self.bucketCount {
            buckets[index] = 0
            index &+= 1
        }
        count = 0
        maximum = 0
        total = 0
    }

    /// Adds what `other` has counted.
    @_noLocks
    public mutating func merge(_ other: borrowing LatencyHistogram) {
        var index = 0
        while index < Self.bucketCount {
            buckets[index] &+= other.buckets[index]
            index &+= 1
        }
        count &+= other.count
        if other.maximum > maximum { maximum = other.maximum }
        total += other.total
    }

    /// The arithmetic mean in nanoseconds; 0 when nothing was recorded.
    public var mean: Double {
        @_noLocks get { count == 0 ? 0 : total / Double(count) }
    }

    /// The smallest duration (nanoseconds, to the bucket's precision) that at least `fraction` of all recorded ones do
    /// not exceed: the nearest-rank percentile. 0 when nothing was recorded.
    ///
    /// - Parameter fraction: 0...1; 0.5 is the median, and 1 the exact maximum.
    @_noLocks
    public func percentile(_ fraction: Double) -> Double {
        if count == 0 { return 0 }
        if fraction >= 1 { return Double(maximum) }
        let rank = max(fraction, 0) * Double(count)
        var seen: UInt64 = 0
        var index = 0
        while index < Self.bucketCount {
            seen &+= buckets[index]
            if seen > 0 && Double(seen) >= rank { return min(Self.middle(ofBucket: index), Double(maximum)) }
            index &+= 1
        }
        return Double(maximum)
    }

    /// The figures one quotes.
    public var summary: LatencySummary {
        LatencySummary(
            count: count, p50: percentile(0.5) / 1000, p99: percentile(0.99) / 1000, p999: percentile(0.999) / 1000,
            maximum: Double(maximum) / 1000, mean: mean / 1000)
    }

    /// The bucket that counts `nanoseconds`.
    @_noLocks
    static func bucket(of nanoseconds: UInt64) -> Int {
        if nanoseconds < 128 { return Int(truncatingIfNeeded: nanoseconds) }
        let value = min(nanoseconds, 1 << 37 - 1)
        let octave = 63 - value.leadingZeroBitCount - 7
        return (octave &<< 7) &+ Int(truncatingIfNeeded: value &>> UInt64(octave))
    }

    /// The middle of the durations that bucket `index` counts, in nanoseconds.
    @_noLocks
    static func middle(ofBucket index: Int) -> Double {
        if index < 256 { return Double(index) }
        let octave = (index &>> 7) &- 1
        let width = 1 &<< octave
        let first = (128 &+ (index & 127)) &<< octave
        return Double(first) + Double(width - 1) / 2
    }
}

/// The figures of a ``LatencyHistogram`` one quotes; durations in microseconds.
public struct LatencySummary: Codable, Hashable, Sendable {
    /// Durations recorded. When 0, all the others are 0.
    public var count: UInt64
    /// The median, µs.
    public var p50: Double
    /// 99 % are no longer, µs.
    public var p99: Double
    /// 99.9 % are no longer, µs.
    public var p999: Double
    /// The longest, µs.
    public var maximum: Double
    /// The arithmetic mean, µs.
    public var mean: Double

    /// A summary of given figures.
    public init(count: UInt64, p50: Double, p99: Double, p999: Double, maximum: Double, mean: Double) {
        self.count = count
        self.p50 = p50
        self.p99 = p99
        self.p999 = p999
        self.maximum = maximum
        self.mean = mean
    }
}
