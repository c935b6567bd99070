public import NIOCore

/// An array as openpi's MessagePack extension sends it: a map with the binary keys `__ndarray__`, `data`, `dtype` and `shape`.
///
/// The bytes are a slice of the message. They are not aligned.
public struct NumpyArray: Equatable, Sendable {
    /// What the elements are.
    public let type: NumpyType
    /// How many elements along each axis; none for a single number.
    public let shape: [Int]
    /// The elements, the last axis running fastest.
    public let data: ByteBuffer

    /// The most axes that an array may have.
    public static var axisLimit: Int { 8 }

    /// Why a map is not an array.
    public struct Fault: Error, Equatable, Sendable, CustomStringConvertible {
        /// A clause for a line.
        public var description: String
    }

    /// Takes a map as an array; nil if it does not say that it is one.
    ///
    /// - Throws: ``Fault`` if it says so and is none.
    public init?(_ value: MessagePackValue) throws(Fault) {
        guard value["__ndarray__"]?.isTrue == true else { return nil }
        guard let text = value["dtype"]?.string else { throw Fault(description: "an array without a dtype") }
        guard let type = NumpyType(text) else {
            throw Fault(description: "an array of \(UntrustedText.line(text, limit: 24)), which are no numbers")
        }
        guard let axes = value["shape"]?.elements, axes.count <= Self.axisLimit else {
            throw Fault(description: "an array without a shape")
        }
        var (shape, count) = ([Int](), 1)
        for axis in axes {
            guard let length = axis.int, length >= 0 else { throw Fault(description: "an array with a broken shape") }
            let (product, isTooLarge) = count.multipliedReportingOverflow(by: length)
            guard !isTooLarge else { throw Fault(description: "an array with a broken shape") }
            count = product
            shape.append(length)
        }
        let (size, isTooLarge) = count.multipliedReportingOverflow(by: type.size)
        guard !isTooLarge, case .binary(let data)? = value["data"], data.readableBytes == size else {
            throw Fault(description: "an array whose data have not the size that its shape \(shape) says")
        }
        self.type = type
        self.shape = shape
        self.data = data
    }

    /// How many elements there are.
    public var count: Int { data.readableBytes / type.size }

    /// The elements as numbers of single precision, in order.
    public var floats: [Float] {
        let count = count
        return data.withUnsafeReadableBytes { bytes in
            [Float](unsafeUninitializedCapacity: count) { floats, filled in
                Self.convert(bytes, type, into: floats, count: count)
                filled = count
            }
        }
    }

    private static func convert(
        _ bytes: UnsafeRawBufferPointer, _ type: NumpyType, into floats: UnsafeMutableBufferPointer<Float>, count: Int
    ) {
        func fill<Word: FixedWidthInteger>(_ word: Word.Type, _ number: (Word) -> Float) {
            let isSwapped = type.isBigEndian
            for index in 0..<count {
                let bits = bytes.loadUnaligned(fromByteOffset: index * MemoryLayout<Word>.size, as: Word.self)
                floats[index] = number(isSwapped ? bits.byteSwapped : bits)
            }
        }
        switch (type.kind, type.size) {
        case (.float, 4) where !type.isBigEndian:
            UnsafeMutableRawBufferPointer(floats).copyMemory(from: bytes)
        case (.float, 4): fill(UInt32.self) { Float(bitPattern: $0) }
        case (.float, 8): fill(UInt64.self) { Float(Double(bitPattern: $0)) }
        case (.float, _): fill(UInt16.self) { Float(Float16(bitPattern: $0)) }
        case (.signed, 1): fill(Int8.self) { Float($0) }
        case (.signed, 2): fill(Int16.self) { Float($0) }
        case (.signed, 4): fill(Int32.self) { Float($0) }
        case (.signed, _): fill(Int64.self) { Float($0) }
        case (.unsigned, 1): fill(UInt8.self) { Float($0) }
        case (.unsigned, 2): fill(UInt16.self) { Float($0) }
        case (.unsigned, 4): fill(UInt32.self) { Float($0) }
        case (.unsigned, _): fill(UInt64.self) { Float($0) }
        case (.boolean, _): fill(UInt8.self) { $0 == 0 ? 0 : 1 }
        }
    }
}

extension ByteBuffer {
    /// Writes an array whose bytes `fill` puts in place, byte for byte as openpi's Python side does. The keys of the map are
    /// binaries: with texts, Python would hand on a plain map.
    public mutating func writeNumpyArray<Failure: Error>(
        _ type: NumpyType, shape: [Int], fill: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        let count = shape.reduce(type.size, *)
        writeMessagePackMapHeader(count: 4)
        writeKey("__ndarray__")
        writeMessagePack(true)
        writeKey("data")
        writeMessagePackBinaryHeader(count: count)
        var failure: Failure?
        writeWithUnsafeMutableBytes(minimumWritableBytes: count) { room in
            do throws(Failure) {
                try fill(UnsafeMutableRawBufferPointer(rebasing: room[..<count]))
            } catch {
                failure = error
            }
            return count
        }
        if let failure { throw failure }
        writeKey("dtype")
        writeMessagePack(type.text)
        writeKey("shape")
        writeMessagePackArrayHeader(count: shape.count)
        for length in shape { writeMessagePack(length) }
    }

    /// Writes numbers as an array, in single or double precision.
    public mutating func writeNumpyArray(_ type: NumpyType, shape: [Int], _ numbers: some Collection<Float>) {
        precondition(type == .float32 || type == .float64, "numbers are sent in single or double precision")
        writeNumpyArray(type, shape: shape) { room in
            for (index, number) in numbers.enumerated() {
                if type == .float32 {
                    room.storeBytes(of: number, toByteOffset: 4 * index, as: Float.self)
                } else {
                    room.storeBytes(of: Double(number), toByteOffset: 8 * index, as: Double.self)
                }
            }
        }
    }

    private mutating func writeKey(_ name: StaticString) {
        writeMessagePackBinaryHeader(count: name.utf8CodeUnitCount)
        writeStaticString(name)
    }
}
