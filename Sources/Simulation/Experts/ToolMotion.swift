internal import CRealtime
internal import Numerics
internal import Robots

/// Turns poses to go to into normalised actions, for a tool that points down.
///
/// An action moves the goal from the measured pose, so asking for the whole error, as far as an action reaches, makes
/// the motion a proportional controller.
struct ToolMotion {
    /// Translation that an action of 1 stands for, m.
    static let translation = 0.05
    /// Rotation that an action of 1 stands for, rad.
    static let rotation = 0.5
    /// Heading of the tool in the middle of the last joint's travel, rad: the whole turn is counted from half a turn
    /// before it, so that a difference of headings never leads through the joint's limit.
    static let middleHeading = Double.pi / 4

    /// Standard deviation of the noise on the six motion components.
    var noise: Double
    /// The largest action asked for, 0…1.
    var speed: Double
    var random: RandomStream

    /// The tool's heading about the world's z, rad, counted from half a turn before ``middleHeading``.
    static func heading(of tool: Pose) -> Double {
        wrap(tool.orientation.yaw, around: middleHeading)
    }

    /// The same direction within half a turn of `centre`.
    static func wrap(_ angle: Double, around centre: Double) -> Double {
        let turn = 2 * Double.pi
        return angle - turn * ((angle - centre) / turn).rounded()
    }

    /// The orientation of a tool that points down with this heading, its hand leaning by `lean` rad towards the tool's
    /// own x axis.
    static func down(heading: Double, lean: Double = 0) -> Quaternion {
        Quaternion(yaw: heading) * Quaternion(w: 0, x: 1, y: 0, z: 0)
            * Quaternion(angle: -lean, axis: SIMD3(0, 1, 0))
    }

    /// Where to turn next on the way to a heading: at most 1 rad ahead, so that the shortest turn is the right one.
    static func next(from present: Double, to heading: Double) -> Double {
        present + min(max(heading - present, -1), 1)
    }

    /// How far a place is from the straight way between two others, seen from above, m.
    static func distance(
        from place: SIMD3<Double>, toWayFrom start: SIMD3<Double>, to goal: SIMD3<Double>
    ) -> Double {
        let way = SIMD3(goal.x - start.x, goal.y - start.y, 0)
        let toPlace = SIMD3(place.x - start.x, place.y - start.y, 0)
        let part = min(max((way * toPlace).sum() / max((way * way).sum(), 1e-9), 0), 1)
        return (toPlace - part * way).planarLength
    }

    /// The action that takes the tool from where it is towards a pose, both in the world frame, and the gripper to open or
    /// closed. `calm` scales the noise; `limit` is a largest action below ``speed``.
    mutating func action(
        from tool: Pose, to goal: Pose, closed: Bool, calm: Double = 1, speed limit: Double? = nil
    ) -> [Float] {
        let largest = min(limit ?? speed, speed)
        var shift = (goal.position - tool.position) / Self.translation
        if shift.length > largest { shift *= largest / shift.length }
        var turn = (goal.orientation * tool.orientation.conjugate).rotationVector / Self.rotation
        if turn.length > largest { turn *= largest / turn.length }

        var action: [Float] = []
        action.reserveCapacity(7)
        for value in [shift.x, shift.y, shift.z, turn.x, turn.y, turn.z] {
            let noisy = value + noise * calm * random.gaussianDouble()
            action.append(Float(min(max(noisy, -1), 1)))
        }
        action.append(closed ? 1 : -1)
        return action
    }
}

extension SIMD3<Double> {
    /// Length seen from above.
    var planarLength: Double { SIMD3(x, y, 0).length }
}

extension Pose {
    /// Whether the shortest turn to another pose is less than `angle` rad.
    func isTurned(to goal: Pose, within angle: Double) -> Bool {
        (goal.orientation * orientation.conjugate).rotationVector.length < angle
    }
}

extension Quaternion {
    /// The shortest turn, of at most 0.5 rad, that brings an axis of this frame upright.
    func levelling(_ axis: SIMD3<Double>) -> Quaternion {
        let up = rotate(axis)
        let across = up.cross(SIMD3(0, 0, 1))
        guard across.length > 1e-6 else { return .identity }
        let angle = min(steadyhand_atan2(across.length, up.z), 0.5)
        return Quaternion(angle: angle, axis: across / across.length)
    }
}
