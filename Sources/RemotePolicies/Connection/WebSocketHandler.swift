internal import NIOCore
internal import NIOWebSocket

/// The end of a WebSocket's pipeline: whole messages go to the inbox, pings are answered, and the connection ends in order. What
/// is written to it goes out as one binary message.
///
/// It sends no pings of its own. openpi's server does nothing else while its policy works, which takes tens of seconds the
/// first time; whoever took a late pong for a lost connection would cut it then. What tells a dead server is the time that a
/// request may take.
final class WebSocketHandler: ChannelDuplexHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = WebSocketFrame

    private let inbox: Inbox
    /// Where frames are bytes already: behind the library's encoder.
    private let wire: ChannelHandlerContext
    private var hasEnded = false

    init(inbox: Inbox, wire: ChannelHandlerContext) {
        self.inbox = inbox
        self.wire = wire
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let frame = MaskedFrame(Self.unwrapOutboundIn(data), key: .random(in: .min ... .max))
        wire.write(WebSocketFrameEncoder.wrapOutboundOut(frame.header), promise: nil)
        wire.write(WebSocketFrameEncoder.wrapOutboundOut(frame.payload), promise: promise)
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
