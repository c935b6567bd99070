import Control
import Episodes
import Policies
import Realtime
import Robots
import Simulation
import Testing

@testable import Runtime

/// An inference loop whose control loop is played by the test.
final class InferenceBench {
    var loop: InferenceLoop
    let channels = ControlChannels(cycleCapacity: 4)
    let events = RecorderQueue(capacity: 4096)
    var clock = VirtualClock(startingAt: MonotonicTime(nanoseconds: 1_000_000_000))
    var snapshot = ControlSnapshot()
    let task: SquareTask
    private var taken = Setpoint()

    init(_ source: consuming ActionSource, adjust: (inout InferenceSetting) -> Void = { _ in }) throws {
        let context = try TestJob.context(horizon: 50)
        var setting = context.setting
        setting.settlingSteps = 2
        setting.chunkPatienceSteps = 3
        adjust(&setting)
        task = try SquareTask(variant: "d0", robot: context.robot)
        loop = InferenceLoop(setting: setting, source: source, channels: channels, events: events)
        snapshot.measurement.scene = task.initialScene(seed: 1)
        snapshot.measurement.state.jointPositions = context.robot.home
        snapshot.measurement.state.gripper.opening = 0.08
    }

    /// A loop with a policy that answers at once.
    convenience init(answer: @escaping @Sendable (Int) throws -> [[Float]]) throws {
        let worker = PolicyWorker(policy: ScriptedPolicy(answer: answer), mode: .immediate)
        try self.init(.policy(worker, seed: 1))
    }

    /// The setpoint that inference published last.
    var setpoint: Setpoint {
        _ = channels.setpoint.read(into: &taken)
        return taken
    }

    /// Takes the setpoint in force as the control loop would, and shows what it would show.
    func answer(_ change: (inout ControlSnapshot) -> Void = { _ in }) {
        let setpoint = setpoint
        snapshot.time = clock.now
        snapshot.measurement.state.time = clock.now
        snapshot.setpointSequence = setpoint.sequence
        if setpoint.kind == .beginEpisode {
            snapshot.episodeSequence = setpoint.sequence
            snapshot.phase = .running
        }
        change(&snapshot)
        channels.snapshot.publish(snapshot)
        clock.advance(byNanoseconds: 50_000_000)
    }

    func step() -> InferenceLoop.Event { loop.step(now: clock.now) }

    /// Begins an episode and gets it as far as its first step.
    func begin(_ index: Int = 0) {
        loop.begin(EpisodeRequest(index: index, seed: UInt64(index)), now: clock.now)
        answer()
        for _ in 0..<2 {
            _ = step()
            answer()
        }
    }

    /// Steps until the episode ends.
    func runToEnd(_ each: (Int, inout ControlSnapshot) -> Void = { _, _ in }) -> EpisodeResult? {
        for index in 0..<200 {
            if case .ended(let result) = step() { return result }
            answer { each(index, &$0) }
        }
        return nil
    }

    /// Puts the nut round the peg.
    func succeed() throws {
        let nutPlace = try #require(task.layout.poseOffset(of: "nut"))
        let pegPlace = try #require(task.layout.poseOffset(of: "peg"))
        var nut = snapshot.measurement.scene.pose(at: nutPlace)
        nut.position = snapshot.measurement.scene.pose(at: pegPlace).position
        nut.position.z = 0.83
        snapshot.measurement.scene.setPose(nut, at: nutPlace)
        channels.snapshot.publish(snapshot)
    }

    /// The steps handed to the recorder.
    func records() -> [StepRecord] {
        events.takeAll().compactMap { if case .step(let record) = $0 { record } else { nil } }
    }
}

extension InferenceLoop.Event {
    var name: String {
        switch self {
        case .idle: "idle"
        case .preparing: "preparing"
        case .stepped(let step): "stepped \(step)"
        case .ended(let result): "ended \(result.ending)"
        }
    }
}

@Suite struct InferenceLoopTests {
    @Test func withoutAnEpisodeItHolds() throws {
        let bench = try InferenceBench { _ in ScriptedPolicy.still() }
        #expect(bench.step().name == "idle")
        #expect(bench.setpoint.kind == .hold && bench.setpoint.sequence == 1)
        #expect(bench.events.takeAll().isEmpty, "nothing outside an episode is recorded")
    }

    @Test func anEpisodeBeginsOnceTheControlLoopHasBegunIt() throws {
        let bench = try InferenceBench { _ in ScriptedPolicy.still() }
        bench.loop.begin(EpisodeRequest(index: 3, seed: 7), now: bench.clock.now)
        let begin = bench.setpoint
        #expect(begin.kind == .beginEpisode && begin.scene.count == bench.task.layout.count)
        let expected = bench.task.initialScene(seed: 7)
        for index in 0..<expected.count { #expect(begin.scene[index] == expected[index]) }
        #expect(bench.step().name == "preparing")
        #expect(bench.setpoint.sequence == begin.sequence, "it is not overtaken by a hold before it was taken")
        bench.answer()
        var names: [String] = []
        for _ in 0..<4 {
            names.append(bench.step().name)
            bench.answer()
        }
        #expect(names == ["preparing", "preparing", "stepped 0", "stepped 1"])
    }

    @Test func actionsAreScaledAndClamped() throws {
        let bench = try InferenceBench { _ in Array(repeating: [1, -0.5, 3, 0.25, 0, -9, 1], count: 16) }
        bench.begin()
        #expect(bench.step().name == "stepped 0")
        let setpoint = bench.setpoint
        #expect(setpoint.kind == .toolDelta && setpoint.time == bench.clock.now && setpoint.policyVersion == 5)
        #expect(setpoint.translation == SIMD3(0.05, -0.025, 0.05))
        #expect(setpoint.rotation == SIMD3(0.125, 0, -0.5))
        #expect(setpoint.gripperOpening == 0, "+1 closes")
        bench.answer()
        _ = bench.step()
        #expect(bench.records().first?.action == [1, -0.5, 1, 0.25, 0, -1, 1])
    }

    @Test func recordsAreCompletedAtTheFollowingStep() throws {
        let bench = try InferenceBench { _ in ScriptedPolicy.still() }
        bench.begin()
        _ = bench.step()
        let first = bench.setpoint
        #expect(bench.records().isEmpty, "its outcome is not known yet")
        bench.answer { $0.measurement.state.gripper.opening = 0.04 }
        _ = bench.step()
        let records = bench.records()
        let record = try #require(records.first)
        #expect(records.count == 1)
        #expect(record.setpointSequence == first.sequence && record.time == first.time)
        #expect(record.observation.count == 23 && record.observation[7] == 0.04)
        #expect(record.nextObservation[7] == 0.02, "half of the opening")
        #expect(record.reward == 0 && !record.isDone && record.chunkPhase == 0 && record.policyVersion == 5)
    }

    @Test func successEndsTheEpisodeWithARewardOnItsLastStep() throws {
        let bench = try InferenceBench { _ in ScriptedPolicy.still() }
        bench.begin()
        for _ in 0..<3 {
            _ = bench.step()
            bench.answer()
        }
        try bench.succeed()
        guard case .ended(let result) = bench.step() else {
            Issue.record("the episode did not end")
            return
        }
        #expect(result.ending == .success && result.isSuccess && result.steps == 3)
        #expect(bench.setpoint.kind == .hold)
        let records = bench.records()
        #expect(records.map(\.reward) == [0, 0, 1] && records.map(\.isDone) == [false, false, true])
        #expect(bench.step().name == "idle")
    }

    @Test func theHorizonEndsTheEpisodeWithoutAReward() throws {
        let bench = try InferenceBench { _ in ScriptedPolicy.still() }
        bench.begin()
        let result = try #require(bench.runToEnd())
        #expect(result.ending == .horizon && result.steps == 50)
        let records = bench.records()
        #expect(records.count == 50 && records.allSatisfy { $0.reward == 0 })
        #expect(records.filter(\.isDone).count == 1 && records.last?.isDone == true)
        for (record, next) in zip(records, records.dropFirst()) {
            #expect(record.nextObservation == next.observation)
        }
    }

    @Test func eventsTellTheRecorderWhereTheEpisodeIs() throws {
        let bench = try InferenceBench { _ in ScriptedPolicy.still() }
        bench.begin()
        _ = bench.runToEnd()
        let end = bench.setpoint.sequence
        var sequences: [UInt64] = []
        var ends: [UInt64] = []
        for event in bench.events.takeAll() {
            switch event {
            case .begin(_, let setpoint), .setpoint(let setpoint): sequences.append(setpoint.sequence)
            case .step(let record): #expect(sequences.contains(record.setpointSequence))
            case .end(_, let sequence): ends.append(sequence)
            }
        }
        #expect(sequences == Array(1..<end), "every setpoint of the episode, in order")
        #expect(ends == [end])
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity]) func anActionThatIsNotFiniteEndsTheEpisode(value: Float) throws
    {
        let bench = try InferenceBench { _ in
            var chunk = ScriptedPolicy.still()
            chunk[4][2] = value
            return chunk
        }
        bench.begin()
        let result = try #require(bench.runToEnd())
        #expect(result.ending == .policyFailed && result.steps == 4)
        #expect(result.detail.contains("step 4") && result.detail.contains("7 finite numbers"))
        #expect(bench.setpoint.kind == .hold, "the robot is held")
        let records = bench.records()
        #expect(records.count == 4 && records.last?.isDone == true)
    }

    @Test(arguments: [0, 6, 8]) func anActionOfAnotherSizeEndsTheEpisode(size: Int) throws {
        let bench = try InferenceBench { _ in Array(repeating: Array(repeating: 0, count: size), count: 16) }
        bench.begin()
        let result = try #require(bench.runToEnd())
        #expect(result.ending == .policyFailed && result.steps == 0)
        #expect(result.detail.contains("step 0") && result.detail.contains("7 finite numbers"))
    }

    @Test func aPolicyThatThrowsEndsTheEpisode() throws {
        let bench = try InferenceBench { step in
            if step > 0 { throw PolicyError.actionNotFinite(step: 2, component: 3) }
            return ScriptedPolicy.still()
        }
        bench.begin()
        let result = try #require(bench.runToEnd())
        #expect(result.ending == .policyFailed && result.steps == 9)
        #expect(result.detail == "\(PolicyError.actionNotFinite(step: 2, component: 3))")
        #expect(bench.records().last?.isDone == true)
    }

    @Test func aPolicyThatNeverAnswersIsGivenUpOn() throws {
        let policy = HangingPolicy(answers: 0)
        defer { policy.letGo() }
        let bench = try InferenceBench(.policy(PolicyWorker(policy: policy, mode: .ownThread), seed: 1))
        bench.begin()
        for _ in 0..<3 {
            #expect(bench.step().name == "preparing")
            #expect(
                bench.setpoint.kind == .hold && bench.setpoint.time == bench.clock.now, "the robot is held meanwhile")
            bench.answer()
        }
        guard case .ended(let result) = bench.step() else {
            Issue.record("the episode did not end")
            return
        }
        #expect(result.ending == .policyLate && result.steps == 0 && result.detail.contains("first answer"))
        #expect(bench.records().isEmpty)
    }

    @Test func whereTheNextChunkIsLateNothingIsPublishedAndTheControlLoopDecides() throws {
        let policy = HangingPolicy(answers: 1)
        defer { policy.letGo() }
        let worker = PolicyWorker(policy: policy, mode: .ownThread)
        let bench = try InferenceBench(.policy(worker, seed: 1)) { $0.chunkPatienceSteps = .max }
        bench.begin()
        // The first answer comes from another thread.
        while case .preparing = bench.step() { bench.answer() }
        for _ in 1..<16 {
            bench.answer()
            _ = bench.step()
        }
        let last = bench.setpoint
        for step in 16..<20 {
            bench.answer()
            #expect(bench.step().name == "stepped \(step)")
        }
        #expect(bench.setpoint.sequence == last.sequence)
        bench.answer {
            $0.phase = .decelerating
            $0.stopReason = .setpointAge
        }
        guard case .ended(let result) = bench.step() else {
            Issue.record("the episode did not end")
            return
        }
        #expect(result.ending == .policyLate && result.steps == 20)
        let records = bench.records()
        #expect(records.count == 16 && records.filter(\.isDone).count == 1 && records.last?.isDone == true)
    }

    @Test(arguments: [
        (StopReason.person, EpisodeEnding.stopped), (.setpointAge, .policyLate), (.fault, .fault),
    ])
    func aStopOfTheControlLoopEndsTheEpisode(reason: StopReason, ending: EpisodeEnding) throws {
        let bench = try InferenceBench { _ in ScriptedPolicy.still() }
        bench.begin()
        let result = try #require(
            bench.runToEnd { index, snapshot in
                guard index == 5 else { return }
                snapshot.phase = reason == .fault ? .faulted : .decelerating
                snapshot.stopReason = reason
                if reason == .fault { snapshot.faults = .workspace }
            })
        #expect(result.ending == ending && result.steps == 6)
        #expect(result.faults == (reason == .fault ? .workspace : []))
        #expect(bench.records().last?.isDone == true)
    }

    @Test func aFaultWhileTheSceneSettlesEndsTheEpisode() throws {
        let bench = try InferenceBench { _ in ScriptedPolicy.still() }
        bench.loop.begin(EpisodeRequest(index: 0, seed: 0), now: bench.clock.now)
        bench.answer {
            $0.phase = .faulted
            $0.stopReason = .fault
            $0.faults = .startupMismatch
        }
        #expect(bench.step().name == "ended fault")
    }

    @Test(arguments: [(StopPhase.faulted, EpisodeEnding.fault), (.stopped, .stopped)])
    func anEpisodeThatTheControlLoopRefusesEnds(phase: StopPhase, ending: EpisodeEnding) throws {
        let bench = try InferenceBench { _ in ScriptedPolicy.still() }
        bench.begin()
        _ = bench.runToEnd()
        let previous = bench.snapshot.episodeSequence
        bench.loop.begin(EpisodeRequest(index: 1, seed: 1), now: bench.clock.now)
        bench.answer {
            $0.episodeSequence = previous
            $0.phase = phase
            $0.stopReason = phase == .faulted ? .fault : .person
        }
        #expect(bench.step().name == "ended \(ending)")
    }

    @Test func aPersonsStopEndsTheEpisodeAtTheNextStep() throws {
        let bench = try InferenceBench { _ in ScriptedPolicy.still() }
        bench.begin()
        for _ in 0..<3 {
            _ = bench.step()
            bench.answer()
        }
        bench.loop.requestStop()
        guard case .ended(let result) = bench.step() else {
            Issue.record("the episode did not end")
            return
        }
        #expect(result.ending == .stopped && result.steps == 3)
        #expect(bench.setpoint.kind == .hold && bench.records().last?.isDone == true)
        bench.answer()
        bench.begin(1)
        #expect(bench.step().name == "stepped 0", "the stop was for the episode before")
    }

    @Test func aPersonsStopEndsAnEpisodeThatHasNotBegunItsSteps() throws {
        let bench = try InferenceBench { _ in ScriptedPolicy.still() }
        bench.loop.begin(EpisodeRequest(index: 0, seed: 0), now: bench.clock.now)
        bench.loop.requestStop()
        #expect(bench.step().name == "ended stopped", "even where the control loop is silent")
    }

    @Test func anAnswerFromTheEpisodeBeforeIsNotCarriedOut() throws {
        let policy = HangingPolicy(answers: 0)
        defer { policy.letGo() }
        let bench = try InferenceBench(.policy(PolicyWorker(policy: policy, mode: .ownThread), seed: 1)) {
            $0.chunkPatienceSteps = .max
        }
        bench.begin()
        #expect(bench.step().name == "preparing")
        bench.loop.begin(EpisodeRequest(index: 1, seed: 1), now: bench.clock.now)
        policy.letGo()
        bench.answer()
        #expect(bench.step().name == "preparing")
        #expect(bench.setpoint.kind == .hold)
    }

    @Test func recordedActionsAreCarriedOutAndTheLastGraspIsHeld() throws {
        let actions: [[Float]] = (0..<5).map { [Float($0) / 10, 0, 0, 0, 0, 0, 1] }
        let bench = try InferenceBench(.recorded(actions))
        bench.begin()
        let result = try #require(bench.runToEnd())
        #expect(result.ending == .horizon)
        let records = bench.records()
        #expect(records.prefix(5).map(\.action) == actions)
        #expect(records.dropFirst(5).allSatisfy { $0.action == [0, 0, 0, 0, 0, 0, 1] })
    }
}
