internal import Glibc
public import Policies

/// Shows small differences of positions: for every standardised number `z` of an observation that is no rotation, the pairs
/// `sin(π·2ᵏ·z)` and `cos(π·2ᵏ·z)` for so many octaves `k = 0, 1, …`.
///
/// A hole with a few millimetres of play lies within a hundredth of the range that positions have over a task; a network that
/// sees the range alone takes very long to tell one side of the hole from the other (Tancik et al., "Fourier features let
/// networks learn high frequency functions in low dimensional domains", 2020).
public struct DetailEncoding: Hashable, Sendable {
    /// How many octaves; 0 shows nothing.
    public let octaves: Int
    /// Which of the features are shown in detail.
    public let places: [Int]

    /// For the features that a `FeatureEncoder` makes of this layout.
    public init(layout: ObservationLayout, octaves: Int) {
        var (places, place) = ([Int](), 0)
        for field in layout.parts.flatMap(\.fields) {
            switch field {
            case .values(let count):
                places += place..<place + count
                place += count
            case .quaternion: place += 6
            }
        }
        self.octaves = octaves
        self.places = places
    }

    /// How many numbers there are.
    public var size: Int { 2 * octaves * places.count }

    /// Writes ``size`` numbers for standardised features.
    public func write(_ features: UnsafePointer<Float>, into detail: UnsafeMutablePointer<Float>) {
        var index = 0
        for place in places {
            var angle = Float.pi * features[place]
            for _ in 0..<octaves {
                detail[index] = sin(angle)
                detail[index + 1] = cos(angle)
                angle *= 2
                index += 2
            }
        }
    }

    /// Puts detail behind a standardised row.
    public func expand(
        _ plain: UnsafeMutableBufferPointer<Float>, into row: UnsafeMutableBufferPointer<Float>
    ) {
        precondition(row.count == plain.count + size, "detail: a row of another size")
        guard let from = plain.baseAddress, let to = row.baseAddress else { return }
        to.update(from: from, count: plain.count)
        write(from, into: to + plain.count)
    }
}
