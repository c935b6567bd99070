public import Control
public import Episodes
public import Realtime

/// The loop that writes episodes: it drains what inference and control hand over, and puts it into episode files.
///
/// A control cycle belongs to the episode whose setpoints it acted on, from the one that began the episode up to the one that
/// ended it, so that both schedules record the same cycles.
public final class Recorder {
    private let cycles: Ring<CycleRecord>
    private let events: RecorderQueue
    private let makeWriter: (EpisodeRequest) throws -> EpisodeWriter

    private var writer: EpisodeWriter?
    private var beginSequence: UInt64 = 0
    private var ended: (result: EpisodeResult, endSequence: UInt64)?
    private var cycle = CycleRecord()
    private var waiting: [RecorderEvent] = []
    private var reached: UInt64 = 0

    /// Results of the episodes written, in order.
    public private(set) var finished: [EpisodeResult] = []

    /// - Parameters:
    ///   - cycles: from the control loop.
    ///   - events: from the inference loop.
    ///   - makeWriter: opens the file of an episode.
    public init(
        cycles: Ring<CycleRecord>, events: RecorderQueue,
        makeWriter: @escaping (EpisodeRequest) throws -> EpisodeWriter
    ) {
        self.cycles = cycles
        self.events = events
        self.makeWriter = makeWriter
    }

    /// Writes what has been handed over since the last call.
    ///
    /// - Throws: `EpisodeError` where a file cannot be written.
    public func step() throws {
        // Cycles are taken first: whatever setpoint they acted on was posted before it was published, so the events taken
        // next include those that these cycles belong to.
        var taken: [CycleRecord] = []
        while cycles.pop(into: &cycle) { taken.append(cycle) }
        waiting.append(contentsOf: events.takeAll())
        for cycle in taken {
            reached = max(reached, cycle.setpointSequence)
            try handleEvents(until: reached)
            try handle(cycle)
        }
        try handleEvents(until: reached)
    }

    /// Writes the rest after both loops have ended, and completes an episode that was not ended.
    public func finish() throws {
        try step()
        try handleEvents(until: .max)
        try closeEpisode()
        reached = 0
    }

    /// Handles what waits, but not beyond the beginning of an episode that no control cycle has reached: cycles of the
    /// episode before it may still be on their way.
    private func handleEvents(until sequence: UInt64) throws {
        var handled = 0
        defer { waiting.removeFirst(handled) }
        for event in waiting {
            if case .begin(_, let setpoint) = event, setpoint.sequence > sequence { return }
            handled += 1
            try handle(event)
        }
    }

    private func handle(_ event: RecorderEvent) throws {
        switch event {
        case .begin(let request, let setpoint):
            try closeEpisode()
            writer = try makeWriter(request)
            beginSequence = setpoint.sequence
            try writer?.append(setpoint)
        case .setpoint(let setpoint):
            try writer?.append(setpoint)
        case .step(let record):
            try writer?.append(record)
        case .end(let result, let endSequence):
            ended = (result, endSequence)
        }
    }

    private func handle(_ cycle: CycleRecord) throws {
        guard let writer, cycle.setpointSequence >= beginSequence else { return }
        if let ended, cycle.setpointSequence >= ended.endSequence {
            try closeEpisode()
        } else {
            try writer.append(cycle)
        }
    }

    /// Completes the episode that is open, if one is. One whose end was never told was cut off.
    private func closeEpisode() throws {
        let result = ended?.result
        ended = nil
        guard let writer else { return }
        self.writer = nil
        if let result { finished.append(result) }
        try writer.finish(EpisodeOutcome(success: result?.isSuccess ?? false, ending: result?.ending ?? .interrupted))
    }
}
