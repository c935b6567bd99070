import Numerics
import Testing

@testable import Policies

struct DemonstrationTests {
    private let layout = ObservationLayout(parts: [
        .init(name: "tool", fields: [.values(1), .quaternion]), .init(name: "object", fields: [.values(2)]),
    ])

    private func message(_ episodes: [DemonstrationSet.Episode], minimum: Int = 1) -> String {
        do {
            _ = try DemonstrationSet(
                layout: layout, actionSize: 2, task: "t", robot: "r", episodes: episodes, minimumEpisodes: minimum)
            return "accepted"
        } catch {
            return error.description
        }
    }

    private func episode(_ observations: [Float], _ actions: [Float]) -> DemonstrationSet.Episode {
        .init(name: "7", observations: observations, actions: actions)
    }

    @Test func faultsAreNamed() {
        let row: [Float] = [0, 0, 0, 0, 1, 2, 3]
        #expect(message([episode(row + row, [0, 1, -1, 0])]) == "accepted")
        #expect(message([], minimum: 3) == "0 demonstrations are too few; at least 3 are needed")
        #expect(
            message([episode(row, [0])])
                == "demonstration '7' has 1 action numbers, which is not a positive multiple of 2")
        #expect(
            message([episode([], [])])
                == "demonstration '7' has 0 action numbers, which is not a positive multiple of 2")
        #expect(
            message([episode(row, [0, 0, 0, 0])])
                == "demonstration '7' has 7 observation numbers for 2 actions; the layout asks for 14")
        #expect(
            message([episode(row + [0, 0, 0, 0, 1, 2, .nan], [0, 0, 0, 0])])
                == "demonstration '7' has a number that is not finite at step 1: observation part 'object', index 1")
        #expect(
            message([episode(row, [0, 1.5])])
                == "demonstration '7' has the action 1.5 at step 0, component 1; actions are normalised to -1...1")
        #expect(message([episode(row, [.nan, 0])]).contains("the action nan at step 0, component 0"))
    }

    @Test func featuresAreColumnsOfTheRotationMatrix() throws {
        let encoder = FeatureEncoder(layout: layout)
        #expect(encoder.size == 9)
        var features = [Float](repeating: 0, count: 9)
        try encoder.encode([5, 0, 0, 0, 1, 2, -3], into: &features)
        #expect(features == [5, 1, 0, 0, 0, 1, 0, 2, -3])
        // A quarter turn about z takes x to y and y to −x.
        let half = Float(0.5).squareRoot()
        try encoder.encode([5, 0, 0, half, half, 2, -3], into: &features)
        for (value, expected) in zip(features, [5, 0, 1, 0, -1, 0, 0, 2, -3] as [Float]) {
            #expect(abs(value - expected) < 1e-6)
        }
    }

    @Test func theSignAndTheLengthOfAQuaternionDoNotMatter() throws {
        let encoder = FeatureEncoder(layout: layout)
        var random = RandomStream(seed: 1)
        for _ in 0..<50 {
            let q = (0..<4).map { _ in random.gaussian() }
            var (one, other) = ([Float](repeating: 0, count: 9), [Float](repeating: 0, count: 9))
            try encoder.encode([0] + q + [0, 0], into: &one)
            try encoder.encode([0] + q.map { $0 * -2 } + [0, 0], into: &other)
            #expect(zip(one, other).allSatisfy { abs($0 - $1) < 1e-5 })
            let (first, second) = (one[1...3], one[4...6])
            #expect(abs(zip(first, first).reduce(0) { $0 + $1.0 * $1.1 } - 1) < 1e-5)
            #expect(abs(zip(first, second).reduce(0) { $0 + $1.0 * $1.1 }) < 1e-5)
        }
    }

    @Test func featuresAreStandardisedWithAFloorAndLimited() throws {
        var random = RandomStream(seed: 2)
        var observations: [Float] = []
        for _ in 0..<2000 { observations += [3 + 2 * random.gaussian(), 0, 0, 0, 1, 7, 0.3 * random.gaussian()] }
        let actions = [Float](repeating: 0, count: 4000)
        let encoder = try FeatureEncoder(layout: layout, fitting: [episode(observations, actions)])
        var features = [Float](repeating: 0, count: 9)
        try encoder.encode([5, 0, 0, 0, 1, 7, -0.3], into: &features)
        #expect(abs(features[0] - 1) < 0.1 && features[7] == 0 && abs(features[8] + 1) < 0.1)
        try encoder.encode([500, 0, 0, 0, 1, 7.005, -0.3], into: &features)
        #expect(features[0] == FeatureEncoder.limit)
        #expect(abs(features[7] - 0.5) < 1e-3)
    }

    @Test func beyondAnEpisodesEndTheLastActionGoesOn() throws {
        let episodes = [
            episode(Array(repeating: [0, 0, 0, 0, 1, 0, 0], count: 3).flatMap { $0 }, [0.1, 0, 0.2, 0, 0.3, 0]),
            episode(Array(repeating: [0, 0, 0, 0, 1, 0, 0], count: 2).flatMap { $0 }, [0.4, 0, 0.5, 0]),
        ]
        let samples = try FlowSamples(
            episodes, layoutSize: 7, encoder: FeatureEncoder(layout: layout),
            scaler: ActionScaler(mean: [0, 0], scale: [1, 1]))
        func chunk(_ step: Int) -> [Float] {
            let (features, chunk) = (Tensor(rows: 1, columns: 9), Tensor(rows: 1, columns: 6))
            samples.copy(step, features: features.base, chunk: chunk.view.row(0))
            return [chunk[0, 0], chunk[0, 2], chunk[0, 4]]
        }
        #expect(samples.count == 5)
        #expect(chunk(0) == [0.1, 0.2, 0.3])
        #expect(chunk(1) == [0.2, 0.3, 0.3])
        #expect(chunk(2) == [0.3, 0.3, 0.3])
        #expect(chunk(3) == [0.4, 0.5, 0.5])
    }
}
