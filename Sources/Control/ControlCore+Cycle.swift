public import Realtime
import Robots

extension ControlCore {
    /// Counts cycles and setpoints anew, as a loop does that was just made; the next setpoint must begin an episode.
    ///
    /// With it an episode's records are the same whatever was run before.
    @_noLocks
    public mutating func restartCounting() {
        cycle = 0
        lastSequence = 0
        episodeSequence = 0
    }

    /// Starts a cycle; answers what people asked for.
    @_noLocks
    public mutating func beginCycle(now: MonotonicTime) {
        cycle &+= 1
        flags = 0
        outcome.tookSetpoint = false
        outcome.beganEpisode = false
        outcome.resetScene = false
        isSetpointNew = false
        mark(0)
        record.requests = requests._withUnsafeGuaranteedRef { $0.take() }
        let asked = record.requests.rawValue
        if asked & OperatorRequests.Pending.reset.rawValue != 0 {
            faults = SafetyFaults(rawValue: 0)
            perform(machine.handle(.resetRequested), now: now)
        }
        if asked & OperatorRequests.Pending.stop.rawValue != 0 {
            perform(machine.handle(.stopRequested), now: now)
        }
        if asked & OperatorRequests.Pending.overrun.rawValue != 0 { latch(.overrun, now: now) }
    }

    /// Takes the newest setpoint if it is new.
    ///
    /// - Returns: Whether it begins an episode, and one may begin: neither a fault nor a person's stop stands against it.
    @_noLocks
    public mutating func takeSetpoint(now: MonotonicTime) -> Bool {
        guard setpointHandle.read(into: &setpoint, newerThan: &setpointVersion) else { return false }
        guard setpoint.sequence != lastSequence else { return false }
        lastSequence = setpoint.sequence
        outcome.tookSetpoint = true
        executedTranslation = SIMD3(repeating: 0)
        switch setpoint.kind {
        case .beginEpisode: beganInPlace = false
        case .beginInPlace: beganInPlace = true
        case .hold, .jointPositions, .toolDelta:
            isSetpointNew = true
            return false
        }
        if machine.isStopLatched { return false }
        if case .faulted = machine.phase { return false }
        return true
    }

    /// Puts everything back to the start of an episode, from the measurement as it is now.
    @_noLocks
    public mutating func beginEpisode(now: MonotonicTime, didReset: Bool) {
        outcome.beganEpisode = true
        outcome.resetScene = didReset
        episodeSequence = setpoint.sequence
        setpointTime = now
        hasMeasured = false
        perform(machine.handle(.episodeBegan), now: now)
    }

    /// Notes the time that reading took.
    @_noLocks
    public mutating func finishReading() {
        measurement.state.cycle = cycle
        mark(1)
    }

    /// Notes the time that control took.
    @_noLocks
    public mutating func finishControl() { mark(2) }

    /// Notes the time that writing took.
    @_noLocks
    public mutating func finishWriting() { mark(3) }

    /// Shows and records the cycle.
    @_noLocks
    public mutating func publish(now: MonotonicTime, wakeLateness: UInt64) -> CycleOutcome {
        let interventions = LimiterFlags(rawValue: flags)
        outcome.cycle = cycle
        outcome.phase = machine.phase
        outcome.faults = faults
        outcome.interventions = interventions

        snapshot.time = now
        snapshot.cycle = cycle
        snapshot.measurement = measurement
        snapshot.toolPose = toolPose
        snapshot.phase = machine.phase
        snapshot.stopReason = machine.reason
        snapshot.faults = faults
        snapshot.hinderedJoints = monitor.stalledJoints | laggingJoints
        snapshot.setpointSequence = lastSequence
        snapshot.episodeSequence = episodeSequence
        snapshot.executed = executed
        snapshot.executedTranslation = executedTranslation
        snapshot.interventions.record(interventions)

        record.time = now
        record.cycle = cycle
        record.state = measurement.state
        record.requested = requested
        record.executed = executed
        record.interventions = interventions
        record.faults = faults
        record.phase = machine.phase
        record.setpointSequence = lastSequence
        record.episodeSequence = episodeSequence
        record.wakeLateness = wakeLateness
        record.stepDuration = marks[3] &- marks[0]

        snapshotHandle.publish(snapshot)
        _ = cyclesHandle.push(record)
        heartbeat.beat()
        noteDurations()
        return outcome
    }

    @_noLocks
    private mutating func mark(_ index: Int) {
        if case .measured = timing { marks[index] = MonotonicClock.now().nanoseconds }
    }

    @_noLocks
    private mutating func noteDurations() {
        guard case .measured = timing else { return }
        let end = MonotonicClock.now().nanoseconds
        histograms.read.record(nanoseconds: marks[1] &- marks[0])
        histograms.control.record(nanoseconds: marks[2] &- marks[1])
        histograms.write.record(nanoseconds: marks[3] &- marks[2])
        histograms.publish.record(nanoseconds: end &- marks[3])
        histograms.own.record(nanoseconds: marks[2] &- marks[1] &+ end &- marks[3])
    }
}
