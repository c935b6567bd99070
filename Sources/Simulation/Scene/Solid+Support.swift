import CRealtime
internal import Robots

extension Solid {
    /// The point of the solid, in its object's frame, that lies farthest in a direction of that frame.
    func support(_ direction: SIMD3<Double>) -> SIMD3<Double> {
        pose.position + pose.orientation.rotate(shape.support(pose.orientation.conjugate.rotate(direction)))
    }
}

extension Solid.Shape {
    /// Corners of a shape that has nothing round, in its own frame; those of a frustum bottom first.
    var corners: [SIMD3<Double>] {
        switch self {
        case .box(let half):
            [-1.0, 1].flatMap { z in
                [-1.0, 1].flatMap { y in [-1.0, 1].map { x in SIMD3(x * half.x, y * half.y, z * half.z) } }
            }
        case .frustum(let bottomRadius, let topRadius, let halfHeight):
            [(bottomRadius, -halfHeight), (topRadius, halfHeight)].flatMap { radius, height in
                (0..<Solid.frustumSides).map { side in
                    let angle = 2 * Double.pi * Double(side) / Double(Solid.frustumSides)
                    return SIMD3(radius * steadyhand_cos(angle), radius * steadyhand_sin(angle), height)
                }
            }
        case .cylinder, .capsule:
            []
        }
    }

    fileprivate func support(_ direction: SIMD3<Double>) -> SIMD3<Double> {
        let end: Double = direction.z < 0 ? -1 : 1
        switch self {
        case .box(let half):
            return SIMD3(
                direction.x < 0 ? -half.x : half.x, direction.y < 0 ? -half.y : half.y, end * half.z)
        case .cylinder(let radius, let halfHeight):
            let aside = SIMD3(direction.x, direction.y, 0)
            let rim = aside.length > 1e-12 ? aside * (radius / aside.length) : .zero
            return rim + SIMD3(0, 0, end * halfHeight)
        case .capsule(let radius, let halfLength):
            return SIMD3(0, 0, end * halfLength) + direction * (radius / direction.length)
        case .frustum:
            return corners.max { ($0 * direction).sum() < ($1 * direction).sum() } ?? .zero
        }
    }
}
