/// The values that a categorical critic spreads its probability over: evenly spaced atoms (Bellemare, Dabney, Munos, "A
/// distributional perspective on reinforcement learning", 2017).
struct ValueSupport: Hashable, Codable, Sendable {
    /// The first atom.
    let lower: Float
    /// The last atom.
    let upper: Float
    /// How many.
    var atoms = 101

    /// From one atom to the next.
    var spacing: Float { (upper - lower) / Float(atoms - 1) }

    func atom(_ index: Int) -> Float { lower + Float(index) * spacing }

    /// The mean of a distribution.
    func mean(_ probabilities: UnsafePointer<Float>) -> Float {
        var sum: Float = 0
        for index in 0..<atoms { sum += probabilities[index] * Float(index) }
        return lower + sum * spacing
    }

    /// The distribution of `reward + discount · (value − cost)` on the same atoms: each atom's probability goes to the two
    /// nearest ones of where it comes to lie, in such shares that the mean stays; beyond the ends it goes to the end.
    func project(
        _ probabilities: UnsafePointer<Float>, reward: Float, discount: Float, cost: Float,
        into result: UnsafeMutablePointer<Float>
    ) {
        result.update(repeating: 0, count: atoms)
        let last = Float(atoms - 1)
        for index in 0..<atoms {
            let value = reward + discount * (atom(index) - cost)
            let place = min(max((value - lower) / spacing, 0), last)
            let below = place.rounded(.down)
            let (first, share) = (Int(below), place - below)
            result[first] += probabilities[index] * (1 - share)
            if share > 0 { result[first + 1] += probabilities[index] * share }
        }
    }
}
