public import NIOCore

/// Decodes one MessagePack value from a message of someone who is not trusted.
///
/// Nothing is allocated on the word of the message: a list or map reserves room for no more values than there are bytes left,
/// values are counted over the whole message, and their depth is limited, so that decoding never recurses deeply.
public struct MessagePackDecoder {
    /// How deep lists and maps may lie in one another.
    public static var depthLimit: Int { 16 }
    /// How many values a message may have; an array of numbers is a handful, whatever its size.
    public static var valueLimit: Int { 65_536 }

    private var bytes: ByteBuffer
    private var values = 0

    /// The value that a message is made of.
    ///
    /// - Throws: ``MessagePackError``.
    public static func decode(_ message: ByteBuffer) throws(MessagePackError) -> MessagePackValue {
        var decoder = MessagePackDecoder(bytes: message)
        let value = try decoder.value(depth: 0)
        guard decoder.bytes.readableBytes == 0 else { throw .trailing(bytes: decoder.bytes.readableBytes) }
        return value
    }

    private init(bytes: ByteBuffer) {
        self.bytes = bytes
    }

    private mutating func value(depth: Int) throws(MessagePackError) -> MessagePackValue {
        values += 1
        guard values <= Self.valueLimit else { throw .tooManyValues(limit: Self.valueLimit) }
        guard depth <= Self.depthLimit else { throw .tooDeep(limit: Self.depthLimit) }
        let head = try integer(UInt8.self)
        switch head {
        case 0x00...0x7F: return .integer(Int(head))
        case 0x80...0x8F: return try map(count: Int(head & 0x0F), depth)
        case 0x90...0x9F: return try array(count: Int(head & 0x0F), depth)
        case 0xA0...0xBF: return try text(count: Int(head & 0x1F))
        case 0xC0: return .null
        case 0xC1: throw .reserved
        case 0xC2: return .boolean(false)
        case 0xC3: return .boolean(true)
        case 0xC4: return .binary(try slice(Int(try integer(UInt8.self))))
        case 0xC5: return .binary(try slice(Int(try integer(UInt16.self))))
        case 0xC6: return .binary(try slice(Int(try integer(UInt32.self))))
        case 0xC7: return try custom(count: Int(try integer(UInt8.self)))
        case 0xC8: return try custom(count: Int(try integer(UInt16.self)))
        case 0xC9: return try custom(count: Int(try integer(UInt32.self)))
        case 0xCA: return .number(Double(Float(bitPattern: try integer(UInt32.self))))
        case 0xCB: return .number(Double(bitPattern: try integer(UInt64.self)))
        case 0xCC: return .integer(Int(try integer(UInt8.self)))
        case 0xCD: return .integer(Int(try integer(UInt16.self)))
        case 0xCE: return .integer(Int(try integer(UInt32.self)))
        case 0xCF:
            let wide = try integer(UInt64.self)
            return Int(exactly: wide).map { .integer($0) } ?? .unsigned(wide)
        case 0xD0: return .integer(Int(try integer(Int8.self)))
        case 0xD1: return .integer(Int(try integer(Int16.self)))
        case 0xD2: return .integer(Int(try integer(Int32.self)))
        case 0xD3: return .integer(Int(try integer(Int64.self)))
        case 0xD4...0xD8: return try custom(count: 1 << Int(head - 0xD4))
        case 0xD9: return try text(count: Int(try integer(UInt8.self)))
        case 0xDA: return try text(count: Int(try integer(UInt16.self)))
        case 0xDB: return try text(count: Int(try integer(UInt32.self)))
        case 0xDC: return try array(count: Int(try integer(UInt16.self)), depth)
        case 0xDD: return try array(count: Int(try integer(UInt32.self)), depth)
        case 0xDE: return try map(count: Int(try integer(UInt16.self)), depth)
        case 0xDF: return try map(count: Int(try integer(UInt32.self)), depth)
        default: return .integer(Int(Int8(bitPattern: head)))
        }
    }

    private mutating func integer<Value: FixedWidthInteger>(_ type: Value.Type) throws(MessagePackError) -> Value {
        guard let value = bytes.readInteger(as: type) else { throw .truncated }
        return value
    }

    private mutating func slice(_ count: Int) throws(MessagePackError) -> ByteBuffer {
        guard let slice = bytes.readSlice(length: count) else { throw .truncated }
        return slice
    }

    private mutating func text(count: Int) throws(MessagePackError) -> MessagePackValue {
        let slice = try slice(count)
        guard slice.withUnsafeReadableBytes({ String(validating: $0, as: UTF8.self) }) != nil else { throw .badText }
        return .text(slice)
    }

    private mutating func custom(count: Int) throws(MessagePackError) -> MessagePackValue {
        .custom(type: try integer(Int8.self), try slice(count))
    }

    /// A value takes one byte at least.
    private func require(_ count: Int) throws(MessagePackError) {
        guard count <= bytes.readableBytes else { throw .truncated }
        guard count <= Self.valueLimit - values else { throw .tooManyValues(limit: Self.valueLimit) }
    }

    private mutating func array(count: Int, _ depth: Int) throws(MessagePackError) -> MessagePackValue {
        try require(count)
        var elements: [MessagePackValue] = []
        elements.reserveCapacity(count)
        for _ in 0..<count { elements.append(try value(depth: depth + 1)) }
        return .array(elements)
    }

    private mutating func map(count: Int, _ depth: Int) throws(MessagePackError) -> MessagePackValue {
        try require(2 * count)
        var pairs: [MessagePackValue.Pair] = []
        pairs.reserveCapacity(count)
        for _ in 0..<count {
            let key = try value(depth: depth + 1)
            pairs.append(.init(key: key, value: try value(depth: depth + 1)))
        }
        return .map(pairs)
    }
}
