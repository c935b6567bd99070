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

    enum Phase {
        case idle
        case settling(ticks: Int)
        case running
    }

    let setting: InferenceSetting
    let channels: ControlChannels
    let events: RecorderQueue?
    let cameras: [CameraFeed]
    var source: ActionSource
    var queue: ChunkQueue

    var phase = Phase.idle
    var episode = EpisodeRequest(index: 0, seed: 0)
    var snapshot = ControlSnapshot()
    /// What the cameras saw when they were last looked at.
    var frames: [CameraFrame] = []
    /// Whether a camera showed nothing of the present when they were.
    var isBlind = false
    /// Shows the policy pictures' features; nil where it sees what the task observes.
    let view: PolicyView?
    /// What the policy sees of the present step, once somebody asked.
    var seen: [Float]?
    private var sequence: UInt64 = 0
    private var beginSequence: UInt64 = 0
    var stepIndex = 0
    /// Steps for which the robot is held in one go, because there is no chunk.
    var waitedTicks = 0
    /// Calls of ``step(now:)`` in which the episode was under way: unlike steps they count while the first chunk is waited for.
    var tick = 0
    /// ``tick`` when the open chunk was asked for.
    var requestTick = 0
    var gripperOpening: Double
    var pending: StepRecord?
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
        queue = ChunkQueue(setting.chunks)
        view =
            setting.hidesObjects
            ? PolicyView(layout: setting.task.observationLayout, encoder: setting.images) : nil
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
        tick = 0
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
        tick += 1
        let observation = setting.task.observe(snapshot.measurement, toolPose: snapshot.toolPose)
        seen = nil
        let blindness = look(now: now)
        isBlind = blindness != nil
        let isSuccess =
            setting.task.isSuccess(snapshot.measurement, toolPose: snapshot.toolPose) || source.isMarkedDone
        let isLast = stepIndex >= setting.horizon || source.isOver(at: stepIndex)
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

    mutating func end(
        _ ending: EpisodeEnding, observation: [Float]? = nil, detail: String = "", now: MonotonicTime
    ) -> Event {
        let hold = makeSetpoint(.hold, now: now)
        var detail = detail
        if ending == .fault, detail.isEmpty {
            detail = FaultDiagnosis.text(
                snapshot.measurement.state, faults: snapshot.faults, hindered: snapshot.hinderedJoints,
                robot: setting.robot, now: snapshot.time)
        }
        if ending == .policyLate, case .leader(let leader) = source.kind { detail = leader.silence(now: now) }
        if let actor = source.actor, let failure = endExperience(actor, ending, observation: observation) {
            detail += (detail.isEmpty ? "" : "; ") + "its outcome cannot be learnt from: \(failure)"
        }
        let result = EpisodeResult(
            request: episode, steps: stepIndex, ending: ending, detail: detail, faults: snapshot.faults)
        tell(.end(result, endSequence: hold.sequence))
        channels.setpoint.publish(hold)
        source.cancel()
        phase = .idle
        return .ended(result)
    }

    /// Ends what the small policy experienced, in the state that the episode ended in.
    ///
    /// - Returns: Why that state is not known, if it should be.
    private mutating func endExperience(
        _ actor: SmallPolicyActor, _ ending: EpisodeEnding, observation: [Float]?
    ) -> PolicyError? {
        let next = queue.action(at: stepIndex)
        do throws(PolicyError) {
            // Without pictures of the present nobody knows what the policy would have seen.
            let seen = if !isBlind, let observation { try policyObservation(observation) } else { nil as [Float]? }
            try actor.end(ending, observation: seen, base: next?.values, phase: next?.phase ?? 0)
            return nil
        } catch {
            actor.interrupt()
            return error
        }
    }

    /// Tells the recorder. While the robot moves this never waits: what the recorder cannot take now goes with the next event.
    mutating func tell(_ event: RecorderEvent) {
        guard let events else { return }
        backlog.append(event)
        switch event {
        case .begin, .end: events.post(&backlog)
        case .setpoint, .step: events.postWithoutWaiting(&backlog)
        }
    }

    mutating func publish(_ setpoint: Setpoint) {
        if case .idle = phase {} else { tell(.setpoint(setpoint)) }
        channels.setpoint.publish(setpoint)
    }

    mutating func makeSetpoint(_ kind: Setpoint.Kind, now: MonotonicTime) -> Setpoint {
        sequence += 1
        var setpoint = Setpoint()
        setpoint.kind = kind
        setpoint.time = now
        setpoint.sequence = sequence
        setpoint.gripperOpening = gripperOpening
        return setpoint
    }
}
