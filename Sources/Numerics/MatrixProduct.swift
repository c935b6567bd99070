internal import COpenBLAS

/// Products of matrices, on OpenBLAS (one thread a call) or, for a single row, on kernels that allocate and lock nothing.
public enum MatrixProduct {
    /// OpenBLAS takes its work buffers from a pool under a lock, and may come with threads of its own: one is what we want.
    private static let singleThreaded: Void = openblas_set_num_threads(1)

    /// `result = left · rightᵀ`, or added to `result`; shapes (n × k) · (m × k)ᵀ = (n × m).
    ///
    /// With one row, this is the allocation-free path.
    @inline(never)
    public static func timesTransposed(
        _ left: TensorView, _ right: TensorView, into result: TensorView, accumulate: Bool = false
    ) {
        precondition(
            left.columns == right.columns && result.rows == left.rows && result.columns == right.rows,
            "matrix shapes do not fit")
        if left.rows == 1 {
            Kernels.matrixVector(
                right.base, stride: right.stride, rows: right.rows, columns: right.columns, left.base, into: result.base,
                accumulate: accumulate)
            return
        }
        _ = singleThreaded
        cblas_sgemm(
            CblasRowMajor, CblasNoTrans, CblasTrans, size(left.rows), size(right.rows), size(left.columns), 1,
            left.base, size(left.stride), right.base, size(right.stride), accumulate ? 1 : 0, result.base,
            size(result.stride))
    }

    /// `result = left · right`, or added to `result`; shapes (n × k) · (k × m) = (n × m).
    @inline(never)
    public static func times(
        _ left: TensorView, _ right: TensorView, into result: TensorView, accumulate: Bool = false
    ) {
        precondition(
            left.columns == right.rows && result.rows == left.rows && result.columns == right.columns,
            "matrix shapes do not fit")
        _ = singleThreaded
        cblas_sgemm(
            CblasRowMajor, CblasNoTrans, CblasNoTrans, size(left.rows), size(right.columns), size(left.columns), 1,
            left.base, size(left.stride), right.base, size(right.stride), accumulate ? 1 : 0, result.base,
            size(result.stride))
    }

    /// `result = leftᵀ · right`, or added to `result`; shapes (k × n)ᵀ · (k × m) = (n × m).
    @inline(never)
    public static func transposedTimes(
        _ left: TensorView, _ right: TensorView, into result: TensorView, accumulate: Bool = false
    ) {
        precondition(
            left.rows == right.rows && result.rows == left.columns && result.columns == right.columns,
            "matrix shapes do not fit")
        _ = singleThreaded
        cblas_sgemm(
            CblasRowMajor, CblasTrans, CblasNoTrans, size(left.columns), size(right.columns), size(left.rows), 1,
            left.base, size(left.stride), right.base, size(right.stride), accumulate ? 1 : 0, result.base,
            size(result.stride))
    }

    private static func size(_ value: Int) -> blasint { blasint(value) }
}
