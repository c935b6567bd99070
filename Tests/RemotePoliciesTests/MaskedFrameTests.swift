import NIOCore
import NIOEmbedded
import NIOWebSocket
import Testing

@testable import RemotePolicies

/// Frames as the library's own decoder reads them.
@Suite struct MaskedFrameTests {
    @Test(arguments: [0, 1, 7, 8, 9, 125, 126, 1000, 65535, 65536, 300_001])
    func theLibraryReadsWhatIsWritten(count: Int) throws {
        let message = ByteBuffer(bytes: (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) })
        let frame = MaskedFrame(message, key: 0x1357_9BDF)
        if count > 0 { #expect(frame.payload != message) }
        let channel = EmbeddedChannel(handler: ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: 1 << 20)))
        var bytes = frame.header
        bytes.writeImmutableBuffer(frame.payload)
        try channel.writeInbound(bytes)
        let read = try #require(try channel.readInbound(as: WebSocketFrame.self))
        #expect(read.fin && read.opcode == .binary && read.maskKey == [0xDF, 0x9B, 0x57, 0x13])
        #expect(read.unmaskedData == message)
        _ = try channel.finish()
    }
}
