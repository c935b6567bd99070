internal import CRealtime
internal import Numerics
internal import Robots

extension ThreadingExpert {
    /// What the expert looks at, in the world frame.
    struct View {
        var tool: Pose
        var needle: Pose
        var tripod: Pose
        var opening: Double

        var heading: Double { ToolMotion.heading(of: tool) }
        var ring: Pose { tripod * Pose(position: ThreadingTask.ringCentre) }
        var handle: SIMD3<Double> { (needle * Pose(position: ThreadingTask.handle)).position }
        var needleCentre: SIMD3<Double> { (needle * Pose(position: ThreadingTask.needleCentre)).position }
        /// From the needle's tip to its handle.
        var forward: SIMD3<Double> { needle.orientation.rotate(SIMD3(0, 1, 0)) }
        /// The needle's orientation, turned by quarters about its own axis until its z axis is uppermost: it is square.
        var needleOrientation: Quaternion {
            let quarters = (0..<4).map { quarter in
                needle.orientation * Quaternion(angle: Double(quarter) * Double.pi / 2, axis: SIMD3(0, 1, 0))
            }
            return quarters.max { $0.rotate(SIMD3(0, 0, 1)).z < $1.rotate(SIMD3(0, 0, 1)).z } ?? needle.orientation
        }
        /// The handle is between the fingers.
        var isHeld: Bool { opening > 0.03 && (handle - tool.position).length < 0.03 }
    }

    /// How the needle is taken and from where it is put through.
    struct Plan {
        /// Of the tool when it takes the handle, rad.
        var graspHeading: Double
        /// Of the tool when the needle is before the ring, rad.
        var insertHeading: Double
        /// On which side of the ring the hand is: +1 where the tripod's x axis points, −1 on the other.
        var side: Double
    }

    /// How the needle is to the ring.
    struct Aim {
        /// Centre of the ring, or what is aimed at beside it.
        var ring: SIMD3<Double>
        /// Out of the ring towards the hand.
        var axis: SIMD3<Double>
        /// From the ring's centre to the needle's along the axis, m.
        var distance: Double
        /// How far the needle's tip and its centre are off the axis, m.
        var offsets: (tip: Double, centre: Double)
        /// What turns the needle into line with the ring.
        var correction: Quaternion
        /// How far that turns its heading, rad.
        var turn: Double

        init(_ view: View, side: Double, missing offset: SIMD2<Double>) {
            let pose = view.ring
            ring = (pose * Pose(position: SIMD3(0, offset.x, offset.y))).position
            axis = pose.orientation.rotate(SIMD3(side, 0, 0))
            let up = pose.orientation.rotate(SIMD3(0, 0, 1))
            // The needle's y axis along the axis, its z axis as the tripod's.
            let wanted = Quaternion(columns: (axis.cross(up), axis, up))
            correction = (wanted * view.needleOrientation.conjugate).normalised
            turn = ToolMotion.wrap(axis.heading - view.forward.heading, around: 0)
            let offset = view.needleCentre - ring
            distance = (offset * axis).sum()
            let tip = offset - ThreadingTask.needleHalf.y * view.forward
            offsets = ((tip - (tip * axis).sum() * axis).length, (offset - distance * axis).length)
        }

        /// On the axis, at this distance from the ring's centre.
        func point(at distance: Double) -> SIMD3<Double> { ring + distance * axis }

        /// Whether the needle is in line with the ring.
        func isTrue(within distance: Double, _ angle: Double) -> Bool {
            offsets.tip < distance && offsets.centre < 1.5 * distance && correction.rotationVector.length < angle
        }
    }

    /// Chooses among the two ways to take the handle and the two sides of the ring: within the wrist's travel and the arm's
    /// reach, with little turning, and without reaching round the tripod.
    mutating func makePlan(_ view: View) -> Plan {
        let reach = ArmReach(basePose: task.basePose)
        let along = view.forward.heading
        let axis = view.ring.orientation.rotate(SIMD3(1, 0, 0))
        var best: (cost: Double, plan: Plan)?
        for flip in [0, Double.pi] {
            let graspHeading = ToolMotion.wrap(along + flip, around: ToolMotion.middleHeading)
            for side in [1.0, -1.0] {
                let insertHeading = ToolMotion.wrap((side * axis).heading + flip, around: ToolMotion.middleHeading)
                let back = view.ring.position + side * 0.2 * axis
                let front = view.ring.position + side * 0.08 * axis
                let near = SIMD3(back.x - task.basePose.position.x, back.y - task.basePose.position.y, 0).length
                var cost = 0.5 * abs(insertHeading - graspHeading) + random.uniform(0, 0.15)
                cost += reach.wristCost(graspHeading, at: view.handle) + reach.wristCost(insertHeading, at: back)
                for place in [back, front] {
                    cost += 40 * reach.excess(at: place, heading: insertHeading, lean: 0, height: place.z)
                }
                cost += 20 * max(0, 0.36 - near)
                // The needle comes from where it lies: the other side is behind the tripod.
                if passes(view.ring.position, from: view.handle, to: back) { cost += 0.8 }
                if cost < best?.cost ?? .infinity {
                    best = (cost, Plan(graspHeading: graspHeading, insertHeading: insertHeading, side: side))
                }
            }
        }
        return best?.plan ?? Plan(graspHeading: along, insertHeading: axis.heading, side: 1)
    }

    private func passes(_ place: SIMD3<Double>, from start: SIMD3<Double>, to goal: SIMD3<Double>) -> Bool {
        ToolMotion.distance(from: place, toWayFrom: start, to: goal) < 0.14
    }
}

extension SIMD3<Double> {
    /// The direction seen from above, rad from the world's x axis.
    var heading: Double { steadyhand_atan2(y, x) }
}
