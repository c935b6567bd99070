public import Realtime
public import Robots

/// The control loop of one robot: read, control, filter, write, publish; once a cycle.
///
/// It owns its driver and its state, and nobody else touches either. ``step(now:wakeLateness:)`` allocates nothing, takes
/// no lock and waits for nobody, provided that the driver's methods keep the same promise. It is generic; a program names its
/// driver in a concrete function that the compiler then checks whole:
///
/// ```swift
/// @_noLocks
/// func runCycle(_ loop: inout ControlLoop<SimulatedRobot>, now: MonotonicTime) -> CycleOutcome {
///     loop.step(now: now)
/// }
/// ```
///
/// With ``StageTiming/off`` a step is a pure function of the measurements, of the setpoints with the cycle that took them,
/// of requests and of `now`: the same inputs give the same bytes. An episode is one from its beginning on.
public struct ControlLoop<Driver: RobotDriver & ~Copyable>: ~Copyable {
    /// The robot.
    public var driver: Driver
    /// Everything but the driver.
    public var core: ControlCore

    /// - Parameters:
    ///   - driver: Connected, or to be connected before the first step.
    ///   - robot: The robot's model, gains and limits.
    ///   - channels: What passes to and from the loop; kept alive by it.
    ///   - mode: Whether the driver is sent torques or positions.
    ///   - timing: Whether the stages are timed. Lockstep runs turn it off, for the same bytes in every run.
    /// - Throws: `ArmModelError` if the robot's model cannot be used.
    public init(
        driver: consuming Driver, robot: RobotDescription, channels: ControlChannels,
        mode: RobotCommand.Mode = .torque, timing: StageTiming = .measured
    ) throws(ArmModelError) {
        core = try ControlCore(robot: robot, channels: channels, mode: mode, timing: timing)
        self.driver = driver
    }

    /// One control cycle.
    ///
    /// - Parameters:
    ///   - now: When the cycle began.
    ///   - wakeLateness: How late that was, ns; only recorded.
    @inlinable
    public mutating func step(now: MonotonicTime, wakeLateness: UInt64 = 0) -> CycleOutcome {
        core.beginCycle(now: now)
        driver.read(into: &core.measurement, now: now)
        if core.takeSetpoint(now: now) {
            let didReset = !core.beganInPlace && driver.reset(to: core.setpoint.scene)
            if didReset { driver.read(into: &core.measurement, now: now) }
            core.beginEpisode(now: now, didReset: didReset)
        }
        core.finishReading()
        core.control(now: now)
        core.finishControl()
        driver.write(core.executed)
        core.finishWriting()
        return core.publish(now: now, wakeLateness: wakeLateness)
    }

    /// Ends the loop and gives the driver back.
    public consuming func finish() -> Driver { driver }
}

/// Whether the stages of a control cycle are timed.
public enum StageTiming: UInt8, BitwiseCopyable, Sendable {
    /// By the machine's monotonic clock, into histograms and ``CycleRecord/stepDuration``.
    case measured
    /// Not at all: durations are zero.
    case off
}

/// How long the stages of a control cycle took.
public struct StageHistograms: ~Copyable, Sendable {
    /// Reading the driver, with taking the setpoint.
    public var read = LatencyHistogram()
    /// Safety checks, controller, safety filter.
    public var control = LatencyHistogram()
    /// Writing to the driver; for a simulated robot, its physics.
    public var write = LatencyHistogram()
    /// Publishing the snapshot and the cycle record.
    public var publish = LatencyHistogram()
    /// Control and publishing together: what the loop itself costs, whatever the driver.
    public var own = LatencyHistogram()
}
