/// What a policy's answers have taken lately, in control steps.
///
/// The estimate is the longest of them, not their mean: a chunk that comes later than was reckoned with leaves a gap or a jump, one
/// that comes earlier only waits.
struct RecentDelays: Sendable {
    /// How many answers are remembered.
    static let count = 10

    private var delays: [Int] = []
    private var next = 0

    /// The longest; nil before the first.
    var longest: Int? { delays.max() }

    /// Notes what an answer took; the oldest one is forgotten.
    mutating func add(_ delay: Int) {
        if delays.count < Self.count {
            delays.append(delay)
        } else {
            delays[next] = delay
        }
        next = (next + 1) % Self.count
    }
}
