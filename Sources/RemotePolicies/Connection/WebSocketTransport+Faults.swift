internal import Glibc
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL
internal import NIOWebSocket

/// What went wrong with a connection, in a line that says what to do.
extension WebSocketTransport {
    static var whatIsWanted: String { "an openpi policy server is needed there" }

    func fault(_ kind: RemotePolicyError.Kind, _ message: String) -> RemotePolicyError {
        RemotePolicyError(kind, server: options.address.description, message)
    }

    func refusal(_ status: Int, _ reason: String) -> RemotePolicyError {
        let said = reason.isEmpty ? "\(status)" : "\(status) \(reason)"
        switch status {
        case 401, 403:
            return fault(.notServed, "it refuses the connection (\(said)); name a key with api_key_file or api_key_env")
        case 500...: return fault(.unreachable, "it answers \(said); is the server behind the proxy running?")
        default: return fault(.notServed, "it speaks HTTP, but no WebSocket (\(said)); \(Self.whatIsWanted)")
        }
    }

    func ending(_ code: Int?, _ reason: String) -> RemotePolicyError {
        guard let code else { return fault(.lost, "the connection was cut") }
        let why = reason.isEmpty ? "" : ": \(reason)"
        return fault(code == 1011 ? .failed : .lost, "it closed the connection with code \(code)\(why)")
    }

    /// For something that came although nothing had been asked.
    func unasked(_ event: Inbox.Event) -> RemotePolicyError {
        switch event {
        // An idle connection may be cut, as proxies do: that it is gone shows at the next request.
        case .closed(let code, _): fault(.lost, ending(code == 1011 ? nil : code, "").message)
        case .failed(let error): complaint(error, whileConnecting: false)
        case .text(let text): fault(.failed, "it failed: \(UntrustedText.lastLine(String(buffer: text)))")
        case .binary, .opened, .refused: fault(.malformed, "it answers without having been asked")
        }
    }

    func complaint(_ error: any Error, whileConnecting: Bool) -> RemotePolicyError {
        switch error {
        case let error as NIOConnectionError:
            if error.connectionErrors.isEmpty {
                return fault(.unreachable, "there is no host '\(error.host)'; correct its name in the job file")
            }
            let reason = error.connectionErrors.first.map { Self.reason($0.error) } ?? "no connection"
            return fault(.unreachable, "\(reason); is the policy server running there, and is the port right?")
        case is ChannelError where whileConnecting, is IOError where whileConnecting:
            return fault(.unreachable, "\(Self.reason(error)); \(Self.whatIsWanted)")
        case is ChannelError, is IOError: return fault(.lost, Self.reason(error))
        case NIOWebSocketError.invalidFrameLength,
            NIOWebSocketFrameAggregator.Error.accumulatedFrameSizeIsTooLarge:
            return fault(
                .malformed, "its message is larger than the \(options.messageLimit >> 20) MB that are accepted")
        case is NIOWebSocketError, is NIOWebSocketFrameAggregator.Error:
            return fault(.malformed, "it breaks the rules of WebSocket: \(error)")
        case is HTTPParserError, is NIOHTTPClientUpgradeError:
            return fault(
                .notServed, "it answers with something else than a WebSocket (\(error)); \(Self.whatIsWanted)")
        case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError:
            let said = UntrustedText.line("\(error)")
            return fault(
                .notServed, "no secure connection (\(said)); write ws:// if it has none, or name its certificate")
        default: return fault(whileConnecting ? .unreachable : .lost, UntrustedText.line("\(error)"))
        }
    }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case ChannelError.connectTimeout: "no answer"
        // How an end is told depends on whether something was on its way.
        case let error as IOError where [ECONNRESET, EPIPE].contains(error.errnoCode): "the connection was cut"
        case let error as IOError: String(cString: strerror(error.errnoCode)).lowercased()
        case ChannelError.eof, ChannelError.alreadyClosed, ChannelError.ioOnClosedChannel, ChannelError.inputClosed,
            ChannelError.inappropriateOperationForState:
            "the connection was cut"
        default: UntrustedText.line("\(error)")
        }
    }
}
