public import Control
public import Episodes

/// How an episode went.
public struct EpisodeResult: Sendable {
    /// Which episode it was.
    public var request: EpisodeRequest
    /// Control steps taken.
    public var steps: Int
    /// What ended it.
    public var ending: EpisodeEnding
    /// What a person should know about the ending; empty where the ending says it all.
    public var detail: String
    /// The safety system's faults at the end.
    public var faults: SafetyFaults

    /// Whether the task was done.
    public var isSuccess: Bool { ending == .success }

    /// Takes all of it.
    public init(request: EpisodeRequest, steps: Int, ending: EpisodeEnding, detail: String, faults: SafetyFaults) {
        self.request = request
        self.steps = steps
        self.ending = ending
        self.detail = detail
        self.faults = faults
    }
}
