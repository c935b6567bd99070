/// Named tensors and named texts, as the safetensors format stores them.
///
/// The format: eight bytes with the header's length, little-endian; the header, a JSON object that gives each tensor's
/// `dtype`, `shape` and `data_offsets`, and texts under `__metadata__`; then the tensors' bytes without gaps
/// (https://github.com/huggingface/safetensors, "Format").
public struct Safetensors: Equatable, Sendable {
    /// What a tensor's numbers are.
    public enum ElementType: String, Codable, Sendable {
        /// Floating point of 8, 4 and 2 bytes, and the 2-byte kind with a `Float`'s exponent.
        case float64 = "F64", float32 = "F32", float16 = "F16", bfloat16 = "BF16"
        /// Signed integers.
        case int64 = "I64", int32 = "I32", int16 = "I16", int8 = "I8"
        /// Unsigned integers.
        case uint64 = "U64", uint32 = "U32", uint16 = "U16", uint8 = "U8"
        /// One byte, 0 or 1.
        case boolean = "BOOL"

        /// Bytes of one number.
        public var size: Int {
            switch self {
            case .float64, .int64, .uint64: 8
            case .float32, .int32, .uint32: 4
            case .float16, .bfloat16, .int16, .uint16: 2
            case .int8, .uint8, .boolean: 1
            }
        }
    }

    /// One tensor.
    public struct Entry: Equatable, Sendable {
        /// What its numbers are.
        public let type: ElementType
        /// Row-major; empty for a single number.
        public let shape: [Int]
        /// The numbers, little-endian.
        public let bytes: [UInt8]
    }

    /// Where it was read from; names the file in errors.
    public var path: String
    /// Texts by name.
    public var metadata: [String: String] = [:]
    /// Tensors by name.
    public private(set) var tensors: [String: Entry] = [:]

    /// Nothing yet; `path` names it in errors.
    public init(path: String) {
        self.path = path
    }

    init(path: String, metadata: [String: String], tensors: [String: Entry]) {
        self.path = path
        self.metadata = metadata
        self.tensors = tensors
    }

    /// Adds or replaces a tensor of 32-bit floats.
    public mutating func set(_ name: String, shape: [Int], _ values: some Collection<Float>) {
        precondition(values.count == shape.reduce(1, *), "'\(name)': the shape does not fit the number of values")
        var bytes: [UInt8] = []
        bytes.reserveCapacity(values.count * 4)
        for value in values {
            withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
        }
        tensors[name] = Entry(type: .float32, shape: shape, bytes: bytes)
    }

    /// A tensor of 32-bit floats.
    ///
    /// - Throws: ``SafetensorsError`` if it is missing or of another type or shape.
    public func floats(_ name: String, shape: [Int]) throws(SafetensorsError) -> [Float] {
        guard let entry = tensors[name] else { throw SafetensorsError(path: path, "the tensor '\(name)' is missing") }
        guard entry.type == .float32 else {
            throw SafetensorsError(path: path, "the tensor '\(name)' is \(entry.type.rawValue); F32 is expected")
        }
        guard entry.shape == shape else {
            throw SafetensorsError(
                path: path, "the tensor '\(name)' has the shape \(entry.shape); \(shape) is expected")
        }
        return entry.bytes.withUnsafeBytes { bytes in
            (0..<bytes.count / 4).map {
                Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: $0 * 4, as: UInt32.self)))
            }
        }
    }

    /// Adds or replaces a tensor of 64-bit integers.
    public mutating func set(_ name: String, shape: [Int], integers values: some Collection<Int64>) {
        precondition(values.count == shape.reduce(1, *), "'\(name)': the shape does not fit the number of values")
        var bytes: [UInt8] = []
        bytes.reserveCapacity(values.count * 8)
        for value in values { withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) } }
        tensors[name] = Entry(type: .int64, shape: shape, bytes: bytes)
    }

    /// A tensor of 64-bit integers.
    ///
    /// - Throws: ``SafetensorsError`` if it is missing or of another type or shape.
    public func integers(_ name: String, shape: [Int]) throws(SafetensorsError) -> [Int64] {
        guard let entry = tensors[name] else { throw SafetensorsError(path: path, "the tensor '\(name)' is missing") }
        guard entry.type == .int64, entry.shape == shape else {
            throw SafetensorsError(
                path: path,
                "the tensor '\(name)' is \(entry.type.rawValue) \(entry.shape); I64 \(shape) is expected")
        }
        return entry.bytes.withUnsafeBytes { bytes in
            (0..<bytes.count / 8).map {
                Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: $0 * 8, as: Int64.self))
            }
        }
    }

    /// A text.
    ///
    /// - Throws: ``SafetensorsError`` if it is missing.
    public func text(_ name: String) throws(SafetensorsError) -> String {
        guard let text = metadata[name] else {
            throw SafetensorsError(path: path, "the metadata '\(name)' is missing")
        }
        return text
    }
}

/// A file that cannot be read or written, or is not what it should be.
public struct SafetensorsError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file.
    public let path: String
    /// What is wrong.
    public let message: String

    /// `message` about the file at `path`.
    public init(path: String, _ message: String) {
        self.path = path
        self.message = message
    }

    /// One line for the user.
    public var description: String { "\(path): \(message)" }
}
