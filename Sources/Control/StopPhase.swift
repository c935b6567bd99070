/// How far a stop has come.
public enum StopPhase: UInt8, CaseIterable, BitwiseCopyable, Sendable {
    /// Holding the arm where it is until the first setpoint.
    case ready
    /// Following setpoints.
    case running
    /// No fresh setpoint: the arm holds and goes on when one comes in time.
    case holding
    /// Coming to a standstill.
    case decelerating
    /// On the way to the rest pose.
    case resting
    /// At rest, motors as the torque policy says; goes on with the next episode, or after a person's stop with a reset.
    case stopped
    /// Something is wrong; motors as the torque policy says, until a person's reset.
    case faulted
}

extension StopPhase {
    /// Whether setpoints are no longer followed: the arm is coming to rest, or is at rest after a stop.
    @inlinable
    public var isStopping: Bool { @_noLocks get { rawValue >= 3 } }
}

/// Why the arm is coming to rest or has come to rest.
public enum StopReason: UInt8, CaseIterable, BitwiseCopyable, Sendable {
    /// It is not.
    case none
    /// No fresh setpoint came in time.
    case setpointAge
    /// A person asked for it.
    case person
    /// Something is wrong: see the faults.
    case fault
}
