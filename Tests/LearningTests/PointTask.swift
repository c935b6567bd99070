import Foundation
import Numerics

@testable import Learning

/// A point in the plane that must come within ``radius`` of a goal in ``horizon`` steps. The base policy aims beside the goal,
/// is noisy, and gives its actions in chunks of five; the demonstrator aims at the goal.
struct PointTask {
    static let horizon = 25
    static let radius: Float = 0.035
    static let chunk = 5
    /// To the goal (2), base action (2), phase in the chunk.
    static let stateSize = 5

    var position: SIMD2<Float>
    var base = SIMD2<Float>()
    var steps = 0

    init(_ random: inout RandomStream) {
        let angle = Float(random.uniform(0, 2 * Double.pi))
        let distance = Float(random.uniform(0.5, 1))
        position = SIMD2(cos(angle), sin(angle)) * distance
        proposeBase(&random)
    }

    private func towards(_ goal: SIMD2<Float>, noise: Float, _ random: inout RandomStream) -> SIMD2<Float> {
        let wanted = 3 * (goal - position) + noise * SIMD2(random.gaussian(), random.gaussian())
        return wanted.clamped(lowerBound: SIMD2(-0.9, -0.9), upperBound: SIMD2(0.9, 0.9))
    }

    mutating func proposeBase(_ random: inout RandomStream) {
        base = towards(SIMD2(0.11, 0), noise: 0.1, &random)
    }

    func demonstrate(_ random: inout RandomStream) -> SIMD2<Float> { towards(SIMD2(0, 0), noise: 0.15, &random) }

    var state: [Float] {
        let away = position * 4
        return [
            away.x, away.y, base.x * 2, base.y * 2, Float(steps % Self.chunk) / Float(Self.chunk),
        ]
    }

    var isSuccess: Bool { (position * position).sum() < Self.radius * Self.radius }
    var isOver: Bool { isSuccess || steps == Self.horizon }

    mutating func step(_ action: SIMD2<Float>, _ random: inout RandomStream) {
        position += 0.12 * action
        steps += 1
        proposeBase(&random)
    }
}

/// The whole way on the point task: demonstrations, cloning, learning, evaluation.
struct PointExperiment {
    let composition: Composition
    let demonstrations: ReplayBuffer
    let experience: ReplayBuffer
    let set: CloningSet
    let seed: UInt64
    var random: RandomStream

    init(composition: Composition, seed: UInt64, returnSteps: Int = 3) throws {
        self.composition = composition
        self.seed = seed
        var random = RandomStream.derived(from: seed, 100)
        func buffer() throws -> ReplayBuffer {
            try ReplayBuffer(
                shape: .init(
                    capacity: 20_000, stateSize: PointTask.stateSize, actionSize: 2, returnSteps: returnSteps))
        }
        let demonstrations = try buffer()
        (self.demonstrations, experience) = (demonstrations, try buffer())
        var (inputs, labels, lengths) = ([Float](), [Float](), [Int]())
        while lengths.count < 40 {
            var task = PointTask(&random)
            var (rows, actions) = ([[Float]](), [[Float]]())
            while !task.isOver {
                let action = task.demonstrate(&random)
                rows.append(task.state)
                actions.append(
                    Self.apply([action.x, action.y], [task.base.x, task.base.y]) {
                        composition.label(demonstrated: $0, base: $1, into: $2)
                    })
                task.step(action, &random)
            }
            guard task.isSuccess else { continue }
            for (row, action) in zip(rows, actions) {
                row.withUnsafeBufferPointer { demonstrations.open(lane: 0, state: $0) }
                action.withUnsafeBufferPointer { demonstrations.act(lane: 0, action: $0, version: 0) }
            }
            task.state.withUnsafeBufferPointer { demonstrations.open(lane: 0, state: $0) }
            demonstrations.end(lane: 0, .success)
            inputs += rows.joined()
            labels += actions.joined()
            lengths.append(rows.count)
        }
        let steps = lengths.reduce(0, +)
        let (rows, actions) = (
            Tensor(rows: steps, columns: PointTask.stateSize), Tensor(rows: steps, columns: 2)
        )
        rows.copy(from: inputs)
        actions.copy(from: labels)
        self.random = random
        set = try CloningSet(inputs: rows, labels: actions, episodeLengths: lengths)
    }

    static func apply(
        _ first: [Float], _ second: [Float],
        _ body: (UnsafeBufferPointer<Float>, UnsafeBufferPointer<Float>, UnsafeMutableBufferPointer<Float>) -> Int
    ) -> [Float] {
        var result = [Float](repeating: 0, count: first.count)
        _ = first.withUnsafeBufferPointer { left in
            second.withUnsafeBufferPointer { right in
                result.withUnsafeMutableBufferPointer { body(left, right, $0) }
            }
        }
        return result
    }

    func clone(inputs: Int) throws -> CloningTrainer {
        var training = CloningTraining()
        (training.steps, training.batchSize, training.evaluationInterval) = (800, 64, 50)
        // So few updates need all of the rate to the end.
        (training.warmUpFraction, training.finalFraction) = (0, 1)
        let trainer = try CloningTrainer(
            network: StationaryNetwork(configuration: smallShape(), inputs: inputs, actionSize: 2), training: training,
            set: set, seed: seed)
        try trainer.train()
        return trainer
    }

    /// One step of a task by the composed policy; returns the small policy's effective action.
    func advance(_ task: inout PointTask, _ policy: StationaryPolicy?, explore: Bool, _ random: inout RandomStream)
        -> [Float]
    {
        var action: [Float] = [0, 0]
        let base = [task.base.x, task.base.y]
        guard let policy else {
            task.step(task.base, &random)
            return action
        }
        task.state.withUnsafeBufferPointer { policy.observe($0) }
        action.withUnsafeMutableBufferPointer {
            if explore { policy.sample(into: $0, random: &random) } else { policy.mode(into: $0) }
        }
        let executed = Self.apply(base, action) { composition.compose(base: $0, action: $1, into: $2) }
        task.step(SIMD2(executed[0], executed[1]), &random)
        return Self.apply(executed, base) { composition.effectiveAction(executed: $0, base: $1, into: $2) }
    }

    /// Success over the same 200 starts each time.
    func evaluate(_ policy: StationaryPolicy?) -> Double {
        var random = RandomStream.derived(from: 77, 1)
        var successes = 0
        for _ in 0..<200 {
            var task = PointTask(&random)
            while !task.isOver { _ = advance(&task, policy, explore: false, &random) }
            if task.isSuccess { successes += 1 }
        }
        return Double(successes) / 200
    }

    /// An episode with exploration, told to the replay; `afterStep` after each step.
    mutating func explore(_ policy: StationaryPolicy, afterStep: () throws -> Void) rethrows {
        var task = PointTask(&random)
        while !task.isOver {
            task.state.withUnsafeBufferPointer { experience.open(lane: 0, state: $0) }
            let action = advance(&task, policy, explore: true, &random)
            action.withUnsafeBufferPointer { experience.act(lane: 0, action: $0, version: policy.version) }
            try afterStep()
        }
        task.state.withUnsafeBufferPointer { experience.open(lane: 0, state: $0) }
        experience.end(lane: 0, task.isSuccess ? .success : .timeout)
    }
}
