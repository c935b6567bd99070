internal import NIOCore
internal import NIOHTTP1

/// Tells what a server answered that did not take up the request for a WebSocket.
final class RefusalHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    private let inbox: Inbox

    init(inbox: Inbox) {
        self.inbox = inbox
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(let head) = Self.unwrapInboundIn(data) else { return }
        inbox.deliver(
            .refused(status: Int(head.status.code), reason: UntrustedText.line(head.status.reasonPhrase, limit: 60)))
        context.close(promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        inbox.deliver(.failed(error))
        context.close(promise: nil)
    }
}
