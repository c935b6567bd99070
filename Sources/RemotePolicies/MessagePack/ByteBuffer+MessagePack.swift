public import NIOCore

/// Writing MessagePack (<https://github.com/msgpack/msgpack/blob/master/spec.md>): the kinds that an openpi observation is
/// made of, each in its shortest form.
extension ByteBuffer {
    /// Writes `nil`.
    public mutating func writeMessagePackNil() {
        writeInteger(0xC0 as UInt8)
    }

    /// Writes a truth value.
    public mutating func writeMessagePack(_ value: Bool) {
        writeInteger(value ? 0xC3 : 0xC2 as UInt8)
    }

    /// Writes a whole number.
    public mutating func writeMessagePack(_ value: Int) {
        switch value {
        case -32...127: writeInteger(Int8(value))
        case 128...0xFF: writeMultipleIntegers(0xCC as UInt8, UInt8(value))
        case 0x100...0xFFFF: writeMultipleIntegers(0xCD as UInt8, UInt16(value))
        case 0x1_0000...0xFFFF_FFFF: writeMultipleIntegers(0xCE as UInt8, UInt32(value))
        case 0x1_0000_0000...: writeMultipleIntegers(0xCF as UInt8, UInt64(value))
        case -0x80 ..< -32: writeMultipleIntegers(0xD0 as UInt8, Int8(value))
        case -0x8000 ..< -0x80: writeMultipleIntegers(0xD1 as UInt8, Int16(value))
        case -0x8000_0000 ..< -0x8000: writeMultipleIntegers(0xD2 as UInt8, Int32(value))
        default: writeMultipleIntegers(0xD3 as UInt8, Int64(value))
        }
    }

    /// Writes a number of double precision.
    public mutating func writeMessagePack(_ value: Double) {
        writeMultipleIntegers(0xCB as UInt8, value.bitPattern)
    }

    /// Writes a text.
    public mutating func writeMessagePack(_ text: String) {
        let count = text.utf8.count
        switch count {
        case 0...31: writeInteger(0xA0 | UInt8(count))
        case 32...0xFF: writeMultipleIntegers(0xD9 as UInt8, UInt8(count))
        case 0x100...0xFFFF: writeMultipleIntegers(0xDA as UInt8, UInt16(count))
        default: writeMultipleIntegers(0xDB as UInt8, UInt32(count))
        }
        writeString(text)
    }

    /// Begins a binary of so many bytes, which have to follow.
    public mutating func writeMessagePackBinaryHeader(count: Int) {
        switch count {
        case 0...0xFF: writeMultipleIntegers(0xC4 as UInt8, UInt8(count))
        case 0x100...0xFFFF: writeMultipleIntegers(0xC5 as UInt8, UInt16(count))
        default: writeMultipleIntegers(0xC6 as UInt8, UInt32(count))
        }
    }

    /// Begins a list of so many values, which have to follow.
    public mutating func writeMessagePackArrayHeader(count: Int) {
        switch count {
        case 0...15: writeInteger(0x90 | UInt8(count))
        case 16...0xFFFF: writeMultipleIntegers(0xDC as UInt8, UInt16(count))
        default: writeMultipleIntegers(0xDD as UInt8, UInt32(count))
        }
    }

    /// Begins a map of so many pairs of key and value, which have to follow.
    public mutating func writeMessagePackMapHeader(count: Int) {
        switch count {
        case 0...15: writeInteger(0x80 | UInt8(count))
        case 16...0xFFFF: writeMultipleIntegers(0xDE as UInt8, UInt16(count))
        default: writeMultipleIntegers(0xDF as UInt8, UInt32(count))
        }
    }
}
