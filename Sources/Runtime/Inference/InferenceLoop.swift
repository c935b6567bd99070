public import Cameras
public import Control
import Episodes
import Numerics
import Policies
public import Realtime
import Robots
import Simulation

/// The loop that turns measurements into setpoints, one control step at a time.
///
/// It observes, asks the action source for an action, and publishes the action as a setpoint. It never waits: where no action
/// is scheduled it publishes nothing, and the control loop's age limit holds the robot and then stops it. A step's record
/// is posted to the recorder at the following step, when its outcome is known.
public struct InferenceLoop: ~Copyable {
    /// What a call of ``step(now:)`` came to.
    public enum Event: Sendable {
        /// No episode is under way.
        case idle
        /// The robot is put into place, or waits for the first chunk.
        case preparing
        /// Control step number `step` of the episode was taken.
        case stepped(step: Int)
        /// The episode ended.
        case ended(EpisodeResult)
    }

    private enum Phase {
        case idle
        case settling(ticks: Int)
        case running
    }

    private let setting: InferenceSetting
    private let channels: ControlChannels
    private let events: RecorderQueue?
    private let cameras: [CameraFeed]
    private var source: ActionSource
    private var queue: ChunkQueue

    private var phase = Phase.idle
    private var episode = EpisodeRequest(index: 0, seed: 0)
    private var snapshot = ControlSnapshot()
    /// What the cameras saw when they were last looked at.
    private var frames: [CameraFrame] = []
    private var sequence: UInt64 = 0
    private var beginSequence: UInt64 = 0
    private var stepIndex = 0
    private var waitedTicks = 0
    private var gripperOpening: Double
    private var pending: StepRecord?
    private var backlog: [RecorderEvent] = []
    private var stopRequested = false

    /// - Parameters:
    ///   - setting: the task, robot and scales.
    ///   - source: where actions come from.
    ///   - channels: to and from the control loop.
    ///   - events: to the recorder; nil records nothing.
    ///   - cameras: what is looked at on every step.
    public init(
        setting: InferenceSetting, source: consuming ActionSource, channels: ControlChannels, events: RecorderQueue?,
        cameras: [CameraFeed] = []
    ) {
        self.setting = setting
        self.source = source
        self.channels = channels
        self.events = events
        self.cameras = cameras
        queue = ChunkQueue(executedSteps: setting.executedSteps, leadSteps: setting.leadSteps)
        gripperOpening = setting.robot.gripper.maximumOpening
    }

    /// Asks for a controlled end of the episode under way, at the next step, however far the episode is.
    public mutating func requestStop() {
        stopRequested = true
    }

    /// Whether the next step looks at the cameras.
    var looksNext: Bool {
        switch phase {
        case .idle: false
        case .settling(let ticks): ticks >= setting.settlingSteps
        case .running: true
        }
    }

    /// Counts setpoints anew, as a loop does that was just made; the control loop has to do the same.
    mutating func restartCounting() {
        sequence = 0
        snapshot = ControlSnapshot()
    }

    /// Begins an episode: the control loop puts the world into the initial scene and starts afresh.
    public mutating func begin(_ episode: EpisodeRequest, now: MonotonicTime) {
        self.episode = episode
        queue.reset()
        source.reset(seed: episode.seed)
        pending = nil
        frames = []
        stepIndex = 0
        waitedTicks = 0
        stopRequested = false
        gripperOpening = setting.robot.gripper.maximumOpening
        var setpoint = makeSetpoint(setting.beginsInPlace ? .beginInPlace : .beginEpisode, now: now)
        if !setting.beginsInPlace { setpoint.scene = setting.task.initialScene(seed: episode.seed) }
        beginSequence = setpoint.sequence
        tell(.begin(episode, setpoint))
        channels.setpoint.publish(setpoint)
        phase = .settling(ticks: 0)
    }

    /// Runs one control step.
    ///
    /// - Parameter now: the present moment on the clock that the control loop uses.
    public mutating func step(now: MonotonicTime) -> Event {
        _ = channels.snapshot.read(into: &snapshot)
        switch phase {
        case .idle:
            publish(makeSetpoint(.hold, now: now))
            return .idle
        case .settling(let ticks):
            return settle(ticks: ticks, now: now)
        case .running:
            return run(now: now)
        }
    }

    private mutating func settle(ticks: Int, now: MonotonicTime) -> Event {
        if let ending = endingBySafety() { return end(ending, now: now) }
        if stopRequested { return end(.stopped, now: now) }
        guard snapshot.episodeSequence >= beginSequence else { return .preparing }
        if ticks >= setting.settlingSteps {
            phase = .running
            return run(now: now)
        }
        phase = .settling(ticks: ticks + 1)
        publish(makeSetpoint(.hold, now: now))
        return .preparing
    }

    private mutating func run(now: MonotonicTime) -> Event {
        let observation = setting.task.observe(snapshot.measurement, toolPose: snapshot.toolPose)
        let blindness = look(now: now)
        let isSuccess =
            setting.task.isSuccess(snapshot.measurement, toolPose: snapshot.toolPose) || source.isMarkedDone
        let isLast = stepIndex >= setting.horizon
        let ending: EpisodeEnding? =
            if let ending = endingBySafety() { ending } else if isSuccess { .success } else if isLast {
                .horizon
            } else if stopRequested { .stopped } else { nil }
        if let ending {
            completePending(nextObservation: observation, isSuccess: isSuccess, isDone: true)
            return end(ending, observation: observation, now: now)
        }
        if let blindness { return waitForCameras(blindness, observation: observation, now: now) }
        let scheduled: ScheduledAction?
        do {
            scheduled = try nextAction(observation: observation, now: now)
            if let scheduled { try check(scheduled) }
        } catch {
            completePending(nextObservation: observation, isSuccess: false, isDone: true)
            return end(.policyFailed, detail: "\(error)", now: now)
        }
        // The last action's step lasts for as long as no other follows.
        guard let scheduled else { return wait(now: now) }
        completePending(nextObservation: observation, isSuccess: false, isDone: false)
        return execute(scheduled, observation: observation, now: now)
    }

    /// Reads the cameras' newest frames.
    ///
    /// - Returns: what is wrong, in one line, where one of them has none that is new enough.
    private mutating func look(now: MonotonicTime) -> String? {
        guard !cameras.isEmpty else { return nil }
        var seen: [CameraFrame] = []
        seen.reserveCapacity(cameras.count)
        for camera in cameras {
            guard let frame = camera.newest(), now.nanoseconds(since: frame.time) <= camera.ageLimit else {
                return camera.complaint(now: now) ?? "camera '\(camera.name)': no frame could be read"
            }
            seen.append(frame)
        }
        frames = seen
        return nil
    }

    /// A camera shows nothing of the present: before the first step the robot is held until it does, later the episode ends
    /// with the robot held.
    private mutating func waitForCameras(_ complaint: String, observation: [Float], now: MonotonicTime) -> Event {
        waitedTicks += 1
        if pending == nil, stepIndex == 0, waitedTicks <= setting.firstChunkPatienceSteps {
            publish(makeSetpoint(.hold, now: now))
            return .preparing
        }
        completePending(nextObservation: observation, isSuccess: false, isDone: true)
        return end(.cameraFault, observation: observation, detail: complaint, now: now)
    }

    private func check(_ action: ScheduledAction) throws(ActionFault) {
        guard action.values.count == setting.actionSize, action.values.allSatisfy(\.isFinite) else {
            throw ActionFault(
                description:
                    "the action of step \(stepIndex) is \(action.values): \(setting.actionSize) finite numbers are needed"
            )
        }
    }

    /// The action scheduled for this step; nil where none is.
    private mutating func nextAction(observation: [Float], now: MonotonicTime) throws -> ScheduledAction? {
        switch source.kind {
        case .expert:
            let values = source.expertAction(snapshot.measurement, toolPose: snapshot.toolPose)
            return ScheduledAction(values: values, phase: 0, policyVersion: 0)
        case .recorded(let actions):
            // Where the recording ends the last pose is held, until the horizon or the task is reached.
            let values = stepIndex < actions.count ? actions[stepIndex] : holding(after: actions)
            return ScheduledAction(values: values, phase: 0, policyVersion: 0)
        case .leader(let leader):
            let values = try leader.action(follower: snapshot.measurement.state, now: now)
            return values.map { ScheduledAction(values: $0, phase: 0, policyVersion: 0) }
        case .policy(let worker, let seed):
            if let answer = worker.poll() { queue.receive(try answer.get()) }
            if queue.wantsChunk(at: stepIndex) {
                queue.requested(at: stepIndex)
                worker.request(
                    ChunkRequest(
                        observation: observation, frames: frames,
                        robotState: setting.robotState(snapshot.measurement, toolPose: snapshot.toolPose),
                        step: stepIndex),
                    random: ActionSource.stream(seed: seed, episode: episode.seed, step: stepIndex))
                if let answer = worker.poll() { queue.receive(try answer.get()) }
            }
            guard let action = queue.action(at: stepIndex) else { return nil }
            var scheduled = ScheduledAction(
                values: action.values, phase: action.phase, policyVersion: action.policyVersion)
            if let actor = source.actor {
                try check(scheduled)
                scheduled.base = action.values
                (scheduled.values, scheduled.policyVersion) = try actor.act(
                    observation: observation, base: action.values, phase: action.phase)
            }
            return scheduled
        }
    }

    /// The action that holds the last pose of a recording.
    private func holding(after actions: [[Float]]) -> [Float] {
        switch setting.actionSpace {
        case .tool: [0, 0, 0, 0, 0, 0, actions.last?.last ?? -1]
        case .joints: actions.last ?? []
        }
    }

    /// No action is scheduled: before the first chunk the robot is held; afterwards the control loop is left to notice.
    private mutating func wait(now: MonotonicTime) -> Event {
        // Once the robot follows, a pause is the control loop's to notice.
        if queue.hasBegun || stepIndex > 0 {
            stepIndex += 1
            return .stepped(step: stepIndex - 1)
        }
        waitedTicks += 1
        if waitedTicks > setting.firstChunkPatienceSteps {
            return end(.policyLate, detail: "the policy's first answer did not come", now: now)
        }
        publish(makeSetpoint(.hold, now: now))
        return .preparing
    }

    private mutating func execute(_ action: ScheduledAction, observation: [Float], now: MonotonicTime) -> Event {
        let values = action.values.map { min(1, max(-1, $0)) }
        var setpoint = makeSetpoint(setting.actionSpace == .tool ? .toolDelta : .jointPositions, now: now)
        setpoint.policyVersion = action.policyVersion
        ask(values, of: &setpoint)

        var record = StepRecord()
        record.time = now
        record.observationTime = snapshot.measurement.state.time
        record.observation = observation
        record.frames = frames
        record.action = values
        record.baseAction = action.base ?? values
        record.executedAction = values
        record.scene = snapshot.measurement.scene
        record.policyVersion = action.policyVersion
        record.setpointSequence = setpoint.sequence
        record.chunkPhase = Int32(action.phase)
        pending = record
        publish(setpoint)
        stepIndex += 1
        return .stepped(step: stepIndex - 1)
    }

    /// Puts what an action asks for into a setpoint.
    private mutating func ask(_ values: [Float], of setpoint: inout Setpoint) {
        switch setting.actionSpace {
        case .tool:
            setpoint.translation =
                SIMD3(Double(values[0]), Double(values[1]), Double(values[2])) * setting.translationScale
            setpoint.rotation = SIMD3(Double(values[3]), Double(values[4]), Double(values[5])) * setting.rotationScale
            let gripper = setting.robot.gripper
            if values[6] != 0 { gripperOpening = values[6] < 0 ? gripper.maximumOpening : gripper.minimumOpening }
        case .joints: (setpoint.jointPositions, gripperOpening) = setting.jointActions.goal(of: values)
        }
        setpoint.gripperOpening = gripperOpening
    }

    private mutating func completePending(nextObservation: [Float], isSuccess: Bool, isDone: Bool) {
        guard var record = pending else { return }
        pending = nil
        record.executedAction = executedAction(of: record)
        source.actor?.executed(record.executedAction, isTakeover: record.isTakeover)
        record.nextObservation = nextObservation
        record.nextFrames = frames
        record.reward = isSuccess ? 1 : 0
        record.isDone = isDone
        tell(.step(record))
    }

    /// The action that the control loop took up in place of the one that was asked for: the workspace may have cut it short,
    /// or the setpoint may have been refused.
    private func executedAction(of record: StepRecord) -> [Float] {
        guard snapshot.setpointSequence == record.setpointSequence else { return record.action }
        if setting.actionSpace == .joints {
            // What the safety filter made of it by now.
            return setting.jointActions.action(
                positions: snapshot.executed.jointPositions, opening: snapshot.executed.gripperOpening)
        }
        var action = record.action
        let translation = snapshot.executedTranslation / setting.translationScale
        for axis in 0..<3 where abs(translation[axis] - Double(action[axis])) > 1e-6 {
            action[axis] = min(max(Float(translation[axis]), -1), 1)
        }
        return action
    }

    /// What the control loop's state says about going on.
    ///
    /// A control loop that has taken the setpoint that begins the episode, but has not begun it, refuses: what stopped it
    /// before still stands.
    private func endingBySafety() -> EpisodeEnding? {
        guard snapshot.setpointSequence >= beginSequence, snapshot.phase.isStopping else { return nil }
        return switch snapshot.stopReason {
        case .person: .stopped
        case .setpointAge: .policyLate
        case .none, .fault: .fault
        }
    }

    private mutating func end(
        _ ending: EpisodeEnding, observation: [Float]? = nil, detail: String = "", now: MonotonicTime
    ) -> Event {
        if let actor = source.actor {
            let next = queue.action(at: stepIndex)
            actor.end(ending, observation: observation, base: next?.values, phase: next?.phase ?? 0)
        }
        let hold = makeSetpoint(.hold, now: now)
        var detail = detail
        if ending == .fault, detail.isEmpty {
            detail = FaultDiagnosis.text(
                snapshot.measurement.state, faults: snapshot.faults, robot: setting.robot, now: snapshot.time)
        }
        let result = EpisodeResult(
            request: episode, steps: stepIndex, ending: ending, detail: detail, faults: snapshot.faults)
        tell(.end(result, endSequence: hold.sequence))
        channels.setpoint.publish(hold)
        source.cancel()
        phase = .idle
        return .ended(result)
    }

    /// Tells the recorder. While the robot moves this never waits: what the recorder cannot take now goes with the next event.
    private mutating func tell(_ event: RecorderEvent) {
        guard let events else { return }
        backlog.append(event)
        switch event {
        case .begin, .end: events.post(&backlog)
        case .setpoint, .step: events.postWithoutWaiting(&backlog)
        }
    }

    private mutating func publish(_ setpoint: Setpoint) {
        if case .idle = phase {} else { tell(.setpoint(setpoint)) }
        channels.setpoint.publish(setpoint)
    }

    private mutating func makeSetpoint(_ kind: Setpoint.Kind, now: MonotonicTime) -> Setpoint {
        sequence += 1
        var setpoint = Setpoint()
        setpoint.kind = kind
        setpoint.time = now
        setpoint.sequence = sequence
        setpoint.gripperOpening = gripperOpening
        return setpoint
    }
}

/// An action that is none.
private struct ActionFault: Error, CustomStringConvertible {
    var description: String
}

private struct ScheduledAction {
    var values: [Float]
    /// What the base policy proposed, where a small policy made `values` of it.
    var base: [Float]?
    var phase: Int
    var policyVersion: UInt64
}
