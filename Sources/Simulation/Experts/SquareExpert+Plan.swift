internal import CRealtime
internal import Numerics
internal import Robots

extension SquareExpert {
    /// Chooses among the two ways to take the handle, the four ways to set a square on a square, and how far the hand
    /// leans: within the wrist's travel and the arm's reach, with little turning, and with the hand clear of the peg.
    mutating func makePlan(_ view: View) -> Plan {
        let nut = view.nut.orientation.yaw
        let grasp = view.nut.position + Quaternion(yaw: nut).rotate(SIMD3(style.graspAlongHandle, 0, 0))
        let crowded = crowding(view, hand: grasp)
        var best: (cost: Double, plan: Plan)?
        for flip in [0, Double.pi] {
            let graspHeading = ToolMotion.wrap(nut + flip, around: ToolMotion.middleHeading)
            // The tool's x axis points out of the handle, or into the nut.
            let outward = flip == 0 ? 1.0 : -1.0
            for quarter in 0..<4 {
                let nutHeading = Double(quarter) * Double.pi / 2
                let insertHeading = ToolMotion.wrap(nutHeading + flip, around: ToolMotion.middleHeading)
                let insert = view.peg + Quaternion(yaw: nutHeading).rotate(SIMD3(style.graspAlongHandle, 0, 0))
                let turning = 0.5 * abs(insertHeading - graspHeading) + random.uniform(0, 0.15)
                let wrist = wristCost(graspHeading, at: grasp) + wristCost(insertHeading, at: insert)
                for lean in [-0.25, 0, 0.15, 0.3, 0.42] {
                    var cost = turning + wrist + 0.6 * abs(lean) + reachCost(lean, grasp, nut, insert, nutHeading)
                    if crowded { cost += lean < 0 ? 0 : 2 + 4 * lean }
                    if cost < best?.cost ?? .infinity {
                        best = (
                            cost,
                            Plan(
                                graspHeading: graspHeading, insertHeading: insertHeading, nutHeading: nutHeading,
                                lean: outward * lean)
                        )
                    }
                }
            }
        }
        return best?.plan ?? Plan(graspHeading: 0, insertHeading: 0, nutHeading: 0, lean: 0)
    }

    /// Whether an upright hand at the handle would touch the peg.
    private func crowding(_ view: View, hand: SIMD3<Double>) -> Bool {
        SIMD3(hand.x - view.peg.x, hand.y - view.peg.y, 0).length < 0.075
    }

    /// Grows as a heading leaves the comfortable part of the last joint's travel: with the tool down, that joint stands
    /// at bearing − heading + π/4.
    private func wristCost(_ heading: Double, at hand: SIMD3<Double>) -> Double {
        let base = task.basePose.position
        let bearing = steadyhand_atan2(hand.y - base.y, hand.x - base.x)
        let joint = bearing - heading + ToolMotion.middleHeading
        return 0.1 * abs(joint) + 8 * max(0, abs(joint) - 2.2)
    }

    /// Grows with what the arm lacks in reach where it takes the nut and where it sets it down.
    private func reachCost(
        _ lean: Double, _ grasp: SIMD3<Double>, _ nut: Double, _ insert: SIMD3<Double>, _ nutHeading: Double
    ) -> Double {
        40 * overreach(grasp, nut, lean, height: SquareTask.restHeight)
            + 40 * overreach(insert, nutHeading, lean, height: style.releaseHeight)
    }

    /// How much farther than comfortable the wrist is from the shoulder with the tool at this height, m.
    ///
    /// The wrist's centre is 210.4 mm behind the tool and 88 mm beside that axis; the shoulder is 333 mm above the base, and
    /// arm and forearm reach 719 mm when stretched.
    private func overreach(_ hand: SIMD3<Double>, _ nutHeading: Double, _ lean: Double, height tool: Double) -> Double {
        let out = SIMD3(hand.x - task.basePose.position.x, hand.y - task.basePose.position.y, 0)
        let handle = Quaternion(yaw: nutHeading).rotate(SIMD3(1, 0, 0))
        // Leaning out of the handle brings the wrist nearer if the handle points to the robot.
        let inward = -lean * (handle * out).sum() / out.length
        let radius = out.length - 0.2104 * steadyhand_sin(inward) - 0.088 * steadyhand_cos(inward)
        let height =
            tool + 0.2104 * steadyhand_cos(inward) - 0.088 * steadyhand_sin(inward)
            - (task.basePose.position.z + 0.333)
        return max(0, SIMD3(radius, height, 0).length - 0.685)
    }
}
