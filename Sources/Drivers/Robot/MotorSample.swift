public import Realtime
public import Robots

/// What one motor said last, in its own counts where they are positions and in SI units otherwise.
public struct MotorSample: BitwiseCopyable, Sendable {
    /// When it was read; zero before the first time.
    public var time: MonotonicTime = .zero
    /// Where it is, counts as read.
    public var position = 0
    /// How fast it turns, counts a second.
    public var velocity = 0.0
    /// Part of the supply that the motor gets, −1…1; 0 where it does not say.
    public var load = 0.0
    /// A; 0 where it does not say.
    public var current = 0.0
    /// Of the supply, V.
    public var voltage = 0.0
    /// °C.
    public var temperature = 0.0
    /// What it complains about, or what became of the last attempt to ask it.
    public var fault = DeviceFault(rawValue: 0)

    /// Nothing read yet.
    @_noLocks
    public init() {}
}

/// What a bus and its motors are like: for a person to look at, and for the report of a run.
public struct BusTelemetry: BitwiseCopyable, Sendable {
    /// What has happened on the bus.
    public var counts = BusCounts()
    /// What has come of the requests to each motor, in the order of the robot file.
    public var motorCounts = InlineArray<16, MotorCounts>(repeating: MotorCounts())
    /// How many motors there are.
    public var motorCount = 0
    /// What each of them said last, in the order of the robot file.
    public var motors = InlineArray<16, MotorSample>(repeating: MotorSample())

    /// Nothing read yet.
    public init() {}
}
