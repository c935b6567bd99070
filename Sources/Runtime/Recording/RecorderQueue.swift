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
    }

    private let capacity: Int
    private let state = Mutex(State())

    /// An empty queue with room for `capacity` events.
    public init(capacity: Int) {
        self.capacity = capacity
        state.withLock { $0.events.reserveCapacity(capacity) }
    }

    /// How many events did not fit.
    public var dropped: UInt64 { state.withLock { $0.dropped } }

    /// Adds an event, unless there is no room.
    public func post(_ event: RecorderEvent) {
        state.withLock { state in
            if state.events.count < capacity {
                state.events.append(event)
            } else {
                state.dropped += 1
            }
        }
    }

    /// Takes all events.
    public func takeAll() -> [RecorderEvent] {
        state.withLock { state in
            defer { state.events.removeAll(keepingCapacity: true) }
            return state.events
        }
    }
}
