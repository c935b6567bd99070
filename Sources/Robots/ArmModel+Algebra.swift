import CRealtime

// Loops make one copy and read its entries in place, by functions that are `mutating` although they change nothing: of a value that
// is not a variable, every entry that is read is compiled to a copy of the whole array (Swift 6.3, which gives no spans where
// nothing may lock).

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

    @inline(__always)
    @_noLocks
    fileprivate mutating func read(_ row: Int, _ column: Int) -> Double { storage[row &* 8 &+ column] }

    /// This matrix times a vector, over the first `count` joints.
    @_noLocks
    public func times(_ vector: borrowing JointVector, count: Int) -> JointVector {
        var matrix = self
        var result = JointVector.zero
        for row in 0..<count {
            var sum = 0.0
            for column in 0..<count { sum += matrix.read(row, column) * vector[column] }
            result[row] = sum
        }
        return result
    }

    /// The sizes of this matrix's entries times a vector, over the first `count` joints.
    @_noLocks
    public func sizesTimes(_ vector: borrowing JointVector, count: Int) -> JointVector {
        var matrix = self
        var result = JointVector.zero
        for row in 0..<count {
            var sum = 0.0
            for column in 0..<count { sum += abs(matrix.read(row, column)) * vector[column] }
            result[row] = sum
        }
        return result
    }

    /// The lower triangular `L` with `L·Lᵀ` equal to this matrix; nil if this matrix is not positive definite.
    @_noLocks
    public func cholesky(count: Int) -> JointCholesky? {
        var matrix = self
        var factor = JointMatrix.zero
        var inverseDiagonal = JointVector.zero
        for column in 0..<count {
            var pivot = matrix.read(column, column)
            for k in 0..<column { pivot -= factor.read(column, k) * factor.read(column, k) }
            guard pivot > 0 else { return nil }
            let root = steadyhand_sqrt(pivot)
            factor[column, column] = root
            inverseDiagonal[column] = 1 / root
            for row in (column + 1)..<max(count, column + 1) {
                var sum = matrix.read(row, column)
                for k in 0..<column { sum -= factor.read(row, k) * factor.read(column, k) }
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
        var factor = self.factor
        var result = JointVector.zero
        for row in 0..<count {
            var sum = vector[row]
            for column in 0..<row { sum -= factor.read(row, column) * result[column] }
            result[row] = sum * inverseDiagonal[row]
        }
        return result
    }

    /// `L⁻¹·Jᵀ`: for every joint a row whose first six entries belong to the rows of the Jacobian.
    @_noLocks
    public func forward(_ jacobian: borrowing ToolJacobian) -> InlineArray<8, SIMD8<Double>> {
        var factor = self.factor
        var jacobian = copy jacobian
        var result = InlineArray<8, SIMD8<Double>>(repeating: SIMD8(repeating: 0))
        for row in 0..<count {
            var sum = jacobian.column(row)
            for column in 0..<row { sum -= factor.read(row, column) * result[column] }
            result[row] = sum * inverseDiagonal[row]
        }
        return result
    }

    /// The inverse of the factorised matrix times a vector.
    @_noLocks
    public func solve(_ vector: borrowing JointVector) -> JointVector {
        var factor = self.factor
        var result = forward(vector)
        var row = count - 1
        while row >= 0 {
            var sum = result[row]
            var column = row + 1
            while column < count {
                sum -= factor.read(column, row) * result[column]
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

    @inline(__always)
    @_noLocks
    fileprivate mutating func read(_ row: Int, _ joint: Int) -> Double { storage[row &* 8 &+ joint] }

    /// What one joint does to the tool: linear, then angular velocity for 1 rad/s; two zeros fill it up.
    @inline(__always)
    @_noLocks
    fileprivate mutating func column(_ joint: Int) -> SIMD8<Double> {
        SIMD8(
            storage[joint], storage[8 &+ joint], storage[16 &+ joint], storage[24 &+ joint], storage[32 &+ joint],
            storage[40 &+ joint], 0, 0)
    }

    /// Linear (m/s) and angular (rad/s) velocity of the tool for velocities of the first `count` joints (rad/s).
    @_noLocks
    public func times(
        _ velocities: borrowing JointVector, count: Int
    ) -> (linear: SIMD3<Double>, angular: SIMD3<Double>) {
        var jacobian = self
        var result = InlineArray<6, Double>(repeating: 0)
        for row in 0..<6 {
            var sum = 0.0
            for joint in 0..<count { sum += jacobian.read(row, joint) * velocities[joint] }
            result[row] = sum
        }
        return (SIMD3(result[0], result[1], result[2]), SIMD3(result[3], result[4], result[5]))
    }

    /// The torques (N·m) of the first `count` joints that push with this force (N) and torque (N·m) at the tool.
    @_noLocks
    public func transposeTimes(force: SIMD3<Double>, torque: SIMD3<Double>, count: Int) -> JointVector {
        var jacobian = self
        var result = JointVector.zero
        for joint in 0..<count {
            let column = jacobian.column(joint)
            let pushed = column[0] * force.x + column[1] * force.y + column[2] * force.z
            let turned = column[3] * torque.x + column[4] * torque.y + column[5] * torque.z
            result[joint] = pushed + turned
        }
        return result
    }
}
