import Foundation
import Realtime
import Testing

@testable import Runtime

@Suite struct TimingFileTests {
    private func timing(cycles: UInt64, p99: Double, lost: UInt64) throws -> TimingFile {
        let latency = """
            {"count": \(cycles), "p50": 1, "p99": \(p99), "p999": 9, "maximum": 20, "mean": \(p99 / 2)}
            """
        let counts = """
            "replies": 90, "lost": \(lost), "late": 1, "corrupted": 2, "complaints": 3
            """
        let bus = """
            {"device": "arm", "requests": 100, "resyncs": 4, \(counts),
             "motors": [{"joint": "elbow", "id": 3, \(counts)}]}
            """
        let text = """
            {"cycles": \(cycles), "overruns": 1, "wake": \(latency), "step": \(latency), "control": \(latency),
             "buses": [\(bus)], "leaderBuses": [\(bus)]}
            """
        return try JSONDecoder().decode(TimingFile.self, from: Data(text.utf8))
    }

    /// A recording that is gone on with in several sessions is one run.
    @Test func sessionsAreAddedUp() throws {
        let sum = try timing(cycles: 100, p99: 4, lost: 5) + timing(cycles: 300, p99: 2, lost: 6)
        #expect(sum.cycles == 400 && sum.overruns == 2 && sum.allocations == nil)
        #expect(sum.wake.count == 400 && sum.wake.p99 == 4 && sum.wake.mean == 1.25)
        let bus = try #require(sum.buses?.first)
        #expect(bus.requests == 200 && bus.lost == 11 && bus.complaints == 6)
        #expect(bus.motors.first?.lost == 11 && bus.motors.first?.complaints == 6)
        // The leader is read through all of them.
        #expect(sum.leaderBuses?.first?.lost == 6)
    }
}
