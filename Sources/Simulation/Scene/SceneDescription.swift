public import Robots

/// The world beside the robot: a table, the objects on it, and the cameras that look at it.
///
/// Lengths are in metres, in the world frame: x away from the robot, y to its left, z up.
public struct SceneDescription: Sendable {
    /// Height of the table's top above the floor, m.
    public var tableHeight: Double
    /// Centre of the table along x and y, m.
    public var tableCentre: SIMD2<Double>
    /// Sliding, torsional and rolling friction of the table's top.
    public var tableFriction: SIMD3<Double>
    /// The things that a task is about; ``SceneLayout`` says in which order a `SceneSnapshot` holds them.
    public var objects: [SceneObject]
    /// The cameras that a ``Renderer`` can be asked for by name.
    public var cameras: [SceneCamera]

    /// A scene with a table.
    public init(
        tableHeight: Double, tableCentre: SIMD2<Double> = .zero,
        tableFriction: SIMD3<Double> = SIMD3(1, 0.005, 0.0001), objects: [SceneObject], cameras: [SceneCamera]
    ) {
        self.tableHeight = tableHeight
        self.tableCentre = tableCentre
        self.tableFriction = tableFriction
        self.objects = objects
        self.cameras = cameras
    }
}

/// A camera that stands in the world.
public struct SceneCamera: Sendable {
    /// The name to ask a ``Renderer`` for.
    public var name: String
    /// Where it is in the world: it looks along its −z, with +y up in the picture.
    public var pose: Pose
    /// Vertical field of view, degrees.
    public var fieldOfView: Double

    /// A camera at a pose.
    public init(name: String, pose: Pose, fieldOfView: Double = 45) {
        self.name = name
        self.pose = pose
        self.fieldOfView = fieldOfView
    }

    /// A camera at `position` that looks at `target` with the world's z up in the picture. They must not stand above
    /// one another.
    public init(name: String, position: SIMD3<Double>, lookingAt target: SIMD3<Double>, fieldOfView: Double = 45) {
        let backward = (position - target) / (position - target).length
        let right = SIMD3(-backward.y, backward.x, 0) / SIMD3(-backward.y, backward.x, 0).length
        let up = backward.cross(right)
        self.init(
            name: name, pose: Pose(position: position, orientation: Quaternion(columns: (right, up, backward))),
            fieldOfView: fieldOfView)
    }
}

extension SceneDescription {
    /// The scene without the cameras that have a name of these, and with those of these that stand beside the robot.
    ///
    /// - Parameter base: `base_in_world`.
    func replacing(cameras mounts: [CameraMount], base: Pose) -> SceneDescription {
        var scene = self
        scene.cameras.removeAll { camera in mounts.contains { $0.name == camera.name } }
        for mount in mounts where mount.body == nil {
            var pose = base * mount.pose
            pose.orientation = pose.orientation.lookingBackwards
            scene.cameras.append(
                SceneCamera(name: mount.name, pose: pose, fieldOfView: mount.fieldOfView * 180 / .pi))
        }
        return scene
    }
}

extension SceneCamera {
    /// Where the camera is beside the robot, as calibrations have it.
    ///
    /// - Parameter base: `base_in_world`.
    public func mount(base: Pose) -> CameraMount {
        var pose = base.inverse * self.pose
        pose.orientation = pose.orientation.lookingBackwards
        return CameraMount(name: name, body: nil, pose: pose, fieldOfView: fieldOfView * .pi / 180)
    }
}

extension Quaternion {
    /// From the axes of a camera as calibrations have them (looking along z, y down) to those of a drawn one (looking along
    /// −z, y up): half a turn about x.
    var lookingBackwards: Quaternion { self * Quaternion(w: 0, x: 1, y: 0, z: 0) }
}
