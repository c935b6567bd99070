import Robots
import Testing

@testable import Control

/// What the safety filter costs the published operational-space law, on an arm that follows its model exactly.
@Suite struct FilterComparisonTests {
    struct Run {
        var path: [SIMD3<Double>] = []
        var fastest = 0.0
        var phase = StopPhase.ready
        var counts = InterventionCounts()
    }

    enum Drive: CaseIterable { case waypoints, fullScale, withTurns }

    /// The same policy with a filter setting; a policy of waypoints sees the tool, the others do not.
    static func run(_ drive: Drive, _ scaling: SafetyFilter.Scaling) throws -> Run {
        var bench = try Bench()
        bench.loop.core.filter.scaling = scaling
        bench.publish(.beginEpisode)
        bench.run(2)
        let start = bench.show().toolPose.position
        let corners = [SIMD3(0.08, 0.12, 0.06), SIMD3(0.08, -0.12, -0.06), SIMD3(-0.04, 0, 0.1), SIMD3(0.0, 0, 0)]
        var result = Run()
        for index in 0..<80 {
            let tool = bench.show().toolPose.position
            bench.publish(.toolDelta) { setpoint in
                let corner = start + corners[(index / 20) % 4]
                let limit = SIMD3<Double>(repeating: 0.05)
                switch drive {
                case .waypoints:
                    setpoint.translation = (corner - tool).clamped(lowerBound: -limit, upperBound: limit)
                case .fullScale:
                    setpoint.translation.y = (index / 10) % 2 == 0 ? 0.05 : -0.05
                case .withTurns:
                    setpoint.translation = (corner - tool).clamped(lowerBound: -limit, upperBound: limit)
                    setpoint.rotation.z = (index / 5) % 4 == 0 ? 0.5 : (index / 5) % 4 == 2 ? -0.5 : 0
                }
            }
            for _ in 0..<25 {
                bench.step()
                let shown = bench.show()
                result.path.append(shown.toolPose.position)
            }
        }
        result.phase = bench.outcome.phase
        result.counts = bench.show().interventions
        return result
    }

    static func distance(_ a: Run, _ b: Run) -> (mean: Double, largest: Double) {
        let distances = zip(a.path, b.path).map { (($0 - $1) * ($0 - $1)).sum().squareRoot() }
        return (distances.reduce(0, +) / Double(distances.count), distances.max() ?? 0)
    }

    @Test(arguments: Drive.allCases) func stillTracks(drive: Drive) throws {
        let free = try Self.run(drive, .unlimited)
        let filtered = try Self.run(drive, .common)
        let separate = try Self.run(drive, .separate)
        let (mean, largest) = Self.distance(filtered, free)
        let (meanSeparate, largestSeparate) = Self.distance(separate, free)
        let allowed: (mean: Double, largest: Double) =
            switch drive {
            case .waypoints: (0.01, 0.04)
            case .fullScale: (0.005, 0.01)
            case .withTurns: (0.02, 0.04)
            }
        #expect(mean < allowed.mean && largest < allowed.largest)
        #expect(filtered.counts[.acceleration] > 0, "the filter was not idle")
        // Turns ask most of the wrist: limiting it alone bends the path, limiting all joints alike does not.
        if drive == .withTurns { #expect(largest < largestSeparate / 2 && mean < meanSeparate) }
        #expect(filtered.phase == .running && free.phase == .running)
    }
}
