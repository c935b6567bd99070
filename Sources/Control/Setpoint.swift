public import Realtime
public import Robots

/// What inference (or a person) asks of the control loop; handed over through a *latest* exchange.
public struct Setpoint: BitwiseCopyable, Sendable {
    /// What is asked for.
    public enum Kind: UInt8, BitwiseCopyable, Sendable {
        /// Stay where the arm is.
        case hold
        /// Go to ``Setpoint/jointPositions``, within the robot's limits.
        case jointPositions
        /// Move the tool by ``Setpoint/translation`` and ``Setpoint/rotation`` from where it is measured to be when the
        /// setpoint arrives.
        case toolDelta
        /// Begin an episode: put the world into ``Setpoint/scene`` if the backend can, and start afresh.
        case beginEpisode
        /// Begin an episode from where the arm is, wherever that is, and leave the world as it is: a person moves the arm,
        /// and there is no home to begin from.
        case beginInPlace
    }

    /// When inference made it.
    public var time: MonotonicTime = .zero
    /// Counts up by one with every setpoint of a run; a new number is what makes a setpoint new.
    public var sequence: UInt64 = 0
    /// Version of the parameters that produced it; 0 where no parameters were involved.
    public var policyVersion: UInt64 = 0
    /// What is asked for.
    public var kind: Kind = .hold
    /// rad.
    public var jointPositions: JointVector = .zero
    /// m, in the base frame.
    public var translation: SIMD3<Double> = .zero
    /// Rotation vector in the base frame, rad.
    public var rotation: SIMD3<Double> = .zero
    /// Distance between the fingers to go to, m.
    public var gripperOpening: Double = 0
    /// The world to begin the episode with.
    public var scene = SceneSnapshot()

    /// Holding.
    @inlinable
    @_noLocks
    public init() {}
}
