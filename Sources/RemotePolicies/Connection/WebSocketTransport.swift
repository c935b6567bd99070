internal import Dispatch
public import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL
internal import NIOWebSocket
internal import Realtime
internal import Synchronization

/// A connection to an openpi policy server.
///
/// Sockets are looked after by one thread for all connections of the process. A request is handed to it, and the caller waits
/// for the reply.
public final class WebSocketTransport: PolicyTransport {
    /// What is needed for a connection.
    public struct Options: Sendable {
        /// Where the server is.
        public var address: ServerAddress
        /// What is sent as `Authorization: Api-Key …`; nil sends nothing.
        public var apiKey: String?
        /// A file of certificates (PEM) to trust in place of the system's.
        public var certificatePath: String?
        /// The largest message that is taken, bytes.
        public var messageLimit = 64 << 20

        /// Options for a server.
        public init(address: ServerAddress, apiKey: String? = nil, certificatePath: String? = nil) {
            self.address = address
            self.apiKey = apiKey
            self.certificatePath = certificatePath
        }
    }

    /// Never ended: it lives as long as the process.
    private static let eventLoops = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    let options: Options
    private let connection = Mutex<(channel: any Channel, inbox: Inbox)?>(nil)

    /// A way to a server that is not connected yet.
    public init(_ options: Options) {
        self.options = options
    }

    deinit { close() }

    /// Connects: address, TLS where asked for, WebSocket, and the server's first message.
    public func connect(timeout: UInt64) throws(RemotePolicyError) -> ByteBuffer {
        close()
        let deadline = MonotonicClock.now().advanced(byNanoseconds: timeout)
        let inbox = Inbox()
        let channel: any Channel
        do {
            let tls = try makeTLS()
            let (options, head) = (options, requestHead)
            channel = try ClientBootstrap(group: Self.eventLoops)
                .connectTimeout(.nanoseconds(Int64(clamping: timeout)))
                .channelOption(.socketOption(.so_keepalive), value: 1)
                // Nothing is read before there is somebody to read it.
                .channelOption(.autoRead, value: false)
                .connect(host: options.address.host, port: options.address.port)
                .flatMap { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try Self.prepare(channel, options, tls: tls, head: head, inbox: inbox)
                    }.flatMap { channel.setOption(.autoRead, value: true) }.map { channel }
                }.wait()
        } catch {
            throw complaint(error, whileConnecting: true)
        }
        connection.withLock { $0 = (channel, inbox) }
        do throws(RemotePolicyError) {
            try awaitUpgrade(inbox, until: deadline)
            return try message(inbox, until: deadline, whileConnecting: true)
        } catch {
            close()
            throw error
        }
    }

    /// Sends a request and waits for its reply.
    public func exchange(_ request: ByteBuffer, timeout: UInt64) throws(RemotePolicyError) -> ByteBuffer {
        let deadline = MonotonicClock.now().advanced(byNanoseconds: timeout)
        guard let (channel, inbox) = connection.withLock({ $0 }) else {
            throw fault(.lost, "the connection is closed")
        }
        do throws(RemotePolicyError) {
            // Whatever came since the last reply: the end of the connection, or something that nobody asked for.
            if let event = inbox.next(within: 0) { throw unasked(event) }
            channel.writeAndFlush(request, promise: nil)
            return try message(inbox, until: deadline, whileConnecting: false)
        } catch {
            close()
            throw error
        }
    }

    /// Ends the connection, if there is one.
    public func close() {
        let channel = connection.withLock { connection in
            defer { connection = nil }
            return connection?.channel
        }
        channel?.close(promise: nil)
    }
}

extension WebSocketTransport {
    private var requestHead: HTTPRequestHead {
        var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: options.address.path)
        head.headers.add(name: "Host", value: options.address.authority)
        if let key = options.apiKey { head.headers.add(name: "Authorization", value: "Api-Key \(key)") }
        return head
    }

    private func makeTLS() throws -> NIOSSLContext? {
        guard options.address.isSecure else { return nil }
        var configuration = TLSConfiguration.makeClientConfiguration()
        if let path = options.certificatePath {
            configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(path))
        }
        return try NIOSSLContext(configuration: configuration)
    }

    /// Puts the handlers in place, on the channel's event loop; what comes of them is told to the inbox.
    private static func prepare(
        _ channel: any Channel, _ options: Options, tls: NIOSSLContext?, head: HTTPRequestHead, inbox: Inbox
    ) throws {
        let pipeline = channel.pipeline.syncOperations
        if let tls {
            let name = options.address.isNumeric ? nil : options.address.host
            try pipeline.addHandler(try NIOSSLClientHandler(context: tls, serverHostname: name))
        }
        let limit = options.messageLimit
        let upgrader = NIOTypedWebSocketClientUpgrader<Void>(
            maxFrameSize: limit, enableAutomaticErrorHandling: false
        ) { channel, _ in
            channel.eventLoop.makeCompletedFuture {
                let pipeline = channel.pipeline.syncOperations
                try pipeline.addHandler(
                    NIOWebSocketFrameAggregator(
                        minNonFinalFragmentSize: 1, maxAccumulatedFrameCount: 4096, maxAccumulatedFrameSize: limit))
                let wire = try pipeline.context(handlerType: WebSocketFrameEncoder.self)
                try pipeline.addHandler(WebSocketHandler(inbox: inbox, wire: wire))
                inbox.deliver(.opened)
            }
        }
        let configuration = NIOTypedHTTPClientUpgradeConfiguration<Void>(
            upgradeRequestHead: head, upgraders: [upgrader]
        ) { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(RefusalHandler(inbox: inbox))
            }
        }
        var setup = NIOUpgradableHTTPClientPipelineConfiguration(upgradeConfiguration: configuration)
        // The server's first message may come along with its consent.
        setup.leftOverBytesStrategy = .forwardBytes
        try pipeline.configureUpgradableHTTPClientPipeline(configuration: setup).whenFailure { error in
            inbox.deliver(.failed(error))
            channel.close(promise: nil)
        }
    }

    private func awaitUpgrade(_ inbox: Inbox, until deadline: MonotonicTime) throws(RemotePolicyError) {
        switch next(inbox, until: deadline) {
        case nil: throw fault(.notServed, "it accepts connections and does not answer; \(Self.whatIsWanted)")
        case .opened?: return
        case .failed(let error)?: throw complaint(error, whileConnecting: true)
        case .refused(let status, let reason)?: throw refusal(status, reason)
        case .closed?, .text?, .binary?: throw fault(.lost, "it closed the connection before it had answered")
        }
    }

    /// The next message, which has to be a binary one.
    private func message(
        _ inbox: Inbox, until deadline: MonotonicTime, whileConnecting: Bool
    ) throws(RemotePolicyError) -> ByteBuffer {
        switch next(inbox, until: deadline) {
        case nil where whileConnecting:
            throw fault(.notServed, "it does not tell about its policy; \(Self.whatIsWanted)")
        case nil: throw fault(.late, "no answer in time; policy.timeout in the job file says how long to wait")
        case .binary(let message)?: return message
        case .text(let text)?:
            let said = UntrustedText.lastLine(String(buffer: text))
            throw whileConnecting
                ? fault(.notServed, "it tells about itself in words (\(said)); \(Self.whatIsWanted)")
                : fault(.failed, "its policy failed: \(said)")
        case .closed(let code, let reason)?: throw ending(code, reason)
        case .failed(let error)?: throw complaint(error, whileConnecting: false)
        case .opened?, .refused?: throw fault(.malformed, "it answers as if there had been no connection")
        }
    }

    private func next(_ inbox: Inbox, until deadline: MonotonicTime) -> Inbox.Event? {
        let now = MonotonicClock.now()
        return inbox.next(within: now < deadline ? deadline.nanoseconds(since: now) : 0)
    }
}
