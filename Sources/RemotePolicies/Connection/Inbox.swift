internal import Dispatch
internal import NIOCore
internal import Synchronization

/// What came in on a connection, handed from its event loop to the one thread that waits for it.
final class Inbox: Sendable {
    enum Event: Sendable {
        /// The connection is a WebSocket now.
        case opened
        case binary(ByteBuffer)
        case text(ByteBuffer)
        /// The server answered the request for a WebSocket with something else.
        case refused(status: Int, reason: String)
        /// The server ended the connection, with its code and reason if it gave them.
        case closed(code: Int?, reason: String)
        /// Something is wrong with the connection or with what came in.
        case failed(any Error)
    }

    private let events = Mutex<[Event]>([])
    private let arrived = DispatchSemaphore(value: 0)

    /// Hands on an event; called on the event loop. Of a server that talks on without being asked only so much is kept.
    func deliver(_ event: Event) {
        let isTaken = events.withLock { events in
            guard events.count < 8 else { return false }
            events.append(event)
            return true
        }
        if isTaken { arrived.signal() }
    }

    /// The next event; nil if there is none within `nanoseconds`.
    func next(within nanoseconds: UInt64) -> Event? {
        let limit = DispatchTime.now() + .nanoseconds(Int(min(nanoseconds, UInt64(Int.max) / 4)))
        guard arrived.wait(timeout: limit) == .success else { return nil }
        return events.withLock { $0.removeFirst() }
    }
}
