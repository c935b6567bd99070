import Control
import Episodes
import Policies
import Realtime

extension InferenceLoop {
    func check(_ action: ScheduledAction) throws(ActionFault) {
        guard action.values.count == setting.actionSize, action.values.allSatisfy(\.isFinite) else {
            throw ActionFault(
                description:
                    "the action of step \(stepIndex) is \(action.values): \(setting.actionSize) finite numbers are needed"
            )
        }
    }

    /// The action scheduled for this step; nil where none is.
    mutating func nextAction(observation: [Float], now: MonotonicTime) throws -> ScheduledAction? {
        switch source.kind {
        case .expert:
            let values = source.expertAction(snapshot.measurement, toolPose: snapshot.toolPose)
            return ScheduledAction(values: values, phase: 0, policyVersion: 0)
        case .recorded(let recording):
            let recorded = try recording.action(at: stepIndex, state: snapshot.measurement.state, now: now)
            // Where the recording ends, and the episode does not, the last pose is held.
            let values = recorded ?? holding(after: recording.last)
            return ScheduledAction(values: values, phase: 0, policyVersion: 0)
        case .leader(let leader):
            let values = try leader.action(follower: snapshot.measurement.state, now: now)
            return values.map { ScheduledAction(values: $0, phase: 0, policyVersion: 0) }
        case .policy(let worker, let seed):
            try fillQueue(from: worker, seed: seed, observation: observation, now: now)
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

    /// Takes the chunk that has arrived, and asks for the next one when it is time.
    private mutating func fillQueue(
        from worker: PolicyWorker, seed: UInt64, observation: [Float], now: MonotonicTime
    ) throws {
        try takeChunk(from: worker, now: now)
        guard queue.wantsChunk(at: stepIndex) else { return }
        let continuation = queue.request(at: stepIndex)
        requestTick = tick
        worker.request(
            ChunkRequest(
                observation: observation, frames: frames,
                robotState: setting.robotState(snapshot.measurement.state, toolPose: snapshot.toolPose),
                step: stepIndex,
                continuation: continuation),
            random: ActionSource.stream(seed: seed, episode: episode.seed, step: stepIndex), now: now)
        try takeChunk(from: worker, now: now)
    }

    private mutating func takeChunk(from worker: PolicyWorker, now: MonotonicTime) throws {
        guard let answer = worker.poll(now: now) else { return }
        queue.receive(try answer.get(), at: stepIndex, delay: tick - requestTick)
    }

    /// The action that holds the last pose of a recording.
    func holding(after last: [Float]?) -> [Float] {
        switch setting.actionSpace {
        case .tool: [0, 0, 0, 0, 0, 0, last?.last ?? -1]
        case .joints: last ?? []
        }
    }

    /// No action is scheduled. Where the robot waits for a chunk it is held, but not for ever; where a chunk is late, the control
    /// loop is left to notice, which holds and then stops.
    mutating func wait(now: MonotonicTime) -> Event {
        // Once the robot follows, a pause is the control loop's to notice.
        let hasBegun = queue.hasBegun || stepIndex > 0
        if hasBegun, !queue.isHeld {
            stepIndex += 1
            return .stepped(step: stepIndex - 1)
        }
        waitedTicks += 1
        if waitedTicks > setting.chunkPatienceSteps {
            let which = hasBegun ? "next" : "first"
            return end(.policyLate, detail: "the policy's \(which) answer did not come", now: now)
        }
        noteExecuted()
        publish(makeSetpoint(.hold, now: now))
        guard hasBegun else { return .preparing }
        // The task's time goes on.
        stepIndex += 1
        return .stepped(step: stepIndex - 1)
    }

    mutating func execute(_ action: ScheduledAction, observation: [Float], now: MonotonicTime) -> Event {
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
        waitedTicks = 0
        publish(setpoint)
        stepIndex += 1
        return .stepped(step: stepIndex - 1)
    }

    /// Puts what an action asks for into a setpoint.
    mutating func ask(_ values: [Float], of setpoint: inout Setpoint) {
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

    mutating func completePending(nextObservation: [Float], isSuccess: Bool, isDone: Bool) {
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

    /// Notes what was made of the last action, before the robot is held: then its setpoint is no longer the one in force.
    private mutating func noteExecuted() {
        guard var record = pending else { return }
        record.executedAction = executedAction(of: record)
        pending = record
    }

    /// The action that the control loop took up in place of the one that was asked for: the workspace may have cut it short,
    /// or the setpoint may have been refused.
    private func executedAction(of record: StepRecord) -> [Float] {
        guard snapshot.setpointSequence == record.setpointSequence else { return record.executedAction }
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
}

/// An action that is none.
struct ActionFault: Error, CustomStringConvertible {
    var description: String
}

/// What a step is to do.
struct ScheduledAction {
    var values: [Float]
    /// What the base policy proposed, where a small policy made `values` of it.
    var base: [Float]?
    var phase: Int
    var policyVersion: UInt64
}
