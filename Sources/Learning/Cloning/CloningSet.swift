public import Numerics

/// What a small policy is cloned from: standardised input rows (observation features, base action, phase in the chunk) and
/// the labels that ``Composition/label(demonstrated:base:into:)`` gives.
public final class CloningSet: Sendable {
    /// Input rows of all episodes, one after the other.
    public let inputs: Tensor
    /// One label for each row, each number in −1…1.
    public let labels: Tensor
    /// How many rows each episode has.
    public let episodeLengths: [Int]

    /// Checks sizes and numbers.
    ///
    /// - Throws: ``LearningError`` naming the episode and step at fault.
    public init(inputs: Tensor, labels: Tensor, episodeLengths: [Int]) throws(LearningError) {
        guard !episodeLengths.isEmpty, episodeLengths.allSatisfy({ $0 > 0 }),
            episodeLengths.reduce(0, +) == inputs.rows, labels.rows == inputs.rows
        else {
            throw .demonstrations(
                "\(episodeLengths.count) demonstrations with \(episodeLengths.reduce(0, +)) steps do not fit "
                    + "\(inputs.rows) inputs and \(labels.rows) labels")
        }
        var row = 0
        for (episode, length) in episodeLengths.enumerated() {
            for step in 0..<length {
                guard inputs.view.row(row).allSatisfy(\.isFinite) else {
                    throw .notFinite("an input of demonstration \(episode) at step \(step)")
                }
                guard labels.view.row(row).allSatisfy({ $0 >= -1 && $0 <= 1 }) else {
                    throw .demonstrations(
                        "demonstration \(episode) has a label outside of -1...1, or none, at step \(step)")
                }
                row += 1
            }
        }
        (self.inputs, self.labels, self.episodeLengths) = (inputs, labels, episodeLengths)
    }

    /// A number that changes with any change of the rows.
    var digest: UInt64 {
        var fingerprint = Fingerprint()
        for length in episodeLengths { fingerprint.add(UInt64(length)) }
        for tensor in [inputs, labels] {
            fingerprint.add(UnsafeBufferPointer(start: tensor.base, count: tensor.count))
        }
        return fingerprint.value
    }

    /// Row numbers to learn from and to hold out, split by whole episodes; at least one episode is held out.
    func split(heldOutFraction: Double, random: inout RandomStream) throws(LearningError) -> (kept: [Int], held: [Int])
    {
        let count = max(1, Int((Double(episodeLengths.count) * heldOutFraction).rounded()))
        guard count < episodeLengths.count else {
            throw .demonstrations("\(episodeLengths.count) demonstrations are too few to hold \(count) of them out")
        }
        let out = Set(random.permutation(episodeLengths.count).prefix(count))
        var (kept, held, row) = ([Int](), [Int](), 0)
        for (episode, length) in episodeLengths.enumerated() {
            if out.contains(episode) { held += row..<row + length } else { kept += row..<row + length }
            row += length
        }
        return (kept, held)
    }
}
