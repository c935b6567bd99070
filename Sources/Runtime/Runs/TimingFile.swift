import Realtime

/// What `timing.json` holds: of a run in real time, how its control thread kept time and what happened on its buses.
struct TimingFile: Codable, Equatable, Sendable {
    /// Control cycles.
    var cycles: UInt64
    /// Deadlines that the control loop skipped.
    var overruns: UInt64
    /// Calls of the allocator on the control thread while it looped; left out where they are not counted.
    var allocations: UInt64?
    /// How late the control thread woke.
    var wake: LatencySummary
    /// How long a control cycle took, the backend included.
    var step: LatencySummary
    /// The control loop's own share of it.
    var control: LatencySummary
    /// The robot's buses; left out for a simulated one.
    var buses: [BusReport]?
    /// The leader's; left out where there is none.
    var leaderBuses: [BusReport]?

    init(_ summary: RealtimeSession.Summary, leaderBuses: [BusReport] = []) {
        cycles = summary.cycles
        overruns = summary.overruns
        allocations = summary.allocations
        wake = summary.wake
        step = summary.step
        control = summary.control
        buses = summary.buses.isEmpty ? nil : summary.buses
        self.leaderBuses = leaderBuses.isEmpty ? nil : leaderBuses
    }

    /// Both sessions of one run together, the later one last. Leaders are read through all sessions: theirs are the later one's.
    static func + (first: TimingFile, second: TimingFile) -> TimingFile {
        var sum = second
        sum.cycles += first.cycles
        sum.overruns += first.overruns
        if let before = first.allocations, let after = second.allocations { sum.allocations = before + after }
        sum.wake = first.wake.joined(with: second.wake)
        sum.step = first.step.joined(with: second.step)
        sum.control = first.control.joined(with: second.control)
        if let before = first.buses, let after = second.buses { sum.buses = BusReport.sum(before, after) }
        return sum
    }
}

extension LatencySummary {
    /// Of both together. Percentiles are the worse ones of the two, which those of all durations do not exceed.
    func joined(with other: LatencySummary) -> LatencySummary {
        let total = Double(max(1, count + other.count))
        return LatencySummary(
            count: count + other.count, p50: max(p50, other.p50), p99: max(p99, other.p99), p999: max(p999, other.p999),
            maximum: max(maximum, other.maximum),
            mean: (mean * Double(count) + other.mean * Double(other.count)) / total)
    }
}
