import Control
import Episodes
import Foundation
import Learning
import Policies
import Realtime
import Robots
import Simulation
import Testing

@testable import Runtime

/// What the robot does between chunks that come late, on the virtual clock.
@Suite struct ChunkSeamTests {
    private func source(
        _ latency: PolicyLatency, _ answer: @escaping @Sendable (Int) -> [[Float]] = { _ in ScriptedPolicy.still() }
    ) -> ActionSource {
        .policy(
            PolicyWorker(policy: ScriptedPolicy(answer: answer), mode: .immediate, latency: latency), seed: 1)
    }

    /// Chunks that say in their first number which observation they were made from.
    @Sendable private static func labelled(_ step: Int) -> [[Float]] {
        (0..<16).map { _ in [Float(step) / 100, 0, 0, 0, 0, 0, -1] }
    }

    @Test func theFirstChunkIsWaitedForAndLaterOnesAreAskedForInTime() throws {
        let bench = try InferenceBench(source(PolicyLatency(constant: 0.2), Self.labelled)) {
            $0.chunkPatienceSteps = 10
        }
        bench.begin()
        for _ in 0..<4 {
            #expect(bench.step().name == "preparing")
            #expect(bench.setpoint.kind == .hold)
            bench.answer()
        }
        _ = bench.runToEnd()
        let records = bench.records()
        #expect(records.count == 50 && records[0].chunkPhase == 0, "nothing of the first chunk has gone by")
        // The first answer has shown what they take: four steps.
        for (step, record) in records.enumerated() where step >= 10 { #expect(record.chunkPhase >= 4) }
        #expect(
            records.map { Int(($0.action[0] * 100).rounded()) }
                == records.indices.map { $0 < 10 ? 0 : $0 / 10 * 10 - 4 })
    }

    @Test func whoeverHoldsAndWaitsAsksForAHoldMeanwhile() throws {
        let bench = try InferenceBench(source(PolicyLatency(constant: 0.1), Self.labelled)) {
            $0.chunks.seam = .holdAndWait
            $0.chunkPatienceSteps = 10
        }
        bench.begin()
        while case .preparing = bench.step() { bench.answer() }
        var kinds: [Setpoint.Kind] = []
        for _ in 1..<26 {
            bench.answer { $0.executedTranslation.x = 0.001 }
            _ = bench.step()
            kinds.append(bench.setpoint.kind)
            #expect(bench.setpoint.time == bench.clock.now, "a hold is asked for anew in every step")
        }
        let (act, hold) = (Setpoint.Kind.toolDelta, Setpoint.Kind.hold)
        #expect(
            kinds == Array(repeating: act, count: 9) + [hold, hold] + Array(repeating: act, count: 10) + [
                hold, hold, act, act,
            ])
        let records = bench.records()
        #expect(records.map { Int($0.chunkPhase) } == Array(0..<10) + Array(0..<10) + [0])
        #expect(records[10].action[0] == 0.1, "made from the observation of step 10, and carried out from step 12 on")
        #expect(abs(records[9].executedAction[0] - 0.02) < 1e-6, "what was made of the last action before the hold")
    }

    @Test func aRobotThatIsHeldIsNotHeldForEver() throws {
        let latency = PolicyLatency(constant: 0.05, stall: 100, stallProbability: 1)
        let policy = PolicyWorker(policy: ScriptedPolicy(answer: Self.labelled), mode: .immediate, latency: latency)
        let bench = try InferenceBench(.policy(policy, seed: 1)) {
            $0.chunks.seam = .holdAndWait
            $0.chunkPatienceSteps = 6
        }
        bench.begin()
        let result = try #require(bench.runToEnd())
        #expect(result.ending == .policyLate && result.detail == "the policy's first answer did not come")
    }

    /// The base action that the small policy sees and the replay stores is what is executed at its step: of two chunks that
    /// are faded into one another, the mixture.
    @Test func theSmallPolicySeesTheFadedAction() throws {
        let context = try TestJob.context(horizon: 50)
        let small = try makeSmallPolicy(context, try .residual(scales: Array(repeating: 0.3, count: 6) + [1.2]))
        final class Left { var episodes: [EpisodeExperience] = [] }
        let left = Left()
        let actor = SmallPolicyActor(small, behaviour: .mode, seed: 4) { left.episodes.append($0) }
        let worker = PolicyWorker(
            policy: ScriptedPolicy { step in
                Array(repeating: [step == 0 ? 0.6 : 0, 0, 0, 0, 0, 0, -1], count: 16)
            }, mode: .immediate)
        let bench = try InferenceBench(.composed(worker, seed: 1, actor: actor)) { $0.chunks.seam = .crossFade }
        bench.begin()
        _ = bench.runToEnd { [bench] _, snapshot in snapshot.executedTranslation = bench.setpoint.translation }
        let records = bench.records()
        let expected: [Float] = Array(repeating: 0.6, count: 10) + [0.5, 0.4, 0.3, 0.2, 0.1, 0, 0]
        for (step, value) in expected.enumerated() {
            #expect(abs(records[step].baseAction[0] - value) < 1e-6, "step \(step)")
        }
        // The state that the learner gets holds that very action.
        let experience = try #require(left.episodes.first)
        let twin = SmallPolicyActor(small, behaviour: .mode, seed: 4)
        twin.begin(episode: 0)
        for (step, record) in records.prefix(17).enumerated() {
            let again = try twin.act(
                observation: record.observation, base: record.baseAction, phase: Int(record.chunkPhase))
            #expect(again.values == record.action, "step \(step)")
        }
        #expect(experience.steps == records.count)
    }

    private func run(
        _ seam: ChunkSeam, _ latency: PolicyLatency, horizon: Int = 60, into folder: String,
        _ answer: @escaping @Sendable (Int) -> [[Float]]
    ) throws -> (result: EpisodeResult, data: Data, reader: EpisodeReader, robot: RobotDescription) {
        let context = try TestJob.context(horizon: horizon) { job in job.policy.seam = seam }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var session = try context.makeLockstepSession(source: source(latency, answer)) { request in
            try EpisodeWriter(
                folder: folder, index: request.index,
                header: context.header(seed: request.seed, policy: "test", schedule: .lockstep))
        }
        let result = try session.run(EpisodeRequest(index: 0, seed: 3))
        let path = Dataset.episodePath(folder: folder, index: 0)
        return (
            result, try Data(contentsOf: URL(fileURLWithPath: path)), try EpisodeReader(path: path), context.robot
        )
    }

    /// Chunks that contradict one another as strongly as they can.
    @Sendable private static func wild(_ step: Int) -> [[Float]] {
        let way: Float = step / 3 % 2 == 0 ? 1 : -1
        return Array(repeating: [way, -way, 0.2 * way, 0, 0.3 * way, -way, way], count: 16)
    }

    @Test(arguments: ChunkSeam.allCases)
    func lateChunksGiveTheSameBytesTwiceAndNoCommandBeyondTheLimits(seam: ChunkSeam) throws {
        let folder = try TemporaryFolder()
        let latency = PolicyLatency(constant: 0.05, jitter: 0.35)
        let first = try run(seam, latency, into: folder.path + "/a", Self.wild)
        let second = try run(seam, latency, into: folder.path + "/b", Self.wild)
        #expect(first.data == second.data)
        #expect(first.result.ending == .horizon && first.result.steps == 60, "\(first.result.ending)")
        let cycles = try first.reader.cycles()
        let period = 0.002
        for (before, after) in zip(cycles, cycles.dropFirst()) {
            for joint in 0..<first.robot.jointCount {
                let limits = first.robot.joints[joint]
                let (old, new) = (before.executed.jointTorques[joint], after.executed.jointTorques[joint])
                #expect(abs(new) <= limits.torque + 1e-9)
                #expect(abs(new - old) <= limits.torqueRate * period + 1e-9, "cycle \(after.cycle), joint \(joint)")
            }
        }
    }

    @Test(arguments: [ChunkSeam.swap, .crossFade, .realTimeChunking])
    func aPolicyThatStallsHasTheArmHeldAndThenStopped(seam: ChunkSeam) throws {
        let folder = try TemporaryFolder()
        let late = PolicyLatency(stall: 5, stallProbability: 0.5)
        let (result, _, reader, _) = try run(seam, late, horizon: 400, into: folder.path) { _ in ScriptedPolicy.still()
        }
        #expect(result.ending == .policyLate && result.detail.isEmpty, "the control loop noticed")
        #expect(Driving.status(of: result) == .policyLate && ExitStatus.policyLate.rawValue == 81)
        let phases = try reader.cycles().map(\.phase)
        #expect(phases.contains(.holding) && phases.last == .stopped || phases.last == .decelerating)
    }

    @Test func aPolicyThatCannotContinueIsRefused() throws {
        let context = try TestJob.context(horizon: 10) { $0.policy.seam = .realTimeChunking }
        let error = #expect(throws: JobError.self) {
            try context.makeWorker(ScriptedPolicy { _ in ScriptedPolicy.still() }, mode: .immediate)
        }
        #expect(error?.status == .badFile && error?.message.contains("cannot go on from a chunk under way") == true)
    }
}
