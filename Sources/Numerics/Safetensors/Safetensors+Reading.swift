internal import FoundationEssentials
internal import Glibc

extension Safetensors {
    /// The longest header that is read: 100 MB, the limit of the reference implementation.
    static var longestHeader: Int { 100_000_000 }

    /// Reads and checks a whole file.
    ///
    /// - Throws: ``SafetensorsError`` if it cannot be read, is cut short, or contradicts itself.
    public init(contentsOf path: String) throws(SafetensorsError) {
        try self.init(bytes: try Self.readFile(path), path: path)
    }

    /// Checks and takes apart the bytes of a file; `path` names them in errors.
    public init(bytes: [UInt8], path: String) throws(SafetensorsError) {
        guard bytes.count >= 8 else {
            throw SafetensorsError(path: path, "\(bytes.count) bytes are too few for a safetensors file")
        }
        let declared = bytes.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
        guard declared <= UInt64(Self.longestHeader) else {
            throw SafetensorsError(path: path, "not a safetensors file: its header would have \(declared) bytes")
        }
        let dataStart = 8 + Int(declared)
        guard dataStart <= bytes.count else {
            throw SafetensorsError(
                path: path, "cut short: the header needs \(declared) bytes, \(bytes.count - 8) are there")
        }
        let header = try Self.decodeHeader(Array(bytes[8..<dataStart]), path)
        var tensors: [String: Entry] = [:]
        var end = 0
        let dataCount = bytes.count - dataStart
        for (name, description) in header.tensors.sorted(by: Self.isBefore) {
            let range = try Self.checkedRange(description, name: name, start: end, dataCount: dataCount, path: path)
            end = range.upperBound
            tensors[name] = Entry(
                type: description.type, shape: description.shape,
                bytes: Array(bytes[dataStart + range.lowerBound..<dataStart + range.upperBound]))
        }
        guard end == dataCount else {
            throw SafetensorsError(path: path, "\(dataCount - end) bytes at its end belong to no tensor")
        }
        self.init(path: path, metadata: header.metadata, tensors: tensors)
    }

    private static func isBefore(
        _ left: (key: String, value: TensorDescription), _ right: (key: String, value: TensorDescription)
    ) -> Bool {
        (left.value.begin, left.value.end, left.key) < (right.value.begin, right.value.end, right.key)
    }

    private static func decodeHeader(_ bytes: [UInt8], _ path: String) throws(SafetensorsError) -> Header {
        do {
            return try JSONDecoder().decode(Header.self, from: Data(bytes))
        } catch let error as HeaderFault {
            throw SafetensorsError(path: path, error.message)
        } catch {
            throw SafetensorsError(path: path, "not a safetensors file: its header is not the expected JSON")
        }
    }

    private static func checkedRange(
        _ tensor: TensorDescription, name: String, start: Int, dataCount: Int, path: String
    ) throws(SafetensorsError) -> Range<Int> {
        var count = tensor.type.size
        for size in tensor.shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: size)
            guard size >= 0, !overflow else {
                throw SafetensorsError(path: path, "the tensor '\(name)' has the impossible shape \(tensor.shape)")
            }
            count = product
        }
        guard tensor.begin == start, tensor.end >= tensor.begin else {
            throw SafetensorsError(
                path: path,
                "the tensor '\(name)' is at bytes \(tensor.begin)..<\(tensor.end); it should begin at \(start)")
        }
        guard tensor.end - tensor.begin == count else {
            throw SafetensorsError(
                path: path,
                "the tensor '\(name)' has \(tensor.end - tensor.begin) bytes; \(tensor.type.rawValue) of the shape "
                    + "\(tensor.shape) needs \(count)")
        }
        guard tensor.end <= dataCount else {
            throw SafetensorsError(
                path: path, "cut short: the tensor '\(name)' ends at byte \(tensor.end), \(dataCount) are there")
        }
        return tensor.begin..<tensor.end
    }

    private static func readFile(_ path: String) throws(SafetensorsError) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw SafetensorsError(path: path, "cannot be opened: \(reason())") }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw SafetensorsError(path: path, "cannot be read: \(reason())") }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw SafetensorsError(path: path, "is not a file")
        }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeMutableBytes { read(file, $0.baseAddress! + done, $0.count - done) }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw SafetensorsError(path: path, "cannot be read: \(reason())") }
            if count == 0 { break }
            done += count
        }
        return Array(bytes[..<done])
    }

    static func reason() -> String { String(cString: strerror(errno)) }
}

/// A tensor as the header describes it.
struct TensorDescription: Codable {
    let type: Safetensors.ElementType
    let shape: [Int]
    let begin: Int
    let end: Int

    private enum Keys: String, CodingKey {
        case type = "dtype"
        case shape
        case offsets = "data_offsets"
    }

    init(type: Safetensors.ElementType, shape: [Int], begin: Int, end: Int) {
        self.type = type
        self.shape = shape
        self.begin = begin
        self.end = end
    }

    init(from decoder: any Decoder) throws {
        let name = decoder.codingPath.last?.stringValue ?? ""
        let values = try decoder.container(keyedBy: Keys.self)
        let typeName = try values.decode(String.self, forKey: .type)
        guard let type = Safetensors.ElementType(rawValue: typeName) else {
            throw HeaderFault(message: "the tensor '\(name)' has the unknown type '\(typeName)'")
        }
        self.type = type
        shape = try values.decode([Int].self, forKey: .shape)
        let offsets = try values.decode([Int].self, forKey: .offsets)
        guard offsets.count == 2, offsets[0] >= 0 else {
            throw HeaderFault(message: "the tensor '\(name)' has the impossible offsets \(offsets)")
        }
        (begin, end) = (offsets[0], offsets[1])
    }

    func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: Keys.self)
        try values.encode(type, forKey: .type)
        try values.encode(shape, forKey: .shape)
        try values.encode([begin, end], forKey: .offsets)
    }
}

/// The JSON object at the beginning of a file.
struct Header: Codable {
    var metadata: [String: String] = [:]
    var tensors: [String: TensorDescription] = [:]

    private static var metadataKey: String { "__metadata__" }

    private struct Key: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    init(metadata: [String: String], tensors: [String: TensorDescription]) {
        self.metadata = metadata
        self.tensors = tensors
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Key.self)
        for key in values.allKeys {
            if key.stringValue == Self.metadataKey {
                metadata = try values.decode([String: String].self, forKey: key)
            } else {
                tensors[key.stringValue] = try values.decode(TensorDescription.self, forKey: key)
            }
        }
    }

    func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: Key.self)
        if !metadata.isEmpty { try values.encode(metadata, forKey: Key(Self.metadataKey)) }
        for (name, tensor) in tensors { try values.encode(tensor, forKey: Key(name)) }
    }
}

/// A header that is JSON but not right.
struct HeaderFault: Error {
    let message: String
}
