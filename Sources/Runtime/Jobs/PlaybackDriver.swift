import Realtime
import Robots

/// A driver that answers with recorded measurements, for proving that a recording replays bit for bit.
struct PlaybackDriver: RobotDriver, ~Copyable {
    private let states: [RobotState]
    private var next = 0

    /// Whether the recorded backend could put the world into an initial scene.
    let canReset: Bool

    init(states: [RobotState], canReset: Bool) {
        self.states = states
        self.canReset = canReset
    }

    mutating func connect() throws(DriverError) {}

    mutating func read(into measurement: inout Measurement, now: MonotonicTime) {
        if next < states.count { measurement.state = states[next] }
    }

    mutating func write(_ command: borrowing RobotCommand) { next += 1 }

    mutating func reset(to scene: borrowing SceneSnapshot) -> Bool { canReset }

    mutating func disconnect() {}
}
