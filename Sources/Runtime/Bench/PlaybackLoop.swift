import Control
import Realtime
import Robots
import Synchronization

/// A control loop that is shown a recorded episode: its states, and its setpoints in the cycles that took them.
struct PlaybackLoop: ~Copyable {
    var control: ControlLoop<PlaybackDriver>
    private let channels: ControlChannels
    private let setpoints: [UInt64: Setpoint]
    private var sequence: UInt64 = 0
    private var record = CycleRecord()

    init(episode: BenchEpisode, robot: RobotDescription) throws {
        channels = ControlChannels(cycleCapacity: 64)
        control = try ControlLoop(
            driver: PlaybackDriver(states: episode.cycles.map(\.state), canReset: true), robot: robot,
            channels: channels, timing: .measured)
        setpoints = Dictionary(episode.setpoints.map { ($0.sequence, $0) }) { first, _ in first }
    }

    /// Runs the cycle that was recorded.
    mutating func cycle(_ recorded: CycleRecord) {
        if recorded.setpointSequence != sequence {
            sequence = recorded.setpointSequence
            if let setpoint = setpoints[sequence] { channels.setpoint.publish(setpoint) }
        }
        _ = control.step(now: recorded.time)
        _ = channels.cycles.pop(into: &record)
    }

    /// Adds the medians of the stages, µs.
    func addStages(to stages: inout [String: [Double]]) {
        stages["read", default: []].append(control.core.histograms.read.summary.p50)
        stages["control", default: []].append(control.core.histograms.control.summary.p50)
        stages["write", default: []].append(control.core.histograms.write.summary.p50)
        stages["publish", default: []].append(control.core.histograms.publish.summary.p50)
    }
}

/// Where a thread leaves its summary.
final class LatencySummaryBox: Sendable {
    private let value = Mutex(LatencyHistogram().summary)

    var summary: LatencySummary { value.withLock { $0 } }

    func set(_ summary: LatencySummary) { value.withLock { $0 = summary } }
}
