internal import NIOCore

/// A whole binary message as the one frame that a client sends it in (RFC 6455, section 5.2).
///
/// The library's own encoder masks byte by byte, which takes longer than everything else about a message with pictures.
struct MaskedFrame {
    /// Final frame, binary; length; masking key.
    let header: ByteBuffer
    /// The message, masked.
    let payload: ByteBuffer

    /// - Parameter key: of random bits, so that nobody in between can be led to see something else in the message.
    init(_ message: ByteBuffer, key: UInt32) {
        var header = ByteBuffer()
        header.writeInteger(0x82 as UInt8)
        switch message.readableBytes {
        case let count where count < 126: header.writeInteger(0x80 | UInt8(count))
        case let count where count <= Int(UInt16.max):
            header.writeInteger(0x80 | 126 as UInt8)
            header.writeInteger(UInt16(count))
        case let count:
            header.writeInteger(0x80 | 127 as UInt8)
            header.writeInteger(UInt64(count))
        }
        header.writeInteger(key, endianness: .little)
        self.header = header
        var payload = message
        payload.withUnsafeMutableReadableBytes { Self.mask($0, key: key) }
        self.payload = payload
    }

    /// Eight bytes at a time; the key's lowest byte meets the first one.
    private static func mask(_ bytes: UnsafeMutableRawBufferPointer, key: UInt32) {
        let wide = (UInt64(key) << 32 | UInt64(key)).littleEndian
        let whole = bytes.count & ~7
        for offset in stride(from: 0, to: whole, by: 8) {
            let word = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            bytes.storeBytes(of: word ^ wide, toByteOffset: offset, as: UInt64.self)
        }
        for offset in whole..<bytes.count {
            bytes[offset] ^= UInt8(truncatingIfNeeded: key >> (8 * UInt32(offset & 3)))
        }
    }
}
