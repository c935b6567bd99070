import CRealtime
import Robots

/// Inverts a symmetric positive semidefinite 3×3 matrix in its principal directions, where no eigenvalue counts as smaller
/// than `smallest`.
///
/// For the inverse inertia `J·M⁻¹·Jᵀ` of a tool this says that in no direction the tool counts as heavier than
/// `1/smallest`. Away from singularities, where all eigenvalues are larger, it is the exact inverse; near one, the force in
/// the direction that the arm cannot move in stays bounded and continuous, and those in the others are untouched.
///
/// - Returns: The inverse, and whether an eigenvalue was raised.
@_noLocks
func dampedInverse(_ matrix: Matrix3, smallest: Double) -> (inverse: Matrix3, isDamped: Bool) {
    if hasEigenvaluesAbove(smallest, matrix) { return (symmetricInverse(matrix), false) }
    var a = matrix
    var vectors = Matrix3(rows: SIMD3(1, 0, 0), SIMD3(0, 1, 0), SIMD3(0, 0, 1))
    // Cyclic Jacobi rotations converge quadratically: six sweeps are more than double precision asks for.
    for _ in 0..<6 {
        rotate01(&a, &vectors)
        rotate02(&a, &vectors)
        rotate12(&a, &vectors)
    }
    let values = SIMD3(a.row0.x, a.row1.y, a.row2.z)
    let isDamped = values.x < smallest || values.y < smallest || values.z < smallest
    let scale = SIMD3(1 / max(values.x, smallest), 1 / max(values.y, smallest), 1 / max(values.z, smallest))
    let v = vectors
    let w0 = v.row0 * scale
    let w1 = v.row1 * scale
    let w2 = v.row2 * scale
    let inverse = Matrix3(
        rows: SIMD3(dot(w0, v.row0), dot(w0, v.row1), dot(w0, v.row2)),
        SIMD3(dot(w1, v.row0), dot(w1, v.row1), dot(w1, v.row2)),
        SIMD3(dot(w2, v.row0), dot(w2, v.row1), dot(w2, v.row2)))
    return (inverse, isDamped)
}

/// Whether all eigenvalues of a symmetric matrix are above `bound` (above 0): what is left of it without `bound` in every
/// direction is positive definite, by Sylvester's criterion.
@_noLocks
private func hasEigenvaluesAbove(_ bound: Double, _ matrix: Matrix3) -> Bool {
    let (a, b, c) = (matrix.row0.x - bound, matrix.row1.y - bound, matrix.row2.z - bound)
    let (ab, ac, bc) = (matrix.row0.y, matrix.row0.z, matrix.row1.z)
    let minor = a * b - ab * ab
    return a > 0 && minor > 0 && c * minor - bc * (a * bc - ab * ac) + ac * (ab * bc - b * ac) > 0
}

/// The inverse of a symmetric, positive definite matrix by its cofactors.
@_noLocks
private func symmetricInverse(_ matrix: Matrix3) -> Matrix3 {
    let first = cross(matrix.row1, matrix.row2)
    let second = cross(matrix.row2, matrix.row0)
    let third = cross(matrix.row0, matrix.row1)
    let scale = 1 / dot(matrix.row0, first)
    return Matrix3(rows: first * scale, second * scale, third * scale)
}

@_noLocks
func dot(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> Double { a.x * b.x + a.y * b.y + a.z * b.z }

@_noLocks
func cross(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> SIMD3<Double> {
    SIMD3(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x)
}

/// Cosine and sine of the rotation that makes the off-diagonal entry `apq` zero.
@_noLocks
private func jacobiRotation(_ app: Double, _ aqq: Double, _ apq: Double) -> (cosine: Double, sine: Double) {
    if apq == 0 { return (1, 0) }
    let theta = (aqq - app) / (2 * apq)
    let t = (theta >= 0 ? 1.0 : -1.0) / (abs(theta) + steadyhand_sqrt(theta * theta + 1))
    let cosine = 1 / steadyhand_sqrt(t * t + 1)
    return (cosine, t * cosine)
}

@_noLocks
private func rotate01(_ a: inout Matrix3, _ v: inout Matrix3) {
    let (c, s) = jacobiRotation(a.row0.x, a.row1.y, a.row0.y)
    let row0 = c * a.row0 - s * a.row1
    a.row1 = s * a.row0 + c * a.row1
    a.row0 = row0
    turn(&a.row0, 0, 1, c, s)
    turn(&a.row1, 0, 1, c, s)
    turn(&a.row2, 0, 1, c, s)
    turn(&v.row0, 0, 1, c, s)
    turn(&v.row1, 0, 1, c, s)
    turn(&v.row2, 0, 1, c, s)
}

@_noLocks
private func rotate02(_ a: inout Matrix3, _ v: inout Matrix3) {
    let (c, s) = jacobiRotation(a.row0.x, a.row2.z, a.row0.z)
    let row0 = c * a.row0 - s * a.row2
    a.row2 = s * a.row0 + c * a.row2
    a.row0 = row0
    turn(&a.row0, 0, 2, c, s)
    turn(&a.row1, 0, 2, c, s)
    turn(&a.row2, 0, 2, c, s)
    turn(&v.row0, 0, 2, c, s)
    turn(&v.row1, 0, 2, c, s)
    turn(&v.row2, 0, 2, c, s)
}

@_noLocks
private func rotate12(_ a: inout Matrix3, _ v: inout Matrix3) {
    let (c, s) = jacobiRotation(a.row1.y, a.row2.z, a.row1.z)
    let row1 = c * a.row1 - s * a.row2
    a.row2 = s * a.row1 + c * a.row2
    a.row1 = row1
    turn(&a.row0, 1, 2, c, s)
    turn(&a.row1, 1, 2, c, s)
    turn(&a.row2, 1, 2, c, s)
    turn(&v.row0, 1, 2, c, s)
    turn(&v.row1, 1, 2, c, s)
    turn(&v.row2, 1, 2, c, s)
}

@_noLocks
private func turn(_ row: inout SIMD3<Double>, _ p: Int, _ q: Int, _ c: Double, _ s: Double) {
    let first = row[p]
    let second = row[q]
    row[p] = c * first - s * second
    row[q] = s * first + c * second
}
