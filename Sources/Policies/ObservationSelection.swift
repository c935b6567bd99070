extension ObservationLayout {
    /// The part that says where objects are, under the name that robomimic gives it.
    public static var objectPart: String { "object" }

    /// The parts that a robot knows of itself: all but ``objectPart``.
    public var withoutObjects: ObservationLayout {
        ObservationLayout(parts: parts.filter { $0.name != Self.objectPart })
    }
}

/// Picks some parts of observations.
public struct ObservationSelection: Sendable {
    private let size: Int
    private let ranges: [Range<Int>]

    /// The parts of `selected`, in the order of `layout`, which has all of them.
    public init(of selected: ObservationLayout, in layout: ObservationLayout) {
        var (ranges, start) = ([Range<Int>](), 0)
        for part in layout.parts {
            if selected.parts.contains(part) { ranges.append(start..<start + part.size) }
            start += part.size
        }
        precondition(ranges.count == selected.parts.count, "a part that the layout does not have")
        self.ranges = ranges
        size = layout.size
    }

    /// What is selected of one observation, or of several that follow each other.
    public func apply(_ observations: [Float]) -> [Float] {
        var result: [Float] = []
        for start in stride(from: 0, to: observations.count, by: size) {
            for range in ranges { result += observations[start + range.lowerBound..<start + range.upperBound] }
        }
        return result
    }
}
