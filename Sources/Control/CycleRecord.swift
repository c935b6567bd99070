public import Realtime
public import Robots

/// One control cycle as it is recorded: what was measured, what was asked, and what was done about it.
public struct CycleRecord: BitwiseCopyable, Sendable {
    /// When the cycle began.
    public var time: MonotonicTime = .zero
    /// The cycle, counted from the loop's start.
    public var cycle: UInt64 = 0
    /// What was measured.
    public var state = RobotState()
    /// What the controller asked for.
    public var requested = RobotCommand()
    /// What the safety filter let through, and the driver was sent.
    public var executed = RobotCommand()
    /// What people and the schedule asked for in this cycle.
    public var requests: OperatorRequests.Pending = []
    /// Where the safety filter stepped in.
    public var interventions: LimiterFlags = []
    /// What is wrong, latched until a reset.
    public var faults: SafetyFaults = []
    /// How far a stop has come.
    public var phase: StopPhase = .ready
    /// Sequence number of the setpoint in force; the first cycle with a new number is the one that took it.
    public var setpointSequence: UInt64 = 0
    /// Sequence number of the setpoint that began the episode; 0 before the first one.
    public var episodeSequence: UInt64 = 0
    /// How late the cycle began, ns; 0 in lockstep.
    public var wakeLateness: UInt64 = 0
    /// How long the cycle's step took without publishing, ns; 0 in lockstep.
    public var stepDuration: UInt64 = 0

    /// Before the first cycle.
    @inlinable
    public init() {}
}

/// What one step of the control loop came to.
public struct CycleOutcome: BitwiseCopyable, Sendable {
    /// The cycle, counted from the loop's start.
    public var cycle: UInt64 = 0
    /// How far a stop has come.
    public var phase: StopPhase = .ready
    /// What is wrong, latched until a reset.
    public var faults: SafetyFaults = []
    /// Where the safety filter stepped in.
    public var interventions: LimiterFlags = []
    /// Whether this cycle took a new setpoint.
    public var tookSetpoint = false
    /// Whether this cycle began an episode.
    public var beganEpisode = false
    /// Whether the backend put the world into the episode's initial scene; a real robot cannot.
    public var resetScene = false

    /// Before the first cycle.
    @inlinable
    public init() {}
}
