import Control
import Episodes
import Foundation
import Learning
import Numerics
import Policies
import Realtime
import Robots
import Simulation
import Testing

@testable import Runtime

@Suite struct SmallPolicyActorTests {
    private func observation(_ context: JobContext) -> [Float] {
        var measurement = Robots.Measurement()
        measurement.scene = context.task.initialScene(seed: 1)
        return context.task.observe(measurement, toolPose: Pose())
    }

    /// What an actor left, episode by episode.
    private final class Left {
        var episodes: [EpisodeExperience] = []
    }

    /// Chunks in which every action differs from the one before, and from the same place in another chunk.
    private static func moving(_ step: Int) -> [[Float]] {
        (0..<16).map { place in
            (0..<6).map { 0.4 * sin(Float(step + 3 * place + $0)) } + [place % 2 == 0 ? -0.5 : 0.5]
        }
    }

    private func compose(_ composition: Composition, base: [Float], action: ArraySlice<Float>) -> [Float] {
        var result = base
        base.withUnsafeBufferPointer { base in
            action.withUnsafeBufferPointer { action in
                _ = result.withUnsafeMutableBufferPointer { composition.compose(base: base, action: action, into: $0) }
            }
        }
        return result
    }

    private func isClose(_ left: [Float], _ right: [Float], within tolerance: Float = 1e-5) -> Bool {
        left.count == right.count && zip(left, right).allSatisfy { abs($0 - $1) < tolerance }
    }

    private func compositions() throws -> [Composition] {
        [
            try .ensemble(range: Array(repeating: 1.3, count: 6) + [1.45]),
            try .residual(scales: Array(repeating: 0.3, count: 6) + [1.2]),
        ]
    }

    /// On every step of the loop both policies act, and the record and the experience say what each of them did.
    @Test func besideTheBasePolicyInTheLoop() throws {
        for composition in try compositions() {
            let context = try TestJob.context(horizon: 50)
            let small = try makeSmallPolicy(context, composition)
            let left = Left()
            let behaviour = SmallPolicyActor.Behaviour.sample(exploration: 0.5)
            let worker = PolicyWorker(policy: ScriptedPolicy(answer: Self.moving), mode: .immediate)
            let actor = SmallPolicyActor(small, behaviour: behaviour, seed: 4) { left.episodes.append($0) }
            let bench = try InferenceBench(.composed(worker, seed: 1, actor: actor))
            bench.begin(6)
            let result = bench.runToEnd { [bench] step, snapshot in
                // The control loop carries out what it is asked for, but for the z axis of step 20, and refuses step 30.
                snapshot.executedTranslation = bench.setpoint.translation
                if step == 20 { snapshot.executedTranslation.z = 0.01 }
                if step == 30 { snapshot.executedTranslation = SIMD3(repeating: 0) }
            }
            #expect(result?.ending == .horizon)
            let records = bench.records()
            let experience = try #require(left.episodes.first)
            #expect(left.episodes.count == 1 && experience.seed == 6 && experience.ending == .horizon)
            #expect(records.count == 50 && experience.steps == 50 && experience.actions.count == 350)
            #expect(experience.states.count == 51 * small.stateSize && experience.isLastBaseKnown)
            #expect(experience.intervened.allSatisfy { !$0 } && experience.versions.allSatisfy { $0 == 9 })

            let twin = SmallPolicyActor(small, behaviour: behaviour, seed: 4)
            twin.begin(episode: 6)
            for (step, record) in records.enumerated() {
                let phase = Int(record.chunkPhase)
                #expect(record.baseAction == Self.moving(step - phase)[phase])
                #expect(record.action != record.baseAction && record.policyVersion == 9)
                let (values, version) = try twin.act(
                    observation: record.observation, base: record.baseAction, phase: phase)
                #expect(values == record.action && version == 9)
                var executed = record.action
                if step == 20 { executed[2] = 0.2 }
                if step == 30 { executed.replaceSubrange(0..<3, with: [0, 0, 0]) }
                #expect(isClose(record.executedAction, executed), "step \(step)")
                // Where it could be the small policy's doing, its effective action beside this base action gives what was done.
                let effective = experience.actions[step * 7..<(step + 1) * 7]
                let again = compose(composition, base: record.baseAction, action: effective)
                for index in 0..<7 where abs(effective[effective.startIndex + index]) < 0.97 {
                    #expect(abs(again[index] - executed[index]) < 1e-4, "step \(step), component \(index)")
                }
                if step != 20 && step != 30 {
                    #expect(effective.allSatisfy { abs($0) <= 0.97 })
                    #expect(isClose(again, record.action, within: 1e-4), "step \(step)")
                }
            }
        }
    }

    /// At the workspace's edge the real control loop cuts a motion short, and the learner is told what was left of it.
    @Test func theWorkspaceCutsWhatTheLearnerIsTold() throws {
        var context = try TestJob.context(horizon: 6)
        let start = try toolHeight(context)
        context.robot.safety.workspace.lower.z = start - 0.02
        let composition = try Composition.residual(scales: Array(repeating: 1, count: 7))
        let small = try makeSmallPolicy(context, composition)
        let left = Left()
        let actor = SmallPolicyActor(small, behaviour: .mode, seed: 1) { left.episodes.append($0) }
        let policy = ScriptedPolicy { _ in Array(repeating: [0, 0, -1, 0, 0, 0, -1], count: 16) }
        let folder = try TemporaryFolder()
        var session = try context.makeLockstepSession(
            source: .composed(PolicyWorker(policy: policy, mode: .immediate), seed: 1, actor: actor)
        ) { request in
            try EpisodeWriter(
                folder: folder.path, index: request.index,
                header: context.header(seed: request.seed, policy: "test", schedule: .lockstep))
        }
        let result = try session.run(EpisodeRequest(index: 0, seed: 3))
        #expect(result.ending == .horizon && result.faults == [])
        let experience = try #require(left.episodes.first)
        let steps = try EpisodeReader(path: Dataset.episodePath(folder: folder.path, index: 0)).steps()
        #expect(steps.count == 6 && experience.steps == 6)
        for (index, step) in steps.enumerated() {
            #expect(step.action[2] < -0.6 && step.baseAction[2] == -1)
            #expect(step.executedAction[2] > step.action[2] + 0.05, "step \(index): \(step.executedAction)")
            // Down by less than was asked, and the other axes as they were asked.
            #expect(isClose(Array(step.executedAction[3...]), Array(step.action[3...])))
            #expect(abs(experience.actions[index * 7 + 2] - min(step.executedAction[2] + 1, 0.97)) < 1e-4)
        }
        #expect(abs(try #require(steps.first).executedAction[2] + 0.4) < 0.1, "2 cm of 5")
    }

    /// Height of the tool above the robot's base at the start of an episode, m.
    private func toolHeight(_ context: JobContext) throws -> Double {
        let channels = context.makeChannels()
        let policy = ScriptedPolicy { _ in ScriptedPolicy.still() }
        var session = LockstepSession(
            control: try context.makeControl(channels: channels, timing: .off),
            inference: InferenceLoop(
                setting: context.setting,
                source: .policy(PolicyWorker(policy: policy, mode: .immediate), seed: 1), channels: channels,
                events: nil),
            recorder: nil, channels: channels, cyclesPerStep: context.cyclesPerStep, cyclePeriod: context.cyclePeriod)
        _ = try session.run(EpisodeRequest(index: 0, seed: 3))
        var snapshot = ControlSnapshot()
        #expect(channels.snapshot.read(into: &snapshot))
        return snapshot.toolPose.position.z
    }

    /// The state that an episode ended in is not left out silently: whoever ends it hears what is wrong with it.
    @Test func aLastStateThatDoesNotFitIsTold() throws {
        let context = try TestJob.context(horizon: 10)
        let left = Left()
        let actor = SmallPolicyActor(try makeSmallPolicy(context), behaviour: .mode, seed: 1) {
            left.episodes.append($0)
        }
        let base: [Float] = [0, 0, 0, 0, 0, 0, -1]
        func step(episode: UInt64) throws {
            actor.begin(episode: episode)
            let action = try actor.act(observation: observation(context), base: base, phase: 0)
            actor.executed(action.values, isTakeover: false)
        }
        try step(episode: 5)
        #expect(throws: PolicyError.self) { try actor.end(.success, observation: [0], base: base, phase: 1) }
        #expect(left.episodes.isEmpty)
        actor.interrupt()
        actor.interrupt()
        #expect(left.episodes.map(\.seed) == [5] && left.episodes.map(\.ending) == [.interrupted])
        try step(episode: 6)
        try actor.end(.success, observation: observation(context), base: base, phase: 1)
        #expect(left.episodes.map(\.seed) == [5, 6] && left.episodes[1].ending == .success)
        #expect(left.episodes[1].states.count == 2 * left.episodes[0].states.count)
    }

    @Test(arguments: JobConfiguration.ImproveSettings.Takeover.allCases)
    func parametersAreTakenOverWhenTheyMayBe(takeover: JobConfiguration.ImproveSettings.Takeover) throws {
        let context = try TestJob.context(horizon: 10)
        let (old, new) = (try makeSmallPolicy(context, seed: 1), try makeSmallPolicy(context, seed: 2))
        let exchange = ParameterExchange(layout: old.network.layout)
        let actor = SmallPolicyActor(old, behaviour: .mode, seed: 1, exchange: (exchange, takeover))
        func act() throws -> (values: [Float], version: UInt64) {
            try actor.act(observation: observation(context), base: [0, 0, 0, 0, 0, 0, -1], phase: 0)
        }
        actor.begin(episode: 0)
        let before = try act()
        exchange.publish(new.parameters, version: 30)
        let within = try act()
        exchange.publish(new.parameters, version: 31)
        actor.begin(episode: 1)
        let after = try act()
        #expect(before.version == 9 && after.version == 31 && after.values != before.values)
        #expect(within.version == (takeover == .step ? 30 : 9))
        #expect(within.values == (takeover == .step ? after.values : before.values))
    }

    /// An ensemble's small policy by itself: the base action makes no difference.
    @Test func aloneTheBaseHasNoSay() throws {
        let context = try TestJob.context(horizon: 10)
        let small = try makeSmallPolicy(context)
        let actor = SmallPolicyActor(small, behaviour: .mode, seed: 1, actsAlone: true)
        let observation = observation(context)
        actor.begin(episode: 0)
        let values = try [-1, 0, 1].map {
            try actor.act(observation: observation, base: Array(repeating: Float($0), count: 7), phase: 0).values
        }
        #expect(values[0] == values[1] && values[1] == values[2])
        let together = SmallPolicyActor(small, behaviour: .mode, seed: 1)
        together.begin(episode: 0)
        let halved = try together.act(observation: observation, base: Array(repeating: 0, count: 7), phase: 0).values
        #expect(isClose(halved.map { 2 * $0 }, values[0]))
    }

    /// Each episode draws from a stream of its own, whatever was run before.
    @Test func explorationFollowsFromTheEpisode() throws {
        let context = try TestJob.context(horizon: 10)
        let small = try makeSmallPolicy(context)
        let observation = observation(context)
        func actions(_ episodes: [UInt64]) throws -> [[Float]] {
            let actor = SmallPolicyActor(small, behaviour: .sample(exploration: 1), seed: 3)
            return try episodes.flatMap { episode in
                actor.begin(episode: episode)
                return try (0..<3).map { _ in
                    try actor.act(observation: observation, base: Array(repeating: 0, count: 7), phase: 0).values
                }
            }
        }
        let (first, second) = (try actions([5, 6]), try actions([6]))
        #expect(Array(first.suffix(3)) == second && first[0] != second[0] && second[0] != second[1])
    }
}
