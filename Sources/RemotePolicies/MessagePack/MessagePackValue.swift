public import NIOCore

/// A decoded MessagePack value. Texts and binaries are slices of the message: nothing of them is copied.
public enum MessagePackValue: Equatable, Sendable {
    case null
    case boolean(Bool)
    /// A whole number that fits 64 bits with a sign.
    case integer(Int)
    /// A whole number above that.
    case unsigned(UInt64)
    /// A number of single or double precision.
    case number(Double)
    /// UTF-8, checked.
    case text(ByteBuffer)
    case binary(ByteBuffer)
    case array([MessagePackValue])
    /// Pairs in the order of the message; a key may come twice.
    case map([Pair])
    /// A type of one's own, with its number.
    case custom(type: Int8, ByteBuffer)

    /// One entry of a map.
    public struct Pair: Equatable, Sendable {
        /// A text or a binary, where it is to be found by name.
        public var key: MessagePackValue
        /// What belongs to it.
        public var value: MessagePackValue

        /// A pair.
        public init(key: MessagePackValue, value: MessagePackValue) {
            self.key = key
            self.value = value
        }
    }

    /// The value of a map's entry with this name, whether that is written as a text or as a binary; nil where there is none,
    /// or where this is no map.
    public subscript(name: String) -> MessagePackValue? {
        guard case .map(let pairs) = self else { return nil }
        return pairs.first { $0.key.isNamed(name) }?.value
    }

    /// The text, if it is one.
    public var string: String? {
        guard case .text(let bytes) = self else { return nil }
        return String(buffer: bytes)
    }

    /// The whole number, if it is one.
    public var int: Int? {
        guard case .integer(let value) = self else { return nil }
        return value
    }

    /// The elements, if it is a list.
    public var elements: [MessagePackValue]? {
        guard case .array(let elements) = self else { return nil }
        return elements
    }

    /// Whether it is the truth value true.
    public var isTrue: Bool { self == .boolean(true) }

    private func isNamed(_ name: String) -> Bool {
        switch self {
        case .text(let bytes), .binary(let bytes): bytes.readableBytesView.elementsEqual(name.utf8)
        default: false
        }
    }
}

/// Why bytes are not a MessagePack value, or none that is accepted.
public enum MessagePackError: Error, Equatable, Sendable {
    /// The bytes end before the value does.
    case truncated
    /// Further bytes follow the value.
    case trailing(bytes: Int)
    /// The byte 0xC1, which no value begins with.
    case reserved
    /// Lists and maps lie deeper in one another than is accepted.
    case tooDeep(limit: Int)
    /// There are more values than are accepted.
    case tooManyValues(limit: Int)
    /// A text is not UTF-8.
    case badText
}

extension MessagePackError: CustomStringConvertible {
    /// A clause for a line.
    public var description: String {
        switch self {
        case .truncated: "it ends in the middle of a MessagePack value"
        case .trailing(let bytes): "\(bytes) bytes follow its MessagePack value"
        case .reserved: "it has a byte that no MessagePack value begins with"
        case .tooDeep(let limit): "its values lie more than \(limit) deep in one another"
        case .tooManyValues(let limit): "it has more than \(limit) values"
        case .badText: "a text in it is not UTF-8"
        }
    }
}
