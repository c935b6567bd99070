internal import Glibc

/// A row-major matrix of 32-bit floats in memory of its own, made once and used again and again.
///
/// Rows are batch entries. The memory starts on a cache line. A tensor is a plain container: who shares it between threads
/// must see to it that only one of them writes.
public final class Tensor: @unchecked Sendable {
    /// How many rows there is room for.
    public let rows: Int
    /// Numbers in a row.
    public let columns: Int
    /// The first number.
    public let base: UnsafeMutablePointer<Float>

    /// A tensor of zeros.
    public init(rows: Int, columns: Int) {
        precondition(rows >= 0 && columns >= 0, "a tensor's shape cannot be negative")
        self.rows = rows
        self.columns = columns
        base = Self.allocate(count: rows * columns)
    }

    /// A tensor of one row.
    public convenience init(_ values: [Float]) {
        self.init(rows: 1, columns: values.count)
        for (index, value) in values.enumerated() { base[index] = value }
    }

    deinit { free(base) }

    /// How many numbers there are.
    public var count: Int { rows * columns }

    /// All of it.
    public var view: TensorView { TensorView(self, offset: 0, rows: rows, columns: columns, stride: columns) }

    /// The first `count` rows.
    public func firstRows(_ count: Int) -> TensorView {
        TensorView(self, offset: 0, rows: count, columns: columns, stride: columns)
    }

    /// A copy of all numbers.
    public var values: [Float] { Array(UnsafeBufferPointer(start: base, count: count)) }

    /// Takes over all numbers of a tensor of the same size.
    public func copy(from other: Tensor) {
        precondition(count == other.count, "tensors of different sizes")
        base.update(from: other.base, count: count)
    }

    /// Takes over as many numbers as there are.
    public func copy(from values: [Float]) {
        precondition(count == values.count, "tensor and array have different sizes")
        values.withUnsafeBufferPointer { if let start = $0.baseAddress { base.update(from: start, count: count) } }
    }

    /// Takes over numbers from place `offset` on.
    public func copy(from values: [Float], at offset: Int) {
        precondition(offset >= 0 && offset + values.count <= count, "more numbers than the tensor has room for")
        values.withUnsafeBufferPointer {
            if let start = $0.baseAddress { (base + offset).update(from: start, count: $0.count) }
        }
    }

    /// Sets every number.
    public func fill(_ value: Float) { base.update(repeating: value, count: count) }

    /// A number.
    public subscript(row: Int, column: Int) -> Float {
        get {
            precondition(row >= 0 && row < rows && column >= 0 && column < columns, "index outside of the tensor")
            return base[row * columns + column]
        }
        set {
            precondition(row >= 0 && row < rows && column >= 0 && column < columns, "index outside of the tensor")
            base[row * columns + column] = newValue
        }
    }

    private static func allocate(count: Int) -> UnsafeMutablePointer<Float> {
        let bytes = max(count, 1) * MemoryLayout<Float>.stride
        var memory: UnsafeMutableRawPointer?
        let status = posix_memalign(&memory, 64, bytes)
        guard status == 0, let memory else { preconditionFailure("out of memory: a tensor of \(bytes) bytes") }
        let floats = memory.bindMemory(to: Float.self, capacity: max(count, 1))
        floats.initialize(repeating: 0, count: max(count, 1))
        return floats
    }
}

/// A window on a tensor: some rows, and of each some columns. Keeps the tensor alive.
public struct TensorView: @unchecked Sendable {
    /// The first number.
    public let base: UnsafeMutablePointer<Float>
    /// How many rows.
    public let rows: Int
    /// How many numbers of each row.
    public let columns: Int
    /// From one row to the next, in numbers.
    public let stride: Int

    private let owner: Tensor

    /// The window of `rows` × `columns` numbers whose first is number `offset` of `owner`, a row every `stride` numbers.
    public init(_ owner: Tensor, offset: Int, rows: Int, columns: Int, stride: Int) {
        precondition(offset >= 0 && rows >= 0 && columns >= 0 && stride >= columns, "impossible window on a tensor")
        precondition(
            rows == 0 || offset + (rows - 1) * stride + columns <= owner.count, "window reaches beyond the tensor")
        self.owner = owner
        base = owner.base + offset
        self.rows = rows
        self.columns = columns
        self.stride = stride
    }

    /// The same rows, but only these columns.
    public func columns(_ range: Range<Int>) -> TensorView {
        precondition(range.lowerBound >= 0 && range.upperBound <= columns, "columns outside of the tensor")
        return TensorView(
            owner, offset: base - owner.base + range.lowerBound, rows: rows, columns: range.count, stride: stride)
    }

    /// Some of the rows.
    public func rows(_ range: Range<Int>) -> TensorView {
        precondition(range.lowerBound >= 0 && range.upperBound <= rows, "rows outside of the tensor")
        return TensorView(
            owner, offset: base - owner.base + range.lowerBound * stride, rows: range.count, columns: columns,
            stride: stride)
    }

    /// One row. Valid while the tensor lives.
    public func row(_ index: Int) -> UnsafeMutableBufferPointer<Float> {
        precondition(index >= 0 && index < rows, "row outside of the tensor")
        return UnsafeMutableBufferPointer(start: base + index * stride, count: columns)
    }

    /// A row as a matrix: of its numbers from `offset` on, `rows` × `columns`, which follow each other.
    public func matrix(row: Int, offset: Int = 0, rows: Int, columns: Int) -> TensorView {
        precondition(
            row >= 0 && row < self.rows && offset >= 0 && offset + rows * columns <= self.columns,
            "a matrix beyond the row")
        return TensorView(
            owner, offset: base - owner.base + row * stride + offset, rows: rows, columns: columns, stride: columns)
    }

    /// Whether rows follow each other without a gap.
    public var isContiguous: Bool { stride == columns || rows <= 1 }
}

extension TensorView {
    /// Adds `scale` times another view of the same shape.
    @inline(never)
    public func add(_ other: TensorView, scale: Float) {
        precondition(rows == other.rows && columns == other.columns, "views of different shapes")
        for row in 0..<rows {
            Kernels.addScaled(other.base + row * other.stride, scale: scale, to: base + row * stride, columns)
        }
    }
}
