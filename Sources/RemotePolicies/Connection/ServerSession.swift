public import NIOCore
public import Realtime

/// Asks a policy server, one request after the other, and connects again where the connection was lost.
///
/// openpi's policies remember nothing between requests, so a request whose reply was lost with the connection is sent again.
public struct ServerSession: ~Copyable {
    /// The time and how to let it pass, so that tests need not wait.
    public struct Clock: Sendable {
        /// The present moment.
        public var now: @Sendable () -> MonotonicTime
        /// Lets so many nanoseconds pass.
        public var sleep: @Sendable (UInt64) -> Void

        /// Takes both.
        public init(now: @escaping @Sendable () -> MonotonicTime, sleep: @escaping @Sendable (UInt64) -> Void) {
            self.now = now
            self.sleep = sleep
        }

        /// The machine's own.
        public static let monotonic = Clock(now: MonotonicClock.now) { nanoseconds in
            MonotonicClock.sleep(until: MonotonicClock.now().advanced(byNanoseconds: nanoseconds))
        }
    }

    private let transport: any PolicyTransport
    private let server: String
    private let clock: Clock
    private var backoff: Backoff
    private var isConnected = true
    /// What the server said about its policy, as it came.
    public let introduction: ByteBuffer
    /// How often the connection was made again.
    public private(set) var reconnections = 0

    /// Connects. The first time there is one attempt: a wrong address must not look like a slow server.
    ///
    /// - Parameters:
    ///   - transport: not connected yet.
    ///   - server: its address, for messages.
    ///   - timeout: for connecting, ns.
    ///   - seed: of the jitter of the waits before connecting again.
    ///   - clock: the machine's, unless a test says otherwise.
    /// - Throws: ``RemotePolicyError``.
    public init(
        _ transport: any PolicyTransport, server: String, timeout: UInt64, seed: UInt64, clock: Clock = .monotonic
    ) throws(RemotePolicyError) {
        self.transport = transport
        self.server = server
        self.clock = clock
        backoff = Backoff(seed: seed)
        introduction = try transport.connect(timeout: timeout)
    }

    /// Sends a request and waits for its reply, for at most `timeout` ns with everything that it takes.
    ///
    /// - Throws: ``RemotePolicyError``: what the server complains of at once, a lost connection when the time is over.
    public mutating func exchange(_ request: ByteBuffer, timeout: UInt64) throws(RemotePolicyError) -> ByteBuffer {
        let deadline = clock.now().advanced(byNanoseconds: timeout)
        while true {
            do throws(RemotePolicyError) {
                if !isConnected { try reconnect(timeout: remaining(until: deadline)) }
                let reply = try transport.exchange(request, timeout: remaining(until: deadline))
                backoff.reset()
                return reply
            } catch {
                isConnected = false
                let wait = backoff.wait()
                guard error.isTransient, remaining(until: deadline) > wait else { throw error }
                clock.sleep(wait)
            }
        }
    }

    /// Ends the connection.
    public mutating func close() {
        isConnected = false
        transport.close()
    }

    private mutating func reconnect(timeout: UInt64) throws(RemotePolicyError) {
        guard try transport.connect(timeout: timeout) == introduction else {
            transport.close()
            throw RemotePolicyError(
                .unsuitable, server: server,
                "another policy answers than at the start; what it would do is unknown, so end the run and begin anew")
        }
        isConnected = true
        reconnections += 1
    }

    private func remaining(until deadline: MonotonicTime) -> UInt64 {
        let now = clock.now()
        return now < deadline ? deadline.nanoseconds(since: now) : 0
    }
}
