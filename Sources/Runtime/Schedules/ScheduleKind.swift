/// How the loops are run.
public enum ScheduleKind: String, CaseIterable, Codable, Sendable {
    /// In a fixed order on a virtual clock, as fast as the machine goes.
    case lockstep
    /// Each on its own thread, on the machine's clock.
    case realtime
}
