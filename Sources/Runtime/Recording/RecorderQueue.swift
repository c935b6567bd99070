public import Control
public import Episodes
import Synchronization

/// What inference tells the recorder.
public enum RecorderEvent: Sendable {
    /// An episode begins with this setpoint.
    case begin(EpisodeRequest, Setpoint)
    /// A setpoint was published, inside an episode.
    case setpoint(Setpoint)
    /// A step is over and its outcome known.
    case step(StepRecord)
    /// The episode is over; the control cycles from setpoint `endSequence` on are not part of it.
    case end(EpisodeResult, endSequence: UInt64)
}

/// Bounded hand-over of events from the inference loop to the recorder. What does not fit is counted, never waited for.
public final class RecorderQueue: Sendable {
    private struct State {
        var events: [RecorderEvent] = []
        var dropped: UInt64 = 0

        mutating func add(_ waiting: [RecorderEvent], capacity: Int) {
            let room = max(0, capacity - events.count)
            events.append(contentsOf: waiting.prefix(room))
            dropped += UInt64(max(0, waiting.count - room))
        }
    }

    private let capacity: Int
    private let state = Mutex(State())

    /// An empty queue with room for `capacity` events.
    public init(capacity: Int) {
        self.capacity = capacity
    }

    /// How many events did not fit.
    public var dropped: UInt64 { state.withLock { $0.dropped } }

    /// Adds an event, unless there is no room; waits while the recorder has the queue in its hands, for as long as a swap takes.
    public func post(_ event: RecorderEvent) {
        var events = [event]
        post(&events)
    }

    /// Moves events into the queue, in order, waiting as for a single one; what there is no room for is dropped.
    public func post(_ waiting: inout [RecorderEvent]) {
        state.withLock { $0.add(waiting, capacity: capacity) }
        waiting.removeAll(keepingCapacity: true)
    }

    /// Moves events into the queue if the recorder does not have it in its hands; otherwise they stay where they are.
    public func postWithoutWaiting(_ waiting: inout [RecorderEvent]) {
        let moved: Void? = state.withLockIfAvailable { $0.add(waiting, capacity: capacity) }
        if moved != nil { waiting.removeAll(keepingCapacity: true) }
    }

    /// Takes all events.
    public func takeAll() -> [RecorderEvent] {
        var taken: [RecorderEvent] = []
        state.withLock { swap(&$0.events, &taken) }
        return taken
    }
}
