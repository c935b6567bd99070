internal import Numerics
internal import Policies
internal import Robots

// What tasks at a table share: how the arm begins, what a policy sees of the robot and of an object, and the cameras
// that are published for all of them.

extension RobotDescription {
    /// Checks that there is a gripper with two fingers.
    ///
    /// - Throws: ``TaskError``, naming the task.
    func requireTwoFingers(for task: String) throws(TaskError) {
        guard gripper.joints.count == 2 else {
            throw TaskError("task '\(task)' needs a gripper with two fingers; \(path) names \(gripper.joints)")
        }
    }
}

extension SceneSnapshot {
    /// A world in which nothing moves: the arm near home, each joint off by a Gaussian of 0.02 rad, with its hand open.
    /// Objects are still to be placed.
    init(armOf robot: RobotDescription, layout: SceneLayout, random: inout RandomStream) {
        self.init()
        count = layout.count
        for joint in 0..<robot.jointCount {
            self[layout.positionOffset + joint] = robot.joints[joint].home + 0.02 * random.gaussianDouble()
        }
        for finger in robot.jointCount..<(robot.jointCount + robot.gripper.joints.count) {
            self[layout.positionOffset + finger] = robot.gripper.maximumOpening / Double(robot.gripper.joints.count)
        }
    }
}

extension ObservationLayout {
    /// What ``Swift/Array/append(tool:opening:)`` appends, and the part `object` of these fields.
    static func tabletop(object: [Field]) -> ObservationLayout {
        ObservationLayout(parts: [
            .init(name: "robot0_eef_pos", fields: [.values(3)]),
            .init(name: "robot0_eef_quat", fields: [.quaternion]),
            .init(name: "robot0_gripper_qpos", fields: [.values(2)]),
            .init(name: "object", fields: object),
        ])
    }

    /// What ``Swift/Array/append(object:seenFrom:)`` appends.
    static var objectFields: [Field] { [.values(3), .quaternion, .values(3), .quaternion] }
}

extension [Float] {
    /// The tool's pose in the world, and where its two fingers are (m).
    mutating func append(tool: Pose, opening: Double) {
        append(tool.position)
        append(tool.orientation)
        let finger = Float(opening / 2)
        append(contentsOf: [finger, -finger])
    }

    /// An object's pose in the world and in the tool's frame.
    mutating func append(object: Pose, seenFrom tool: Pose) {
        let inTool = tool.inverse * object
        append(object.position)
        append(object.orientation)
        append(inTool.position)
        append(inTool.orientation)
    }

    mutating func append(_ vector: SIMD3<Double>) {
        append(contentsOf: [Float(vector.x), Float(vector.y), Float(vector.z)])
    }

    /// In the order of robomimic's files: x-y-z-w.
    mutating func append(_ turn: Quaternion) {
        append(contentsOf: [Float(turn.x), Float(turn.y), Float(turn.z), Float(turn.w)])
    }
}

extension SceneCamera {
    /// The cameras that robosuite has in every scene with a table, and an overview of robot and table for reports.
    static let tabletop = [
        SceneCamera(
            name: "agentview",
            pose: Pose(
                position: SIMD3(0.5, 0, 1.35),
                orientation: Quaternion(w: 0.653, x: 0.271, y: 0.271, z: 0.653).normalised)),
        SceneCamera(name: "frontview", position: SIMD3(1.6, 0, 1.45), lookingAt: SIMD3(0, 0, 1.0)),
        SceneCamera(name: "sideview", position: SIMD3(-0.0565, 1.2761, 1.4880), lookingAt: SIMD3(-0.05, 0, 0.95)),
        SceneCamera(
            name: "overview", position: SIMD3(0.95, -1.05, 1.6), lookingAt: SIMD3(-0.2, 0.02, 1.08), fieldOfView: 43),
    ]
}
