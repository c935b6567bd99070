import Numerics
import Realtime
import Testing

@testable import Policies

/// How many allocations `body` makes on this thread, beside what ten earlier calls needed to warm up.
func allocations(_ body: () throws -> Void) throws -> UInt64 {
    for _ in 0..<10 { try body() }
    let before = AllocationCounter.threadCount()
    for _ in 0..<100 { try body() }
    let after = AllocationCounter.threadCount()
    return try #require(after) - #require(before)
}

struct AllocationTests {
    @Test func aForwardPassAllocatesNothing() throws {
        let network = VelocityNetwork(configuration: TwoWays.shape, actionSize: 2, featureSize: 7)
        let parameters = Parameters(layout: network.layout)
        let workspace = VelocityNetwork.Workspace(network, rows: 1)
        let count = try allocations {
            network.setTime(0.5, row: 0, workspace)
            network.forward(parameters, rows: 1, workspace)
        }
        #expect(count == 0)
    }

    /// The counter sees what it should: an array is an allocation.
    @Test func anArrayIsCounted() throws {
        var kept: [[Int]] = Array(repeating: [], count: 200)
        var index = 0
        let count = try allocations {
            kept[index] = Array(repeating: 0, count: index + 1)
            index += 1
        }
        #expect(count >= 100)
    }

    @Test func anUpdateAllocatesNothing() throws {
        let trainer = try TwoWays.trainer(try TwoWays.demonstrations(20, seed: 5), steps: 200)
        let count = try allocations { _ = try trainer.update() }
        #expect(count == 0)
    }
}
