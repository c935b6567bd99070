import Realtime

/// What `timing.json` holds: of a run in real time, how its control thread kept time and what happened on its buses.
struct TimingFile: Codable, Sendable {
    /// How late the control thread woke.
    var wake: LatencySummary
    /// How long a control cycle took, the backend included.
    var step: LatencySummary
    /// The control loop's own share of it.
    var control: LatencySummary
    /// The robot's buses; left out for a simulated one.
    var buses: [BusReport]?

    init(_ summary: RealtimeSession.Summary) {
        wake = summary.wake
        step = summary.step
        control = summary.control
        buses = summary.buses.isEmpty ? nil : summary.buses
    }
}
