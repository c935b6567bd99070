public import Realtime
import Robots

extension ControlCore {
    /// Computes ``executed`` from the measurement and the setpoint.
    @_noLocks
    public mutating func control(now: MonotonicTime) {
        let blinding = monitor.blindingFaults(measurement.state, now: now)
        if blinding.rawValue != 0 {
            latch(blinding, now: now)
            return commandBlind(now: now)
        }
        model.update(
            positions: measurement.state.jointPositions, velocities: measurement.state.jointVelocities,
            gripperOpening: measurement.state.gripper.opening)
        toolPose = model.toolPose
        if !hasMeasured {
            positions = measurement.state.jointPositions
            velocities = measurement.state.jointVelocities
            restart(now: now)
            if outcome.beganEpisode, !beganInPlace, monitor.isFarFromHome(positions) {
                latch(.startupMismatch, now: now)
            }
        }
        if case .position = mode {
            positions = reference.positions
            velocities = reference.velocities
            model.update(
                positions: positions, velocities: velocities, gripperOpening: measurement.state.gripper.opening)
        } else {
            positions = measurement.state.jointPositions
            velocities = measurement.state.jointVelocities
        }
        guard let inertia = model.massMatrix.cholesky(count: model.jointCount) else {
            latch(.model, now: now)
            return commandBlind(now: now)
        }
        latch(
            monitor.faults(measurement.state, toolPosition: toolPose.position, torques: pushingTorques),
            now: now)
        let error = trackingError()
        if error > safety.trackingError {
            noteLaggingJoints()
            latch(.trackingError, now: now)
        }
        if isSetpointNew { follow(now: now) }
        advanceStop(now: now)
        command(inertia, isBehind: error > safety.trackingError / 2, now: now)
    }

    /// Which joints are too far from their references.
    @_noLocks
    private mutating func noteLaggingJoints() {
        for joint in 0..<model.jointCount {
            let distance = reference.positions[joint] - measurement.state.jointPositions[joint]
            if abs(distance) > safety.trackingError { laggingJoints |= 1 &<< UInt32(joint) }
        }
    }

    /// The torques that tell whether a joint is pushing: those that were sent, or, of an arm that is sent positions, those that
    /// its motors measure.
    private var pushingTorques: JointVector {
        @_noLocks get {
            if case .position = mode { return measurement.state.jointTorques }
            return executed.jointTorques
        }
    }

    /// Takes up a new setpoint.
    @_noLocks
    private mutating func follow(now: MonotonicTime) {
        guard isFinite(setpoint) else {
            flags |= LimiterFlags.notFinite.rawValue
            return
        }
        guard now.nanoseconds(since: setpoint.time) <= safety.commandAge else {
            flags |= LimiterFlags.setpointAge.rawValue
            return
        }
        guard case .follow = machine.handle(.setpointArrived) else { return }
        setpointTime = setpoint.time
        switch setpoint.kind {
        case .hold, .beginEpisode, .beginInPlace: startHolding()
        case .jointPositions:
            if case .tool = activity, case .torque = mode { startReference() }
            activity = .joints
            gripperGoal = setpoint.gripperOpening
            askedPositions = setpoint.jointPositions
            for joint in 0..<model.jointCount {
                let limits = filter.limits(joint)
                jointGoal[joint] = min(max(setpoint.jointPositions[joint], limits.lower), limits.upper)
                if jointGoal[joint] != setpoint.jointPositions[joint] { flags |= LimiterFlags.setpointRange.rawValue }
            }
        case .toolDelta:
            gripperGoal = setpoint.gripperOpening
            // What the benchmarks publish: from the measured pose, but the wanted orientation stands if no turn is asked.
            let keepsOrientation = setpoint.rotation == SIMD3(repeating: 0)
            if case .tool = activity, keepsOrientation {
            } else if keepsOrientation {
                toolGoal.orientation = toolPose.orientation
            } else {
                toolGoal.orientation = (Quaternion(rotationVector: setpoint.rotation) * toolPose.orientation).normalised
            }
            let wanted = toolPose.position + setpoint.translation
            toolGoal.position = monitor.clampToWorkspace(wanted)
            executedTranslation = toolGoal.position - toolPose.position
            if toolGoal.position != wanted { flags |= LimiterFlags.workspace.rawValue }
            activity = .tool
        }
    }

    @_noLocks
    private func isFinite(_ setpoint: borrowing Setpoint) -> Bool {
        var sum = setpoint.gripperOpening
        for joint in 0..<model.jointCount { sum += setpoint.jointPositions[joint] }
        let moves = setpoint.translation + setpoint.rotation
        sum += moves.x + moves.y + moves.z
        // A sum of huge but finite numbers may overflow, which is refused as well: no robot is that large.
        return sum.isFinite
    }

    /// Fills ``requested`` and ``executed``.
    @_noLocks
    private mutating func command(_ inertia: JointCholesky, isBehind: Bool, now: MonotonicTime) {
        flags |= gripper.step(towards: gripperGoal).rawValue
        var wanted = JointVector(repeating: 0)
        switch activity {
        case .idle:
            startReference()
            filter.note(torques: model.bias)
            return send(.idle, wanted: JointVector(repeating: 0), sent: JointVector(repeating: 0), now: now)
        case .hold: filter.stop(&reference)
        case .joints: moveReference(to: jointGoal, speed: 1, isBehind: isBehind)
        case .rest: moveReference(to: restPose, speed: restSpeed, isBehind: isBehind)
        case .tool:
            let result = operationalSpace.torques(
                towards: toolGoal, model: model, inertia: inertia, positions: positions, velocities: velocities)
            if result.isSingular { flags |= LimiterFlags.singularity.rawValue }
            wanted = result.torques
            if case .position = mode {
                var excess = JointVector(repeating: 0)
                for joint in 0..<model.jointCount { excess[joint] = wanted[joint] - model.bias[joint] }
                var accelerations = inertia.solve(excess)
                if isBehind {
                    accelerations = JointVector(repeating: .nan)
                    flags |= LimiterFlags.trackingError.rawValue
                }
                flags |= filter.advance(&reference, wanted: accelerations).rawValue
            }
        }
        if case .position = mode {
            return send(.position, wanted: wanted, sent: JointVector(repeating: 0), now: now)
        }
        if case .tool = activity {
        } else {
            wanted = jointImpedance.torques(
                reference: reference, model: model, positions: positions, velocities: velocities)
        }
        let limited = filter.limit(
            torques: wanted, model: model, inertia: inertia, positions: positions, velocities: velocities)
        flags |= limited.flags.rawValue
        send(.torque, wanted: wanted, sent: limited.torques, now: now)
    }

    @_noLocks
    private mutating func moveReference(to goal: JointVector, speed: Double, isBehind: Bool) {
        if isBehind {
            flags |= LimiterFlags.trackingError.rawValue
            return filter.stop(&reference)
        }
        if isLeavingWorkspace() {
            flags |= LimiterFlags.workspace.rawValue
            return filter.stop(&reference)
        }
        var wanted = JointVector(repeating: 0)
        for joint in 0..<model.jointCount {
            let limits = filter.limits(joint)
            wanted[joint] = JointReference.acceleration(
                from: reference.motion(joint), to: goal[joint], speed: speed * limits.velocity, limits: limits)
        }
        // The goal is approached at the limits by design: that is no intervention.
        _ = filter.advance(&reference, wanted: wanted)
    }

    /// Whether the tool is outside of its workspace and moves farther out.
    @_noLocks
    private func isLeavingWorkspace() -> Bool {
        let outward = toolPose.position - monitor.clampToWorkspace(toolPose.position)
        if dot(outward, outward) == 0 { return false }
        return dot(model.toolVelocity(reference.velocities).linear, outward) > 0
    }

    /// What is sent without a usable measurement: torques that carry the arm where it was last seen, positions that its motors
    /// hold by themselves, or none.
    @_noLocks
    private mutating func commandBlind(now: MonotonicTime) {
        var holdsItself = false
        if case .position = mode, hasMeasured { holdsItself = !releasesTorque || !hasHeldFault(now: now) }
        if holdsItself {
            filter.stop(&reference)
            return send(.position, wanted: JointVector(repeating: 0), sent: JointVector(repeating: 0), now: now)
        }
        if releasesTorque || !hasMeasured {
            activity = .idle
            return send(.idle, wanted: JointVector(repeating: 0), sent: JointVector(repeating: 0), now: now)
        }
        filter.note(torques: model.bias)
        send(.torque, wanted: model.bias, sent: model.bias, now: now)
    }

    @_noLocks
    private mutating func send(
        _ mode: RobotCommand.Mode, wanted: JointVector, sent: JointVector, now: MonotonicTime
    ) {
        requested.time = now
        requested.cycle = cycle
        requested.mode = mode
        requested.jointTorques = wanted
        requested.jointPositions = reference.positions
        requested.gripperOpening = gripperGoal
        executed = requested
        executed.jointTorques = sent
        // What was asked of the joints, beside what the filter made of it.
        if case .position = mode, case .joints = activity { requested.jointPositions = askedPositions }
        executed.gripperOpening = gripper.opening
    }
}
