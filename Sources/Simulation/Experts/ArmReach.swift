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

    /// The orientation of a tool that points down with this heading at `tool`, its hand leaning away from the robot where
    /// it would be so near that the elbow cannot fold far enough.
    func down(heading: Double, at tool: SIMD3<Double>) -> Quaternion {
        let out = SIMD3(tool.x - basePose.position.x, tool.y - basePose.position.y, 0)
        let upright = ToolMotion.down(heading: heading)
        guard out.length > 1e-6 else { return upright }
        let axis = SIMD3(0, 0, 1).cross(out / out.length)
        return Quaternion(angle: lean(at: tool), axis: axis) * upright
    }

    /// How far a hand at `tool` must lean away from the robot, rad.
    ///
    /// The wrist's centre is 210.4 mm behind the tool and 88 mm beside that axis, the shoulder 333 mm above the base.
    /// Folded to the elbow's limit the two are 200 mm apart, and the controller pushes back well before.
    func lean(at tool: SIMD3<Double>) -> Double {
        let radius = SIMD3(tool.x - basePose.position.x, tool.y - basePose.position.y, 0).length
        let height = tool.z - basePose.position.z - 0.333
        // On the way there is room to lean; at the table a hand that leans less takes better.
        let apart = 0.305 + 0.02 * min(max((height + 0.3) / 0.08, 0), 1)
        for lean in stride(from: 0, to: 0.7, by: 0.02) {
            let wrist = SIMD3(
                radius - 0.088 * steadyhand_cos(lean) + 0.2104 * steadyhand_sin(lean),
                height + 0.2104 * steadyhand_cos(lean) + 0.088 * steadyhand_sin(lean), 0)
            if wrist.length > apart { return lean }
        }
        return 0.7
    }
}
