public import Realtime
public import Robots

/// The control loop without its driver.
public struct ControlCore: ~Copyable {
    /// What the driver measured last.
    public var measurement = Measurement()
    /// The setpoint in force.
    public private(set) var setpoint = Setpoint()
    /// What the driver is sent.
    public private(set) var executed = RobotCommand()
    /// How long the stages took.
    public private(set) var histograms = StageHistograms()
    /// The arm's kinematics and dynamics.
    public private(set) var model: ArmModel

    let channels: ControlChannels
    let setpointHandle: Latest<Setpoint>.Handle
    let snapshotHandle: Latest<ControlSnapshot>.Handle
    let cyclesHandle: Ring<CycleRecord>.Handle
    let timing: StageTiming
    let mode: RobotCommand.Mode
    private var setpointVersion: UInt64 = 0
    private var record = CycleRecord()
    private var snapshot = ControlSnapshot()
    private var outcome = CycleOutcome()
    private var cycle: UInt64 = 0

    init(
        robot: RobotDescription, channels: ControlChannels, mode: RobotCommand.Mode, timing: StageTiming
    ) throws(ArmModelError) {
        model = try ArmModel(robot: robot)
        self.channels = channels
        setpointHandle = channels.setpoint.handle
        snapshotHandle = channels.snapshot.handle
        cyclesHandle = channels.cycles.handle
        self.mode = mode
        self.timing = timing
    }

    /// Starts a cycle.
    @_noLocks
    public mutating func beginCycle(now: MonotonicTime) {
        cycle &+= 1
    }

    /// Takes the newest setpoint if it is new.
    ///
    /// - Returns: Whether it begins an episode.
    @_noLocks
    public mutating func takeSetpoint(now: MonotonicTime) -> Bool {
        guard setpointHandle.read(into: &setpoint, newerThan: &setpointVersion) else { return false }
        if case .beginEpisode = setpoint.kind { return true }
        return false
    }

    /// Puts everything back to the start of an episode.
    @_noLocks
    public mutating func beginEpisode(now: MonotonicTime, didReset: Bool) {
        outcome.beganEpisode = true
        outcome.resetScene = didReset
    }

    /// Notes the time that reading took.
    @_noLocks
    public mutating func finishReading() {}

    /// Computes ``executed``.
    @_noLocks
    public mutating func control(now: MonotonicTime) {
        model.update(
            positions: measurement.state.jointPositions, velocities: measurement.state.jointVelocities,
            gripperOpening: measurement.state.gripper.opening)
        executed.mode = mode
        executed.time = now
        executed.cycle = cycle
        executed.jointTorques = model.bias
        executed.jointPositions = measurement.state.jointPositions
    }

    /// Notes the time that control took.
    @_noLocks
    public mutating func finishControl() {}

    /// Notes the time that writing took.
    @_noLocks
    public mutating func finishWriting() {}

    /// Shows and records the cycle.
    @_noLocks
    public mutating func publish(now: MonotonicTime, wakeLateness: UInt64) -> CycleOutcome {
        record.state = measurement.state
        snapshot.measurement = measurement
        snapshotHandle.publish(snapshot)
        _ = cyclesHandle.push(record)
        return outcome
    }
}
