public import CRealtime

/// A 3×3 matrix, by rows.
public struct Matrix3: BitwiseCopyable, Sendable {
    /// First row.
    public var row0: SIMD3<Double>
    /// Second row.
    public var row1: SIMD3<Double>
    /// Third row.
    public var row2: SIMD3<Double>

    /// From its rows.
    @inlinable
    @_noLocks
    public init(rows row0: SIMD3<Double>, _ row1: SIMD3<Double>, _ row2: SIMD3<Double>) {
        self.row0 = row0
        self.row1 = row1
        self.row2 = row2
    }

    /// This matrix times a vector.
    @inlinable
    @_noLocks
    public func times(_ v: SIMD3<Double>) -> SIMD3<Double> {
        SIMD3(
            row0.x * v.x + row0.y * v.y + row0.z * v.z,
            row1.x * v.x + row1.y * v.y + row1.z * v.z,
            row2.x * v.x + row2.y * v.y + row2.z * v.z)
    }

    /// The first, second or third column.
    @inlinable
    @_noLocks
    public func column(_ index: Int) -> SIMD3<Double> { SIMD3(row0[index], row1[index], row2[index]) }

    /// The rotation matrix of a unit quaternion.
    @inlinable
    @_noLocks
    public init(_ q: Quaternion) {
        row0 = SIMD3(
            1 - 2 * (q.y * q.y + q.z * q.z), 2 * (q.x * q.y - q.w * q.z), 2 * (q.x * q.z + q.w * q.y))
        row1 = SIMD3(
            2 * (q.x * q.y + q.w * q.z), 1 - 2 * (q.x * q.x + q.z * q.z), 2 * (q.y * q.z - q.w * q.x))
        row2 = SIMD3(
            2 * (q.x * q.z - q.w * q.y), 2 * (q.y * q.z + q.w * q.x), 1 - 2 * (q.x * q.x + q.y * q.y))
    }

    /// The unit quaternion of a rotation matrix, with `w ≥ 0` where the angle allows.
    ///
    /// Divides by the largest of the four components (Shepperd 1978), which keeps it exact near half turns.
    @inlinable
    public var quaternion: Quaternion {
        @_noLocks get {
            let trace = row0.x + row1.y + row2.z
            var q: Quaternion
            if trace > 0 {
                let s = steadyhand_sqrt(trace + 1) * 2
                q = Quaternion(w: s / 4, x: (row2.y - row1.z) / s, y: (row0.z - row2.x) / s, z: (row1.x - row0.y) / s)
            } else if row0.x > row1.y, row0.x > row2.z {
                let s = steadyhand_sqrt(1 + row0.x - row1.y - row2.z) * 2
                q = Quaternion(w: (row2.y - row1.z) / s, x: s / 4, y: (row0.y + row1.x) / s, z: (row0.z + row2.x) / s)
            } else if row1.y > row2.z {
                let s = steadyhand_sqrt(1 + row1.y - row0.x - row2.z) * 2
                q = Quaternion(w: (row0.z - row2.x) / s, x: (row0.y + row1.x) / s, y: s / 4, z: (row1.z + row2.y) / s)
            } else {
                let s = steadyhand_sqrt(1 + row2.z - row0.x - row1.y) * 2
                q = Quaternion(w: (row1.x - row0.y) / s, x: (row0.z + row2.x) / s, y: (row1.z + row2.y) / s, z: s / 4)
            }
            if q.w < 0 { q = Quaternion(w: -q.w, x: -q.x, y: -q.y, z: -q.z) }
            return q.normalised
        }
    }
}
