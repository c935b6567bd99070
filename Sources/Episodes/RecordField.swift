/// How one part of a plain record is stored in one column, in both directions.
///
/// Parts whose bytes are their value are copied as they lie, so that what is read back is the same to the bit.
struct RecordField<Record: BitwiseCopyable> {
    /// A part that is not any bytes, such as an enumeration.
    struct Code {
        var encode: (borrowing Record) -> UInt8
        /// False where the byte stands for nothing.
        var decode: (inout Record, UInt8) -> Bool
    }

    enum Source {
        /// So many bytes from the record's start.
        case stored(offset: Int)
        case coded(Code)
    }

    let name: String
    let type: ElementType
    let width: Int?
    let source: Source

    /// A stored part that is `width` numbers, or one; every pattern of bits must be a legal value of it.
    init<Value: BitwiseCopyable>(
        _ name: String, _ part: KeyPath<Record, Value>, _ type: ElementType, width: Int? = nil
    ) {
        guard let offset = MemoryLayout<Record>.offset(of: part) else {
            preconditionFailure("\(name) is not stored in \(Record.self)")
        }
        precondition(
            type.size * (width ?? 1) <= MemoryLayout<Value>.size, "\(Value.self) is too small for \(name)")
        self.name = name
        self.type = type
        self.width = width
        source = .stored(offset: offset)
    }

    /// A part that is written as one byte.
    init(_ name: String, _ code: Code) {
        self.name = name
        type = .uint8
        width = nil
        source = .coded(code)
    }

    /// An enumeration of bytes.
    init<Value: RawRepresentable<UInt8>>(_ name: String, _ part: WritableKeyPath<Record, Value>) {
        self.init(
            name,
            Code(
                encode: { $0[keyPath: part].rawValue },
                decode: { record, byte in
                    guard let value = Value(rawValue: byte) else { return false }
                    record[keyPath: part] = value
                    return true
                }))
    }

    var column: Column { Column(name: name, type: type, width: width) }

    /// Writes this part of the record.
    func store(_ record: Record, to row: UnsafeMutableRawBufferPointer) {
        switch source {
        case .stored(let offset):
            withUnsafeBytes(of: record) { row.copyMemory(from: .init(rebasing: $0[offset..<offset + row.count])) }
        case .coded(let code): row[0] = code.encode(record)
        }
    }

    /// Sets this part of the record; false where the bytes are no legal value.
    func load(_ row: UnsafeRawBufferPointer, into record: inout Record) -> Bool {
        switch source {
        case .stored(let offset):
            withUnsafeMutableBytes(of: &record) {
                UnsafeMutableRawBufferPointer(rebasing: $0[offset..<offset + row.count]).copyMemory(from: row)
            }
            return true
        case .coded(let code): return code.decode(&record, row[0])
        }
    }
}
