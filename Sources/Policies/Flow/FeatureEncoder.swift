/// Turns observations into what a network is fed.
///
/// Plain numbers stay; a quaternion becomes the first two columns of its rotation matrix (Zhou et al., "On the continuity of
/// rotation representations in neural networks", 2019), which are the same for `q` and `−q`. Then each number is
/// standardised and held within ±``limit``.
public struct FeatureEncoder: Hashable, Sendable {
    /// What an observation is made of.
    public let layout: ObservationLayout
    /// How many features an observation becomes.
    public let size: Int
    /// Subtracted from each feature.
    public private(set) var mean: [Float]
    /// Each feature is divided by it afterwards.
    public private(set) var scale: [Float]

    /// The largest size of a standardised feature.
    public static var limit: Float { 6 }
    /// The smallest scale (m, rad, or none): differences below it are not blown up.
    public static var smallestScale: Float { 0.01 }

    /// Features as they are.
    public init(layout: ObservationLayout) {
        self.layout = layout
        size = layout.featureSize
        mean = Array(repeating: 0, count: size)
        scale = Array(repeating: 1, count: size)
    }

    /// With statistics that were computed before.
    ///
    /// - Precondition: both have as many numbers as the layout has features.
    public init(layout: ObservationLayout, mean: [Float], scale: [Float]) {
        precondition(mean.count == layout.featureSize && scale.count == mean.count, "statistics of another layout")
        self.layout = layout
        size = mean.count
        self.mean = mean
        self.scale = scale
    }

    /// Standardises by the mean and the deviation of the features of these demonstrations.
    init(layout: ObservationLayout, fitting episodes: [DemonstrationSet.Episode]) throws(PolicyError) {
        self.init(layout: layout)
        var sums = Statistics(size: size)
        var row = [Float](repeating: 0, count: size)
        for episode in episodes {
            for step in 0..<episode.observations.count / layout.size {
                try write(episode.observations[...], step * layout.size, into: &row)
                sums.add(row)
            }
        }
        mean = sums.mean
        scale = sums.deviation.map { max($0, Self.smallestScale) }
    }

    /// The standardised features of one observation.
    ///
    /// - Throws: ``PolicyError`` if the observation has another size, is not finite, or has a quaternion of length zero.
    public func encode(_ observation: [Float], into features: inout [Float]) throws(PolicyError) {
        guard observation.count == layout.size else {
            throw .observationSize(expected: layout.size, actual: observation.count)
        }
        try encode(observation[...], 0, into: &features)
    }

    /// The standardised features of the observation that begins at `start`.
    func encode(_ numbers: ArraySlice<Float>, _ start: Int, into features: inout [Float]) throws(PolicyError) {
        try write(numbers, start, into: &features)
        for index in 0..<size {
            features[index] = min(max((features[index] - mean[index]) / scale[index], -Self.limit), Self.limit)
        }
    }

    private func write(_ numbers: ArraySlice<Float>, _ start: Int, into features: inout [Float]) throws(PolicyError) {
        var (from, to) = (start, 0)
        for part in layout.parts {
            let partStart = from
            for field in part.fields {
                for index in from..<from + field.size where !numbers[index].isFinite {
                    throw .observationNotFinite(part: part.name, index: index - partStart)
                }
                switch field {
                case .values(let count):
                    for index in 0..<count { features[to + index] = numbers[from + index] }
                    to += count
                case .quaternion:
                    let wanted = SIMD4(numbers[from], numbers[from + 1], numbers[from + 2], numbers[from + 3])
                    let squares = (wanted * wanted).sum()
                    guard squares > 1e-12 else { throw .observationRotation(part: part.name) }
                    let columns = Self.rotationColumns(wanted / squares.squareRoot())
                    for index in 0..<6 { features[to + index] = columns[index] }
                    to += 6
                }
                from += field.size
            }
        }
    }

    /// The first two columns of the rotation matrix of a unit quaternion x-y-z-w.
    static func rotationColumns(_ q: SIMD4<Float>) -> InlineArray<6, Float> {
        let (x, y, z, w) = (q.x, q.y, q.z, q.w)
        return [
            1 - 2 * (y * y + z * z), 2 * (x * y + w * z), 2 * (x * z - w * y),
            2 * (x * y - w * z), 1 - 2 * (x * x + z * z), 2 * (y * z + w * x),
        ]
    }
}

extension ObservationLayout {
    /// How many features an observation becomes.
    var featureSize: Int {
        parts.reduce(0) { sum, part in
            part.fields.reduce(sum) { $0 + ($1 == .quaternion ? 6 : $1.size) }
        }
    }
}

/// Mean and deviation of rows of numbers (Welford's method).
struct Statistics {
    private var count = 0.0
    private var means: [Double]
    private var squares: [Double]

    init(size: Int) {
        means = Array(repeating: 0, count: size)
        squares = Array(repeating: 0, count: size)
    }

    mutating func add(_ row: some Collection<Float>) {
        count += 1
        for (index, value) in row.enumerated() {
            let difference = Double(value) - means[index]
            means[index] += difference / count
            squares[index] += difference * (Double(value) - means[index])
        }
    }

    var mean: [Float] { means.map { Float($0) } }
    var deviation: [Float] { squares.map { Float(($0 / max(count, 1)).squareRoot()) } }
}
