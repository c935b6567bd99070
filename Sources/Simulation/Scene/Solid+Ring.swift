import CRealtime
internal import Robots

extension Solid {
    /// A hollow cylinder of boxes whose inner faces touch the inner radius, for something to lie in: its axis is z.
    ///
    /// `sample` gives the boxes all that is not their shape and pose.
    static func ring(
        of count: Int, innerRadius: Double, outerRadius: Double, halfHeight: Double, at centre: SIMD3<Double>,
        like sample: Solid
    ) -> [Solid] {
        let step = 2 * Double.pi / Double(count)
        let halfWidth = outerRadius * steadyhand_sin(step / 2) / steadyhand_cos(step / 2)
        let radius = (innerRadius + outerRadius) / 2
        return (0..<count).map { index in
            var box = sample
            box.shape = .box(half: SIMD3((outerRadius - innerRadius) / 2, halfWidth, halfHeight))
            let turn = Quaternion(yaw: step * Double(index))
            box.pose = Pose(position: centre + turn.rotate(SIMD3(radius, 0, 0)), orientation: turn)
            return box
        }
    }
}
