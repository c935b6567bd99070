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
