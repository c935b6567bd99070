import Numerics
import Testing

@testable import Learning

struct ValueSupportTests {
    private let support = ValueSupport(lower: -2, upper: 3)

    private func project(_ probabilities: [Float], reward: Float, discount: Float, cost: Float) -> [Float] {
        var result = [Float](repeating: .nan, count: support.atoms)
        result.withUnsafeMutableBufferPointer { result in
            guard let target = result.baseAddress else { return }
            support.project(probabilities, reward: reward, discount: discount, cost: cost, into: target)
        }
        return result
    }

    private func distribution(_ random: inout RandomStream) -> [Float] {
        let values = (0..<support.atoms).map { _ in Float(random.uniform(0, 1)) }
        return values.map { $0 / values.reduce(0, +) }
    }

    @Test func atoms() {
        #expect(support.atoms == 101 && support.atom(0) == -2 && abs(support.atom(100) - 3) < 1e-6)
        #expect(abs(support.spacing - 0.05) < 1e-7)
        var certain = [Float](repeating: 0, count: 101)
        certain[60] = 1
        #expect(abs(support.mean(certain) - 1) < 1e-6)
    }

    /// Whatever comes, the probabilities add up to one; where nothing is beyond the ends, the mean is the targets'.
    @Test(arguments: 1...30 as ClosedRange<UInt64>)
    func massAndMean(seed: UInt64) {
        var random = RandomStream(seed: seed)
        let values = distribution(&random)
        let wild = project(
            values, reward: Float(random.uniform(-9, 9)), discount: 0.97, cost: Float(random.uniform(0, 2)))
        #expect(abs(wild.reduce(0, +) - 1) < 1e-5 && wild.allSatisfy { $0 >= 0 })
        let (reward, discount, cost) = (
            Float(random.uniform(-0.1, 0.1)), Float(0.9), Float(random.uniform(-0.05, 0.05))
        )
        let tame = project(values, reward: reward, discount: discount, cost: cost)
        #expect(abs(tame.reduce(0, +) - 1) < 1e-5)
        #expect(abs(support.mean(tame) - (reward + discount * (support.mean(values) - cost))) < 1e-4)
    }

    /// An end with a reward on an atom is that atom; between two atoms it is both; beyond the ends it is the end.
    @Test func ends() {
        var random = RandomStream(seed: 1)
        let values = distribution(&random)
        let on = project(values, reward: 1, discount: 0, cost: 5)
        #expect(abs(on[60] - 1) < 1e-4)
        let between = project(values, reward: 1.0125, discount: 0, cost: 5)
        #expect(abs(between[60] - 0.75) < 1e-3 && abs(between[61] - 0.25) < 1e-3)
        #expect(abs(project(values, reward: 70, discount: 0, cost: 0)[100] - 1) < 1e-5)
        #expect(abs(project(values, reward: -70, discount: 0.5, cost: 0)[0] - 1) < 1e-5)
    }

    /// Nothing earned and nothing discounted leaves a distribution as it is.
    @Test func identity() {
        var random = RandomStream(seed: 2)
        let values = distribution(&random)
        let same = project(values, reward: 0, discount: 1, cost: 0)
        for index in 0..<101 { #expect(abs(same[index] - values[index]) < 1e-5) }
    }
}
