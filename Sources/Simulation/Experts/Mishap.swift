internal import Numerics

/// A mistake that a scripted expert makes on purpose, as people make it by accident: the hand closes on nothing, the
/// needle meets the ring's edge, the lid falls open again.
///
/// What comes after it is what demonstrations are to show: a policy that has only seen attempts that went well does not
/// know how to begin again.
enum Mishap {
    /// How often each mistake is made where it can be made.
    static let probability = 0.15

    /// Whether it happens this time.
    static func happens(_ random: inout RandomStream) -> Bool { random.uniform(0, 1) < probability }

    /// How a hand that comes down misses an object.
    enum Grasp {
        /// It closes over the object, by this much higher than it should (m).
        case above(Double)
        /// It closes beside the object, this far along the tool's x axis (m).
        case beside(Double)

        /// Now and then one of the two, and mostly none.
        static func draw(
            above: ClosedRange<Double>, beside: ClosedRange<Double>, _ random: inout RandomStream
        ) -> Grasp? {
            guard Mishap.happens(&random) else { return nil }
            return random.uniform(0, 1) < 0.5
                ? .above(random.uniform(above))
                : .beside(random.uniform(beside))
        }
    }
}

extension Mishap.Grasp? {
    /// How much higher than it should the hand is, m.
    var above: Double { if case .above(let height) = self { height } else { 0 } }
    /// How far beside the object the hand is, m.
    var beside: Double { if case .beside(let distance) = self { distance } else { 0 } }
}
