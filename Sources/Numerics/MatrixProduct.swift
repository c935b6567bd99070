internal import COpenBLAS
internal import Synchronization

/// Products of matrices: in tiles (``BlockProduct``) or, for a single row, in kernels, both of which allocate and lock nothing;
/// large ones on OpenBLAS, one thread a call.
public enum MatrixProduct {
    /// A build of OpenBLAS without threads hands its work buffers out without a lock: calls at the same time give wrong
    /// numbers (measured with Debian's `libopenblas0-serial` 0.3.21). Its calls have to queue. Builds with threads are safe,
    /// and are told to use one.
    private static let queue: Queue? = {
        openblas_set_num_threads(1)
        return openblas_get_parallel() == 0 ? Queue() : nil
    }()

    private final class Queue: Sendable {
        let lock = Mutex<Void>(())
    }

    /// Whether several threads can multiply at the same time; otherwise their products queue.
    public static var isConcurrent: Bool { queue == nil }

    private static func inTurn(_ call: () -> Void) {
        if let queue { queue.lock.withLock { _ in call() } } else { call() }
    }

    /// `result = left · rightᵀ`, or added to `result`; shapes (n × k) · (m × k)ᵀ = (n × m).
    ///
    /// With one row, this is the allocation-free path.
    public static func timesTransposed(
        _ left: TensorView, _ right: TensorView, into result: TensorView, accumulate: Bool = false
    ) {
        timesTransposed(left, right, into: result, accumulate: accumulate, bias: nil)
    }

    /// `bias` (m) is added to each row of the result.
    @inline(never)
    static func timesTransposed(
        _ left: TensorView, _ right: TensorView, into result: TensorView, accumulate: Bool,
        bias: UnsafePointer<Float>?
    ) {
        precondition(
            left.columns == right.columns && result.rows == left.rows && result.columns == right.rows,
            "matrix shapes do not fit")
        if left.rows == 1 {
            Kernels.matrixVector(
                right.base, stride: right.stride, rows: right.rows, columns: right.columns, left.base,
                into: result.base,
                accumulate: accumulate)
        } else if right.rows == 1 && result.stride == 1 {
            Kernels.matrixVector(
                left.base, stride: left.stride, rows: left.rows, columns: left.columns, right.base, into: result.base,
                accumulate: accumulate)
        } else if isModerate(left.rows, left.columns) {
            BlockProduct.multiply(
                rows: left.rows, columns: right.rows, inner: left.columns,
                .init(base: left.base, rowStride: left.stride, columnStride: 1),
                .init(base: right.base, rowStride: 1, columnStride: right.stride), bias: accumulate ? nil : bias,
                into: result.base, stride: result.stride, accumulate: accumulate)
            if !accumulate { return }
        } else {
            inTurn {
                cblas_sgemm(
                    CblasRowMajor, CblasNoTrans, CblasTrans, size(left.rows), size(right.rows), size(left.columns), 1,
                    left.base, size(left.stride), right.base, size(right.stride), accumulate ? 1 : 0, result.base,
                    size(result.stride))
            }
        }
        if let bias { Kernels.addBias(bias, to: result) }
    }

    /// `result = left · right`, or added to `result`; shapes (n × k) · (k × m) = (n × m).
    @inline(never)
    public static func times(
        _ left: TensorView, _ right: TensorView, into result: TensorView, accumulate: Bool = false
    ) {
        precondition(
            left.columns == right.rows && result.rows == left.rows && result.columns == right.columns,
            "matrix shapes do not fit")
        if isModerate(left.rows, left.columns) {
            BlockProduct.multiply(
                rows: left.rows, columns: right.columns, inner: left.columns,
                .init(base: left.base, rowStride: left.stride, columnStride: 1),
                .init(base: right.base, rowStride: right.stride, columnStride: 1), bias: nil, into: result.base,
                stride: result.stride, accumulate: accumulate)
            return
        }
        inTurn {
            cblas_sgemm(
                CblasRowMajor, CblasNoTrans, CblasNoTrans, size(left.rows), size(right.columns), size(left.columns), 1,
                left.base, size(left.stride), right.base, size(right.stride), accumulate ? 1 : 0, result.base,
                size(result.stride))
        }
    }

    /// `result = leftᵀ · right`, or added to `result`; shapes (k × n)ᵀ · (k × m) = (n × m).
    @inline(never)
    public static func transposedTimes(
        _ left: TensorView, _ right: TensorView, into result: TensorView, accumulate: Bool = false
    ) {
        precondition(
            left.rows == right.rows && result.rows == left.columns && result.columns == right.columns,
            "matrix shapes do not fit")
        if isModerate(left.columns, left.rows) {
            BlockProduct.multiply(
                rows: left.columns, columns: right.columns, inner: left.rows,
                .init(base: left.base, rowStride: 1, columnStride: left.stride),
                .init(base: right.base, rowStride: right.stride, columnStride: 1), bias: nil, into: result.base,
                stride: result.stride, accumulate: accumulate)
            return
        }
        inTurn {
            cblas_sgemm(
                CblasRowMajor, CblasTrans, CblasNoTrans, size(left.columns), size(right.columns), size(left.rows), 1,
                left.base, size(left.stride), right.base, size(right.stride), accumulate ? 1 : 0, result.base,
                size(result.stride))
        }
    }

    /// Whether the left factor stays in the second-level cache while it is read once for each panel; beyond, OpenBLAS
    /// is faster.
    private static func isModerate(_ rows: Int, _ inner: Int) -> Bool { rows * inner <= 1 << 16 }

    private static func size(_ value: Int) -> blasint { blasint(value) }
}
