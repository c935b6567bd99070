import Foundation
import Numerics
import Realtime
import Testing

@testable import Learning

/// How many allocations 50 calls make on this thread, after ten that warm up.
func allocations(_ body: () throws -> Void) throws -> UInt64 {
    for _ in 0..<10 { try body() }
    let before = AllocationCounter.threadCount()
    for _ in 0..<50 { try body() }
    let after = AllocationCounter.threadCount()
    return try #require(after) - #require(before)
}

struct StationaryPolicyTests {
    private func network() -> StationaryNetwork {
        StationaryNetwork(configuration: StationaryConfiguration(), inputs: 21, actionSize: 7)
    }

    private func parameters(_ network: StationaryNetwork, seed: UInt64) -> Parameters {
        var random = RandomStream(seed: seed)
        let parameters = Parameters(layout: network.layout)
        network.initialise(parameters, random: &random)
        for index in 0..<parameters.count { parameters.base[index] += 0.02 * random.gaussian() }
        return parameters
    }

    private func row(_ seed: UInt64) -> [Float] {
        var random = RandomStream(seed: seed)
        return (0..<21).map { _ in random.gaussian() }
    }

    /// One row alone and the same row in a batch agree.
    @Test func oneRowAgreesWithABatch() {
        let network = network()
        let parameters = parameters(network, seed: 1)
        let policy = StationaryPolicy(network: network, parameters: parameters, version: 3)
        let workspace = StationaryNetwork.Workspace(network, rows: 8)
        let input = Tensor(rows: 8, columns: 21)
        for index in 0..<8 { input.copy(from: row(UInt64(index)), at: index * 21) }
        network.prepare(parameters, workspace)
        network.forward(parameters, input.view, workspace)
        for index in 0..<8 {
            row(UInt64(index)).withUnsafeBufferPointer { policy.observe($0) }
            for dimension in 0..<7 {
                #expect(abs(policy.mean(dimension) - workspace.mean[index, dimension]) < 1e-5)
                #expect(abs(policy.deviation(dimension) - workspace.deviation[index, dimension]) < 1e-5)
            }
        }
        #expect(policy.version == 3)
    }

    @Test func samplesHaveTheirDensity() {
        let network = network()
        let policy = StationaryPolicy(network: network, parameters: parameters(network, seed: 2), version: 0)
        row(1).withUnsafeBufferPointer { policy.observe($0) }
        var random = RandomStream(seed: 9)
        var action = [Float](repeating: 0, count: 7)
        let draws = 20_000
        var (sum, square) = (0.0, 0.0)
        for _ in 0..<draws {
            action.withUnsafeMutableBufferPointer { policy.sample(into: $0, random: &random) }
            #expect(action.allSatisfy { abs($0) <= 0.97 })
            let standard = Double((atanh(action[0]) - policy.mean(0)) / policy.deviation(0))
            sum += standard
            square += standard * standard
        }
        #expect(abs(sum / Double(draws)) < 0.03)
        #expect(abs(square / Double(draws) - 1) < 0.05)
        action.withUnsafeMutableBufferPointer { policy.mode(into: $0) }
        let peak = action.withUnsafeBufferPointer { policy.logDensity(of: $0) }
        #expect(peak.isFinite)
        #expect(abs(Double(action[3]) - tanh(Double(policy.mean(3)))) < 1e-6)
    }

    @Test func divergenceIsZeroFromItself() {
        let network = network()
        let first = StationaryPolicy(network: network, parameters: parameters(network, seed: 3), version: 0)
        let second = StationaryPolicy(network: network, parameters: parameters(network, seed: 4), version: 0)
        row(5).withUnsafeBufferPointer {
            first.observe($0)
            second.observe($0)
        }
        #expect(abs(first.divergence(from: first)) < 1e-9)
        #expect(first.divergence(from: second) > 0)
        second.take(parameters(network, seed: 3), version: 8)
        row(5).withUnsafeBufferPointer { second.observe($0) }
        #expect(abs(first.divergence(from: second)) < 1e-9)
        #expect(second.version == 8)
    }

    @Test func askingAllocatesNothing() throws {
        let network = network()
        let parameters = parameters(network, seed: 6)
        let policy = StationaryPolicy(network: network, parameters: parameters, version: 0)
        let row = row(7)
        var action = [Float](repeating: 0, count: 7)
        var random = RandomStream(seed: 1)
        func ask() {
            row.withUnsafeBufferPointer { policy.observe($0) }
            action.withUnsafeMutableBufferPointer { policy.sample(into: $0, random: &random) }
            _ = action.withUnsafeBufferPointer { policy.logDensity(of: $0) }
            policy.take(parameters, version: 1)
        }
        #expect(try allocations(ask) == 0)
    }
}
