import CRealtime
internal import Robots

extension SIMD3<Double> {
    /// Euclidean length.
    var length: Double { steadyhand_sqrt(x * x + y * y + z * z) }

    /// The vector product.
    func cross(_ other: SIMD3<Double>) -> SIMD3<Double> {
        SIMD3(y * other.z - z * other.y, z * other.x - x * other.z, x * other.y - y * other.x)
    }
}

extension Quaternion {
    /// The rotation whose matrix has these columns, which must be orthonormal and right-handed (Shepperd's method).
    init(columns: (SIMD3<Double>, SIMD3<Double>, SIMD3<Double>)) {
        let (x, y, z) = columns
        let trace = x.x + y.y + z.z
        let candidates = [
            Quaternion(w: 1 + trace, x: y.z - z.y, y: z.x - x.z, z: x.y - y.x),
            Quaternion(w: y.z - z.y, x: 1 + x.x - y.y - z.z, y: x.y + y.x, z: z.x + x.z),
            Quaternion(w: z.x - x.z, x: x.y + y.x, y: 1 - x.x + y.y - z.z, z: y.z + z.y),
            Quaternion(w: x.y - y.x, x: z.x + x.z, y: y.z + z.y, z: 1 - x.x - y.y + z.z),
        ]
        let squares = [1 + trace, 1 + x.x - y.y - z.z, 1 - x.x + y.y - z.z, 1 - x.x - y.y + z.z]
        let largest = squares.indices.max { squares[$0] < squares[$1] } ?? 0
        self = candidates[largest].normalised
    }

    /// The heading of this frame's x axis about the world's z, rad, −π…π.
    var yaw: Double {
        let forward = rotate(SIMD3(1, 0, 0))
        return steadyhand_atan2(forward.y, forward.x)
    }

    /// The rotation by `yaw` rad about z.
    init(yaw: Double) {
        self.init(angle: yaw, axis: SIMD3(0, 0, 1))
    }
}
