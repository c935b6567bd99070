internal import CRealtime
internal import Robots

/// What the Panda reaches comfortably with its tool pointing down, for plans of scripted experts.
struct ArmReach {
    /// `base_in_world`.
    var basePose: Pose

    /// Grows as a heading leaves the comfortable part of the last joint's travel: with the tool down, that joint stands
    /// at bearing − heading + π/4.
    func wristCost(_ heading: Double, at hand: SIMD3<Double>) -> Double {
        let base = basePose.position
        let bearing = steadyhand_atan2(hand.y - base.y, hand.x - base.x)
        let joint = bearing - heading + ToolMotion.middleHeading
        return 0.1 * abs(joint) + 8 * max(0, abs(joint) - 2.2)
    }

    /// How much farther than comfortable the wrist is from the shoulder with the tool at this height, m, where the hand
    /// leans by `lean` rad along a direction of this heading.
    ///
    /// The wrist's centre is 210.4 mm behind the tool and 88 mm beside that axis; the shoulder is 333 mm above the base, and
    /// arm and forearm reach 719 mm when stretched.
    func excess(at hand: SIMD3<Double>, heading: Double, lean: Double, height tool: Double) -> Double {
        let out = SIMD3(hand.x - basePose.position.x, hand.y - basePose.position.y, 0)
        let direction = Quaternion(yaw: heading).rotate(SIMD3(1, 0, 0))
        // Leaning outwards brings the wrist nearer if that direction points to the robot.
        let inward = -lean * (direction * out).sum() / out.length
        let radius = out.length - 0.2104 * steadyhand_sin(inward) - 0.088 * steadyhand_cos(inward)
        let height =
            tool + 0.2104 * steadyhand_cos(inward) - 0.088 * steadyhand_sin(inward)
            - (basePose.position.z + 0.333)
        return max(0, SIMD3(radius, height, 0).length - 0.685)
    }
}
