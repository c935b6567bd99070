import CRealtime
import Realtime
import Robots

extension ControlCore {
    /// Latches faults and lets the stop machine know.
    @_noLocks
    mutating func latch(_ found: SafetyFaults, now: MonotonicTime) {
        guard found.rawValue != 0 else { return }
        faults = SafetyFaults(rawValue: faults.rawValue | found.rawValue)
        perform(machine.handle(.faultFound), now: now)
    }

    /// Does what the stop machine answered.
    @_noLocks
    mutating func perform(_ action: StopAction, now: MonotonicTime) {
        switch action {
        case .none, .follow: break
        case .hold, .decelerate:
            phaseTime = now
            startHolding()
        case .goToRest:
            phaseTime = now
            activity = .rest
        case .applyTorquePolicy:
            activity = releasesTorque ? .idle : .hold
        case .begin:
            phaseTime = now
            hasMeasured = false
            activity = .hold
        }
    }

    /// From now on the arm comes to a stop and stays there.
    @_noLocks
    mutating func startHolding() {
        if case .tool = activity, case .torque = mode { startReference() }
        activity = .hold
    }

    /// Lets the reference begin where the arm is and as it moves.
    @_noLocks
    mutating func startReference() {
        reference = JointReference(
            positions: positions, velocities: velocities, accelerations: filter.accelerations)
    }

    /// The canonical start: at rest where the arm is measured to be.
    @_noLocks
    mutating func restart(now: MonotonicTime) {
        reference = JointReference(at: positions)
        executed = RobotCommand()
        jointGoal = positions
        toolGoal = toolPose
        gripper.restart(at: measurement.state.gripper.opening)
        gripperGoal = gripper.opening
        filter.restart(torques: model.bias)
        monitor.restart()
        laggingJoints = 0
        activity = .hold
        hasMeasured = true
    }

    /// Lets time pass for the stop machine.
    @_noLocks
    mutating func advanceStop(now: MonotonicTime) {
        switch machine.phase {
        case .running:
            if now.nanoseconds(since: setpointTime) > safety.commandAge {
                perform(machine.handle(.setpointExpired), now: now)
            }
        case .holding:
            flags |= LimiterFlags.setpointAge.rawValue
            if now.nanoseconds(since: phaseTime) > safety.holdDuration {
                perform(machine.handle(.holdExpired), now: now)
            }
        case .faulted where !hasHeldFault(now: now): break
        case .decelerating, .faulted:
            let isOver = now.nanoseconds(since: phaseTime) > safety.decelerationDuration
            if isOver || isStanding() { perform(machine.handle(.standstill), now: now) }
        case .resting:
            if isStanding(), isAtRestPose() { perform(machine.handle(.restReached), now: now) }
        case .ready, .stopped: break
        }
    }

    /// Whether the arm has been held for as long as without a setpoint, since a fault was found: whoever stands by can take hold
    /// of it before its torque goes off.
    @_noLocks
    func hasHeldFault(now: MonotonicTime) -> Bool { now.nanoseconds(since: phaseTime) > safety.holdDuration }

    @_noLocks
    private func isStanding() -> Bool {
        for joint in 0..<model.jointCount {
            if abs(velocities[joint]) > 0.02 || abs(reference.velocities[joint]) > 0.001 { return false }
        }
        return true
    }

    @_noLocks
    private func isAtRestPose() -> Bool {
        for joint in 0..<model.jointCount where abs(reference.positions[joint] - restPose[joint]) > 0.002 {
            return false
        }
        return true
    }

    /// How far the arm is from its reference, rad; 0 where there is none.
    @_noLocks
    func trackingError() -> Double {
        if case .idle = activity { return 0 }
        if case .tool = activity, case .torque = mode { return 0 }
        var largest = 0.0
        for joint in 0..<model.jointCount {
            largest = max(largest, abs(reference.positions[joint] - measurement.state.jointPositions[joint]))
        }
        return largest
    }
}
