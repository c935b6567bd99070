import CRealtime

/// A square matrix over an arm's joints, such as its inertia. Row by row; entries beyond the arm's joints stay zero.
public struct JointMatrix: BitwiseCopyable, Sendable {
    @usableFromInline var storage: InlineArray<64, Double> = InlineArray(repeating: 0)

    @inlinable
    @_noLocks
    init() {}

    /// All zeros.
    @inlinable
    public static var zero: JointMatrix { @_noLocks get { JointMatrix() } }

    /// The entry in a row and a column.
    @inlinable
    public subscript(row: Int, column: Int) -> Double {
        @_noLocks get { storage[row &* 8 &+ column] }
        @_noLocks set { storage[row &* 8 &+ column] = newValue }
    }

    /// This matrix times a vector, over the first `count` joints.
    @_noLocks
    public func times(_ vector: borrowing JointVector, count: Int) -> JointVector {
        var result = JointVector.zero
        for row in 0..<count {
            var sum = 0.0
            for column in 0..<count { sum += self[row, column] * vector[column] }
            result[row] = sum
        }
        return result
    }

    /// The lower triangular `L` with `L·Lᵀ` equal to this matrix; nil if this matrix is not positive definite.
    @_noLocks
    public func cholesky(count: Int) -> JointCholesky? {
        var factor = JointMatrix.zero
        var inverseDiagonal = JointVector.zero
        for column in 0..<count {
            var pivot = self[column, column]
            for k in 0..<column { pivot -= factor[column, k] * factor[column, k] }
            guard pivot > 0 else { return nil }
            let root = steadyhand_sqrt(pivot)
            factor[column, column] = root
            inverseDiagonal[column] = 1 / root
            for row in (column + 1)..<max(count, column + 1) {
                var sum = self[row, column]
                for k in 0..<column { sum -= factor[row, k] * factor[column, k] }
                factor[row, column] = sum * inverseDiagonal[column]
            }
        }
        return JointCholesky(factor: factor, inverseDiagonal: inverseDiagonal, count: count)
    }
}

/// A factorised positive definite ``JointMatrix``.
public struct JointCholesky: BitwiseCopyable, Sendable {
    /// Lower triangular.
    public let factor: JointMatrix
    /// One divided by each diagonal entry of ``factor``.
    public let inverseDiagonal: JointVector
    /// How many joints are in use.
    public let count: Int

    @usableFromInline
    @_noLocks
    init(factor: JointMatrix, inverseDiagonal: JointVector, count: Int) {
        self.factor = factor
        self.inverseDiagonal = inverseDiagonal
        self.count = count
    }

    /// `L⁻¹·vector`.
    @_noLocks
    public func forward(_ vector: borrowing JointVector) -> JointVector {
        var result = JointVector.zero
        for row in 0..<count {
            var sum = vector[row]
            for column in 0..<row { sum -= factor[row, column] * result[column] }
            result[row] = sum * inverseDiagonal[row]
        }
        return result
    }

    /// `L⁻¹·Jᵀ`: for every joint a row whose first six entries belong to the rows of the Jacobian.
    @_noLocks
    public func forward(_ jacobian: borrowing ToolJacobian) -> InlineArray<8, SIMD8<Double>> {
        var result = InlineArray<8, SIMD8<Double>>(repeating: SIMD8(repeating: 0))
        for row in 0..<count {
            var sum = jacobian.column(row)
            for column in 0..<row { sum -= factor[row, column] * result[column] }
            result[row] = sum * inverseDiagonal[row]
        }
        return result
    }

    /// The inverse of the factorised matrix times a vector.
    @_noLocks
    public func solve(_ vector: borrowing JointVector) -> JointVector {
        var result = forward(vector)
        var row = count - 1
        while row >= 0 {
            var sum = result[row]
            var column = row + 1
            while column < count {
                sum -= factor[column, row] * result[column]
                column += 1
            }
            result[row] = sum * inverseDiagonal[row]
            row -= 1
        }
        return result
    }
}

/// Six rows (three of linear, three of angular velocity), one column for each joint.
public struct ToolJacobian: BitwiseCopyable, Sendable {
    @usableFromInline var storage: InlineArray<48, Double> = InlineArray(repeating: 0)

    @inlinable
    @_noLocks
    init() {}

    /// All zeros.
    @inlinable
    public static var zero: ToolJacobian { @_noLocks get { ToolJacobian() } }

    /// The entry in a row and a column.
    @inlinable
    public subscript(row: Int, joint: Int) -> Double {
        @_noLocks get { storage[row &* 8 &+ joint] }
        @_noLocks set { storage[row &* 8 &+ joint] = newValue }
    }

    /// What one joint does to the tool: linear, then angular velocity for 1 rad/s; two zeros fill it up.
    @inlinable
    @_noLocks
    public func column(_ joint: Int) -> SIMD8<Double> {
        SIMD8(
            storage[joint], storage[8 &+ joint], storage[16 &+ joint], storage[24 &+ joint], storage[32 &+ joint],
            storage[40 &+ joint], 0, 0)
    }

    /// One row, as a vector over the joints.
    @inlinable
    @_noLocks
    public func row(_ row: Int) -> JointVector {
        var result = JointVector.zero
        for joint in 0..<8 { result[joint] = storage[row &* 8 &+ joint] }
        return result
    }
}
