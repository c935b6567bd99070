internal import Numerics

extension DemonstrationSet {
    /// A number that changes with any change of the demonstrations (FNV-1a over their bits).
    var digest: UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        func add(_ values: [Float]) {
            hash = (hash ^ UInt64(values.count)) &* 0x0000_0100_0000_01b3
            values.withUnsafeBufferPointer { numbers in
                for index in numbers.indices {
                    hash = (hash ^ UInt64(numbers[index].bitPattern)) &* 0x0000_0100_0000_01b3
                }
            }
        }
        for episode in episodes {
            add(episode.observations)
            add(episode.actions)
        }
        return hash
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
