internal import CRealtime
internal import Numerics
internal import Robots

extension NutTransfer {
    /// Chooses among the two ways to take the handle, the headings in which the nut fits onto the peg, and how far the
    /// hand leans: within the wrist's travel and the arm's reach, with little turning, and with the hand clear of the
    /// peg.
    mutating func makePlan(_ view: View) -> Plan {
        let nut = view.nut.orientation.yaw
        let grasp = view.nut.position + Quaternion(yaw: nut).rotate(SIMD3(style.graspAlongHandle, 0, 0))
        let reach = ArmReach(basePose: basePose)
        let crowded = crowding(view, hand: grasp)
        var best: (cost: Double, plan: Plan)?
        for flip in [0, Double.pi] {
            let graspHeading = ToolMotion.wrap(nut + flip, around: ToolMotion.middleHeading)
            // The tool's x axis points out of the handle, or into the nut.
            let outward = flip == 0 ? 1.0 : -1.0
            for fitting in 0..<work.fittingHeadings {
                let nutHeading = Double(fitting) * 2 * Double.pi / Double(work.fittingHeadings)
                let insertHeading = ToolMotion.wrap(nutHeading + flip, around: ToolMotion.middleHeading)
                let insert = view.peg + Quaternion(yaw: nutHeading).rotate(SIMD3(style.graspAlongHandle, 0, 0))
                let turning = 0.5 * abs(insertHeading - graspHeading) + random.uniform(0, 0.15)
                let wrist = reach.wristCost(graspHeading, at: grasp) + reach.wristCost(insertHeading, at: insert)
                for lean in [-0.25, 0, 0.15, 0.3, 0.42] {
                    var cost =
                        turning + wrist + 0.6 * abs(lean) + reachCost(reach, lean, grasp, nut, insert, nutHeading)
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

    /// Grows with what the arm lacks in reach where it takes the nut and where it sets it down.
    private func reachCost(
        _ reach: ArmReach, _ lean: Double, _ grasp: SIMD3<Double>, _ nut: Double, _ insert: SIMD3<Double>,
        _ nutHeading: Double
    ) -> Double {
        40 * reach.excess(at: grasp, heading: nut, lean: lean, height: SquareTask.restHeight)
            + 40 * reach.excess(at: insert, heading: nutHeading, lean: lean, height: style.releaseHeight)
    }
}
