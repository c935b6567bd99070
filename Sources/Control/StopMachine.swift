/// What makes a stop go on, or go away.
public enum StopEvent: UInt8, CaseIterable, BitwiseCopyable, Sendable {
    /// A setpoint came that may be followed.
    case setpointArrived
    /// The setpoint in force became too old.
    case setpointExpired
    /// The arm held for as long as it may without a setpoint.
    case holdExpired
    /// A person asked for a stop.
    case stopRequested
    /// Something is wrong.
    case faultFound
    /// The arm stands, or should by now.
    case standstill
    /// The arm is at its rest pose.
    case restReached
    /// An episode begins.
    case episodeBegan
    /// A person looked at it and takes stops and faults back.
    case resetRequested
}

/// What the loop has to do about an event.
public enum StopAction: UInt8, CaseIterable, BitwiseCopyable, Sendable {
    /// Nothing new.
    case none
    /// Follow the setpoint.
    case follow
    /// Hold the arm where it is.
    case hold
    /// Bring the arm to a standstill.
    case decelerate
    /// Move to the rest pose.
    case goToRest
    /// Do with the motors at rest what the torque policy says.
    case applyTorquePolicy
    /// Put every internal state back to the start of an episode.
    case begin
}

/// How the arm comes to rest, and what brings it back: hold, decelerate, rest pose, torque policy.
///
/// A pure value: it is told of events and answers with what to do. Faults latch until a person's reset, and a person's stop
/// until a person's reset: no setpoint and no episode ends them.
public struct StopMachine: BitwiseCopyable, Equatable, Sendable {
    /// How far a stop has come.
    public private(set) var phase: StopPhase = .ready
    /// Why.
    public private(set) var reason: StopReason = .none
    /// Whether a person's stop waits for a person's reset.
    public private(set) var isStopLatched = false
    /// Whether there is a rest pose to go to.
    public let hasRestPose: Bool

    /// Holding, before the first setpoint.
    @_noLocks
    public init(hasRestPose: Bool) {
        self.hasRestPose = hasRestPose
    }

    /// Any state there is; for tests of every transition.
    init(phase: StopPhase, reason: StopReason, isStopLatched: Bool, hasRestPose: Bool) {
        self.phase = phase
        self.reason = reason
        self.isStopLatched = isStopLatched
        self.hasRestPose = hasRestPose
    }

    /// Takes note of an event.
    ///
    /// - Returns: What is to be done now.
    @_noLocks
    public mutating func handle(_ event: StopEvent) -> StopAction {
        switch event {
        case .stopRequested: return handleStopRequest()
        case .resetRequested: return handleReset()
        case .faultFound:
            if case .faulted = phase { return .none }
            phase = .faulted
            reason = .fault
            return .decelerate
        case .episodeBegan:
            if isStopLatched { return .none }
            if case .faulted = phase { return .none }
            phase = .running
            reason = .none
            return .begin
        case .setpointArrived, .setpointExpired, .holdExpired: return handleSetpoint(event)
        case .standstill, .restReached: return handleMotion(event)
        }
    }

    @_noLocks
    private mutating func handleStopRequest() -> StopAction {
        isStopLatched = true
        switch phase {
        case .ready, .running, .holding:
            phase = .decelerating
            reason = .person
            return .decelerate
        case .decelerating, .resting, .stopped:
            reason = .person
            return .none
        case .faulted:
            return .none
        }
    }

    @_noLocks
    private mutating func handleReset() -> StopAction {
        isStopLatched = false
        switch phase {
        case .stopped, .faulted:
            phase = .ready
            reason = .none
            return .begin
        case .ready, .running, .holding, .decelerating, .resting:
            return .none
        }
    }

    @_noLocks
    private mutating func handleSetpoint(_ event: StopEvent) -> StopAction {
        switch (phase, event) {
        case (.ready, .setpointArrived), (.running, .setpointArrived), (.holding, .setpointArrived):
            phase = .running
            return .follow
        case (.running, .setpointExpired):
            phase = .holding
            return .hold
        case (.holding, .holdExpired):
            phase = .decelerating
            reason = .setpointAge
            return .decelerate
        default:
            return .none
        }
    }

    @_noLocks
    private mutating func handleMotion(_ event: StopEvent) -> StopAction {
        switch (phase, event) {
        case (.decelerating, .standstill):
            if hasRestPose {
                phase = .resting
                return .goToRest
            }
            phase = .stopped
            return .applyTorquePolicy
        case (.resting, .restReached):
            phase = .stopped
            return .applyTorquePolicy
        case (.faulted, .standstill):
            return .applyTorquePolicy
        default:
            return .none
        }
    }
}
