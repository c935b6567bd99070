public import Realtime
public import Robots

/// What the control loop shows the others after every cycle; handed over through a *latest* exchange.
public struct ControlSnapshot: BitwiseCopyable, Sendable {
    /// When the cycle began.
    public var time: MonotonicTime = .zero
    /// The cycle, counted from the loop's start.
    public var cycle: UInt64 = 0
    /// What the driver measured.
    public var measurement = Measurement()
    /// Measured pose of the tool in the base frame.
    public var toolPose = Pose()
    /// How far a stop has come.
    public var phase: StopPhase = .ready
    /// Why the arm stops or has stopped.
    public var stopReason: StopReason = .none
    /// What is wrong, latched until a reset.
    public var faults: SafetyFaults = []
    /// A bit for each joint that something hinders: that stalled, or fell too far behind its command.
    public var hinderedJoints: UInt32 = 0
    /// Sequence number of the setpoint in force.
    public var setpointSequence: UInt64 = 0
    /// Sequence number of the setpoint that began the episode; 0 before the first one.
    public var episodeSequence: UInt64 = 0
    /// The joints' torques or positions as they were sent.
    public var executed = RobotCommand()
    /// For a setpoint that moves the tool: the translation of the goal that was taken up, after it was kept inside of the
    /// workspace, m; zero where the setpoint was refused.
    public var executedTranslation = SIMD3<Double>(repeating: 0)
    /// How often the safety filter stepped in since the loop started.
    public var interventions = InterventionCounts()

    /// Before the first cycle.
    @inlinable
    public init() {}
}
