import Foundation
import Numerics
import Testing

@testable import Learning

/// Labels `0.6·sin(2x)` and `−0.5·x` with a noise that grows with x, for x in −1…1, beside an input without meaning.
func waveDemonstrations(seed: UInt64, episodes: Int = 20, noise: (Float) -> Float) throws -> CloningSet {
    var random = RandomStream(seed: seed)
    let (inputs, labels) = (Tensor(rows: episodes * 40, columns: 2), Tensor(rows: episodes * 40, columns: 2))
    for row in 0..<inputs.rows {
        let x = Float(random.uniform(-1, 1))
        inputs[row, 0] = 2 * x
        inputs[row, 1] = random.gaussian()
        labels[row, 0] = min(max(0.6 * sin(2 * x) + noise(x) * random.gaussian(), -0.95), 0.95)
        labels[row, 1] = min(max(-0.5 * x + noise(x) * random.gaussian(), -0.95), 0.95)
    }
    return try CloningSet(inputs: inputs, labels: labels, episodeLengths: Array(repeating: 40, count: episodes))
}

func smallShape() -> StationaryConfiguration {
    var shape = StationaryConfiguration()
    (shape.hidden, shape.bottleneck, shape.features) = ([32, 32], 8, 32)
    return shape
}

struct CloningTests {
    private func trainer(
        steps: Int, seed: UInt64 = 1, inputs: Int = 2, demonstrations: UInt64 = 3
    ) throws -> CloningTrainer {
        var training = CloningTraining()
        (training.steps, training.batchSize, training.evaluationInterval) = (steps, 64, 50)
        return try CloningTrainer(
            network: StationaryNetwork(configuration: smallShape(), inputs: inputs, actionSize: 2), training: training,
            set: try waveDemonstrations(seed: demonstrations) { $0 > 0 ? 0.15 : 0.05 }, seed: seed)
    }

    /// The mean follows the demonstrations, the deviation their noise; far away the deviation is large again.
    @Test func learnsMeanAndDeviation() throws {
        let trainer = try trainer(steps: 1200)
        try trainer.train()
        #expect(trainer.bestHeldOut.isFinite)
        let policy = StationaryPolicy(network: trainer.network, parameters: trainer.best, version: 0)
        func observe(_ x: Float) { [2 * x, 0].withUnsafeBufferPointer { policy.observe($0) } }
        var (narrow, wide) = (Float(0), Float(0))
        for x in [Float(-0.8), -0.5, -0.2, 0.2, 0.5, 0.8] {
            observe(x)
            #expect(abs(tanh(policy.mean(0)) - 0.6 * sin(2 * x)) < 0.12)
            #expect(abs(tanh(policy.mean(1)) + 0.5 * x) < 0.12)
            if x > 0 { wide += policy.deviation(1) / 3 } else { narrow += policy.deviation(1) / 3 }
        }
        #expect(narrow > 0.03 && narrow < 0.12 && wide > 0.1 && wide < 0.3, "\(narrow), \(wide)")
    }

    @Test func heldOutLikelihoodImproves() throws {
        let trainer = try trainer(steps: 400)
        let before = trainer.evaluate(rows: trainer.heldOutRows).negativeLogLikelihood
        try trainer.train()
        #expect(trainer.bestHeldOut < before - 1)
        #expect(trainer.heldOutRows.count == 80)
    }

    @Test func equalSeedsGiveEqualBytes() throws {
        let runs = try ([1, 1, 2] as [UInt64]).map { seed in
            let trainer = try trainer(steps: 60, seed: seed)
            try trainer.train()
            return trainer.best.storage.values.map(\.bitPattern)
        }
        #expect(runs[0] == runs[1])
        #expect(runs[0] != runs[2])
    }

    /// Stopped before the first look at the held-out demonstrations, between two looks, at one, and at the end.
    @Test(arguments: [20, 70, 100, 130]) func goesOnWhereItStopped(stop: Int) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("cloning-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (straight, stopped, resumed) = (try trainer(steps: 130), try trainer(steps: 130), try trainer(steps: 130))
        try straight.train()
        for _ in 0..<stop { try stopped.update() }
        try stopped.save(to: folder)
        try resumed.resume(from: folder)
        #expect(resumed.step == stop && resumed.bestHeldOut == stopped.bestHeldOut)
        try resumed.train()
        #expect(resumed.best.storage.values == straight.best.storage.values)
        #expect(resumed.parameters.storage.values == straight.parameters.storage.values)
        #expect(resumed.bestHeldOut == straight.bestHeldOut && resumed.step == 130)
    }

    @Test func goesOnOnlyWhereItBelongs() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("cloning-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try trainer(steps: 60).save(to: folder)
        func message(_ trainer: CloningTrainer) -> String {
            do {
                try trainer.resume(from: folder)
                return "accepted"
            } catch {
                return error.description
            }
        }
        #expect(message(try trainer(steps: 60)) == "accepted")
        #expect(message(try trainer(steps: 61)).contains("another training"))
        #expect(message(try trainer(steps: 60, seed: 2)).contains("another seed: 1 instead of 2"))
        #expect(message(try trainer(steps: 60, inputs: 1)).contains("another inputs"))
        #expect(message(try trainer(steps: 60, demonstrations: 4)).contains("another demonstrations"))
    }

    /// A network with fewer inputs sees the first ones.
    @Test func fewerInputs() throws {
        let trainer = try trainer(steps: 400, inputs: 1)
        try trainer.train()
        #expect(trainer.evaluate(rows: trainer.heldOutRows).squaredError < 0.03)
    }

    @Test func badDemonstrations() throws {
        #expect(throws: LearningError.self) {
            try CloningSet(
                inputs: Tensor(rows: 3, columns: 1), labels: Tensor(rows: 3, columns: 1), episodeLengths: [2])
        }
        let broken = Tensor(rows: 3, columns: 1)
        broken[1, 0] = .nan
        #expect(throws: LearningError.notFinite("an input of demonstration 0 at step 1")) {
            try CloningSet(inputs: broken, labels: Tensor(rows: 3, columns: 1), episodeLengths: [3])
        }
        #expect(throws: LearningError.self) {
            try CloningSet(inputs: Tensor(rows: 3, columns: 1), labels: broken, episodeLengths: [3])
        }
        let single = try waveDemonstrations(seed: 1, episodes: 1) { _ in 0.1 }
        #expect(throws: LearningError.self) {
            try CloningTrainer(
                network: StationaryNetwork(configuration: smallShape(), inputs: 2, actionSize: 2),
                training: CloningTraining(), set: single, seed: 1)
        }
    }

    @Test func normaliser() throws {
        var random = RandomStream(seed: 1)
        let rows = Tensor(rows: 1000, columns: 2)
        for row in 0..<1000 {
            rows[row, 0] = 5 + 2 * random.gaussian()
            rows[row, 1] = 3
        }
        let normaliser = try InputNormaliser(fitting: rows.view)
        #expect(abs(normaliser.mean[0] - 5) < 0.2 && abs(normaliser.scale[0] - 2) < 0.15)
        #expect(normaliser.scale[1] == InputNormaliser.smallestScale)
        var row: [Float] = [5, 100]
        row.withUnsafeMutableBufferPointer { normaliser.apply($0) }
        #expect(abs(row[0]) < 0.1 && row[1] == 6)
        rows[7, 1] = .infinity
        #expect(throws: LearningError.self) { try InputNormaliser(fitting: rows.view) }
    }

    /// The gradient that the loss hands to the network, against differences.
    @Test func lossGradient() {
        let network = StationaryNetwork(configuration: smallShape(), inputs: 2, actionSize: 2)
        let (workspace, scratch) = (
            StationaryNetwork.Workspace(network, rows: 3), StationaryNetwork.GradientWorkspace(network, rows: 3)
        )
        var random = RandomStream(seed: 7)
        let labels = Tensor(rows: 3, columns: 2)
        for index in 0..<6 {
            labels.base[index] = index == 4 ? 1 : Float(random.uniform(-0.9, 0.9))
            workspace.mean.base[index] = random.gaussian()
            workspace.deviation.base[index] = Float(random.uniform(0.1, 0.8))
        }
        _ = FaithfulLoss.evaluate(labels: labels.view, workspace, scratch)
        let (byMean, byDeviation) = (scratch.mean.values, scratch.deviation.values)
        for index in 0..<6 {
            func loss(_ tensor: Tensor, _ step: Float) -> FaithfulLoss.Value {
                let value = tensor.base[index]
                defer { tensor.base[index] = value }
                tensor.base[index] = value + step
                return FaithfulLoss.evaluate(labels: labels.view, workspace, nil)
            }
            let squared =
                (loss(workspace.mean, 1e-3).squaredError - loss(workspace.mean, -1e-3).squaredError) / 2e-3
            let likelihood =
                (loss(workspace.deviation, 1e-3).negativeLogLikelihood
                    - loss(workspace.deviation, -1e-3).negativeLogLikelihood) / 2e-3
            #expect(abs(Double(byMean[index]) - squared) < 1e-3)
            #expect(abs(Double(byDeviation[index]) - likelihood) < 1e-2 * max(1, abs(likelihood)))
        }
    }
}
