internal import NIOCore
internal import NIOWebSocket

/// The end of a WebSocket's pipeline: whole messages go to the inbox, pings are answered, and the connection ends in order.
///
/// It sends no pings of its own. openpi's server does nothing else while its policy works, which takes tens of seconds the
/// first time; whoever took a late pong for a lost connection would cut it then. What tells a dead server is the time that a
/// request may take.
final class WebSocketHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private let inbox: Inbox
    private var hasEnded = false

    init(inbox: Inbox) {
        self.inbox = inbox
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = Self.unwrapInboundIn(data)
        switch frame.opcode {
        case .binary: inbox.deliver(.binary(frame.unmaskedData))
        case .text: inbox.deliver(.text(frame.unmaskedData))
        case .ping: send(.pong, frame.unmaskedData, context)
        case .connectionClose:
            var data = frame.unmaskedData
            let reply = data
            let code = data.readInteger(as: UInt16.self)
            end(.closed(code: code.map(Int.init), reason: UntrustedText.line(String(buffer: data))))
            send(.connectionClose, reply, context)
            context.close(promise: nil)
        default: break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end(.failed(error))
        var reason = ByteBuffer()
        let code: WebSocketErrorCode =
            switch error {
            case NIOWebSocketError.invalidFrameLength,
                NIOWebSocketFrameAggregator.Error.accumulatedFrameSizeIsTooLarge:
                .messageTooLarge
            default: .protocolError
            }
        reason.write(webSocketErrorCode: code)
        send(.connectionClose, reason, context)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(.closed(code: nil, reason: ""))
        context.fireChannelInactive()
    }

    /// Only the first end is told: what follows comes of it.
    private func end(_ event: Inbox.Event) {
        guard !hasEnded else { return }
        hasEnded = true
        inbox.deliver(event)
    }

    private func send(_ opcode: WebSocketOpcode, _ data: ByteBuffer, _ context: ChannelHandlerContext) {
        let frame = WebSocketFrame(fin: true, opcode: opcode, maskKey: .random(), data: data)
        context.writeAndFlush(Self.wrapOutboundOut(frame), promise: nil)
    }
}
