internal import Numerics

extension DemonstrationSet {
    /// A number that changes with any change of the demonstrations.
    var digest: UInt64 {
        var fingerprint = Fingerprint()
        for episode in episodes {
            fingerprint.add(episode.observations)
            fingerprint.add(episode.actions)
        }
        return fingerprint.value
    }

    /// Splits off a fraction of the demonstrations at random; at least one, unless the fraction is 0.
    func split(
        heldOutFraction: Double, random: inout RandomStream
    ) throws(PolicyError) -> (kept: [Episode], heldOut: [Episode]) {
        let (kept, heldOut) = try splitNumbers(heldOutFraction: heldOutFraction, random: &random)
        return (kept.map { episodes[$0] }, heldOut.map { episodes[$0] })
    }

    /// The numbers of the demonstrations that ``split(heldOutFraction:random:)`` gives.
    func splitNumbers(
        heldOutFraction: Double, random: inout RandomStream
    ) throws(PolicyError) -> (kept: [Int], heldOut: [Int]) {
        let order = random.permutation(episodes.count)
        let count = heldOutFraction == 0 ? 0 : max(1, Int((Double(episodes.count) * heldOutFraction).rounded()))
        guard count < episodes.count else {
            throw .demonstrations("\(episodes.count) demonstrations are too few to hold \(count) of them out")
        }
        return (order.dropFirst(count).sorted(), order.prefix(count).sorted())
    }
}
