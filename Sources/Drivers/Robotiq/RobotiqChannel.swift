public import Realtime
public import Robots

/// What a control loop should want of a gripper.
struct RobotiqGoal: BitwiseCopyable, Sendable {
    var isActive = false
    var counts = 0

    @_noLocks
    init() {}
}

/// What a gripper said last.
public struct RobotiqReading: BitwiseCopyable, Sendable {
    /// When; zero before the first time.
    public var time: MonotonicTime = .zero
    /// Where it is, counts.
    public var position = 0
    /// How fast it moves, counts a second.
    public var velocity = 0.0
    /// The motor's current, A.
    public var current = 0.0
    /// Whether something is between the fingers.
    public var holdsObject = false
    /// What it complains about, or what became of the last attempt to ask it.
    public var fault = DeviceFault(rawValue: 0)
    /// What has happened on its bus.
    public var counts = BusCounts()

    /// Nothing yet.
    @_noLocks
    public init() {}
}

/// The control loop's end of a gripper that has a thread of its own: nobody waits. A plain value.
public struct RobotiqChannel: BitwiseCopyable, Sendable {
    let scale: MotorScale
    let goals: Latest<RobotiqGoal>.Handle
    let readings: Latest<RobotiqReading>.Handle

    /// Copies what the gripper said last into a measurement; the first time it says something makes it valid.
    @_noLocks
    public func read(into state: inout GripperState) {
        var reading = RobotiqReading()
        guard readings.read(into: &reading), reading.time > .zero else { return }
        state.opening = scale.position(at: reading.position)
        state.velocity = scale.velocity(reading.velocity)
        state.fault = reading.fault
        state.time = reading.time
    }

    /// Says how far it should be open, m; what is not a number is not passed on.
    @_noLocks
    public func write(opening: Double, isActive: Bool) {
        guard opening.isFinite else { return }
        var goal = RobotiqGoal()
        goal.isActive = isActive
        goal.counts = scale.counts(at: opening)
        goals.publish(goal)
    }
}
