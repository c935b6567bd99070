import Foundation
import Numerics
import Testing

@testable import Policies

/// A task with two right answers: from a start on the x axis, go up or down, chosen by a coin, to (x, ±0.5).
enum TwoWays {
    static let layout = ObservationLayout(parts: [
        .init(name: "place", fields: [.values(1)]), .init(name: "hand", fields: [.quaternion]),
    ])

    static func demonstrations(_ count: Int, seed: UInt64) throws -> DemonstrationSet {
        var random = RandomStream(seed: seed)
        var episodes: [DemonstrationSet.Episode] = []
        for number in 0..<count {
            let place = Float(random.uniform(-0.5, 0.5))
            let way: Float = random.integer(below: 2) == 0 ? 0.5 : -0.5
            var (observations, actions): ([Float], [Float]) = ([], [])
            for step in 1...4 {
                observations += [place, 0, 0, 0, 1]
                actions.append(place + 0.02 * random.gaussian())
                actions.append(way * Float(step) / 4 + 0.02 * random.gaussian())
            }
            episodes.append(.init(name: "demo_\(number)", observations: observations, actions: actions))
        }
        return try DemonstrationSet(
            layout: layout, actionSize: 2, task: "two-ways", robot: "point", episodes: episodes, minimumEpisodes: 10)
    }

    static let shape = FlowConfiguration(horizon: 4, hidden: 48, blocks: 2, condition: 32, timeFeatures: 16)

    static func trainer(
        _ demonstrations: DemonstrationSet, steps: Int, workers: Int = 1, seed: UInt64 = 3
    ) throws -> FlowTrainer {
        try FlowTrainer(
            configuration: shape,
            training: FlowTraining(
                steps: steps, batchSize: 64, learningRate: 3e-3, warmUpSteps: 20, averageDecay: 0.99, workers: workers),
            demonstrations: demonstrations, seed: seed)
    }
}

func temporaryFolder() throws -> String {
    let path = NSTemporaryDirectory() + "steadyhand-policies-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    return path
}

func bytes(_ path: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path)) }

struct FlowTrainerTests {
    /// A policy that learned only the mean would go straight on; one that fell into a mode would always go the same way.
    @Test(arguments: [1, 2] as [UInt64])
    func bothWaysAreLearned(seed: UInt64) throws {
        let trainer = try TwoWays.trainer(try TwoWays.demonstrations(300, seed: seed), steps: 700, seed: seed)
        let before = try #require(trainer.heldOutLoss())
        var reports: [FlowTrainer.Progress] = []
        try trainer.train(reportingEvery: 350) {
            reports.append($0)
            return true
        }
        #expect(reports.map(\.step) == [350, 700])
        let after = try #require(reports.last?.heldOutLoss)
        #expect(after < 0.6 * before)
        let policy = try trainer.policy()
        var random = RandomStream(seed: 9)
        var (up, down) = (0, 0)
        for number in 0..<200 {
            let place = Float(number % 21) / 25 - 0.4
            let chunk = try policy.propose(observation: [place, 0, 0, 0, 1], step: number, random: &random)
            #expect(chunk.actions.count == 4 && chunk.policyVersion == 700 && chunk.step == number)
            let last = chunk.actions[3]
            if abs(last[0] - place) < 0.2 && abs(last[1] - 0.5) < 0.2 { up += 1 }
            if abs(last[0] - place) < 0.2 && abs(last[1] + 0.5) < 0.2 { down += 1 }
        }
        #expect(up + down >= 170, "\(up) up and \(down) down of 200")
        #expect(min(up, down) >= 60, "\(up) up and \(down) down of 200")
    }

    @Test(arguments: [1, 2])
    func aResumedTrainingGivesTheSameBytes(workers: Int) throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let demonstrations = try TwoWays.demonstrations(40, seed: 5)
        func trained(_ steps: Int, from checkpoint: String?, to name: String) throws {
            let trainer = try TwoWays.trainer(demonstrations, steps: 60, workers: workers)
            if let checkpoint { try trainer.resume(from: folder + "/" + checkpoint) }
            for _ in 0..<steps { try trainer.update() }
            try trainer.save(to: folder + "/" + name)
        }
        try trained(60, from: nil, to: "straight")
        try trained(30, from: nil, to: "half")
        try trained(30, from: "half", to: "resumed")
        for file in [FlowTrainer.fileName, FlowPolicy.fileName] {
            #expect(try bytes(folder + "/straight/" + file) == bytes(folder + "/resumed/" + file))
            #expect(try bytes(folder + "/straight/" + file) != bytes(folder + "/half/" + file))
        }
    }

    @Test func theHeldOutLossIsAFunctionOfTheWeightsAlone() throws {
        let trainer = try TwoWays.trainer(try TwoWays.demonstrations(40, seed: 5), steps: 60)
        #expect(trainer.heldOutEpisodes == 4 && trainer.sampleCount == 36 * 4)
        #expect(trainer.heldOutLoss() == trainer.heldOutLoss())
        let before = trainer.heldOutLoss()
        try trainer.update()
        #expect(trainer.heldOutLoss() != before)
    }

    @Test func twoWorkersDrawTheSameSamplesAsOne() throws {
        let demonstrations = try TwoWays.demonstrations(40, seed: 5)
        let (one, two) = (
            try TwoWays.trainer(demonstrations, steps: 60), try TwoWays.trainer(demonstrations, steps: 60, workers: 2)
        )
        for _ in 0..<3 {
            let losses = (try one.update(), try two.update())
            #expect(abs(losses.0 - losses.1) < 1e-4 * losses.0)
        }
    }

    @Test func aTrainingIsOnlyResumedWhereItBelongs() throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let demonstrations = try TwoWays.demonstrations(40, seed: 5)
        try TwoWays.trainer(demonstrations, steps: 60).save(to: folder)
        func message(_ trainer: FlowTrainer) -> String {
            do {
                try trainer.resume(from: folder)
                return "accepted"
            } catch {
                return error.description
            }
        }
        #expect(message(try TwoWays.trainer(demonstrations, steps: 60)) == "accepted")
        #expect(message(try TwoWays.trainer(demonstrations, steps: 61)).contains("another training"))
        #expect(
            message(try TwoWays.trainer(demonstrations, steps: 60, seed: 4)).contains("another seed: 3 instead of 4"))
        let others = try TwoWays.demonstrations(40, seed: 6)
        #expect(message(try TwoWays.trainer(others, steps: 60)).contains("another demonstrations"))
    }

    @Test func valuesOutOfRangeAreNamed() throws {
        let demonstrations = try TwoWays.demonstrations(40, seed: 5)
        func message(_ shape: FlowConfiguration, _ training: FlowTraining) -> String {
            do {
                _ = try FlowTrainer(configuration: shape, training: training, demonstrations: demonstrations, seed: 1)
                return "accepted"
            } catch {
                return error.description
            }
        }
        #expect(
            message(FlowConfiguration(horizon: 0), FlowTraining())
                == "the policy's horizon is 0; it must be in 1...1024")
        #expect(message(TwoWays.shape, FlowTraining(batchSize: 1)) == "the training's batchSize must be at least 2")
        #expect(
            message(TwoWays.shape, FlowTraining(heldOutFraction: 0.99))
                == "40 demonstrations are too few to hold 40 of them out")
    }
}
