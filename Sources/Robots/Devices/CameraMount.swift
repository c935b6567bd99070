internal import Configuration

/// Where a camera is fixed, and how much it sees: what a simulated camera is drawn with.
public struct CameraMount: Equatable, Sendable {
    /// The camera's name, such as `robot0_eye_in_hand`.
    public var name: String
    /// The body of the robot's model that it is fixed to; nil for one that stands beside the robot: then it is placed
    /// in the robot's base frame.
    public var body: String?
    /// `camera_in_body`, or `camera_in_base`: z points where the camera looks, x to the right of the picture, y down.
    public var pose: Pose
    /// Vertical field of view, rad.
    public var fieldOfView: Double

    /// See the properties.
    public init(name: String, body: String?, pose: Pose, fieldOfView: Double) {
        self.name = name
        self.body = body
        self.pose = pose
        self.fieldOfView = fieldOfView
    }
}

extension RobotDescription {
    /// The cameras of a robot file; none where it does not list any.
    static func decodeCameras(_ file: MappingReader) -> [CameraMount] {
        guard let list = file.value("cameras") else { return [] }
        var mounts: [CameraMount] = []
        for element in list.sequence(count: 1...16) ?? [] {
            let mount = element.mapping(CameraMount.init(decoding:))
            if mounts.contains(where: { $0.name == mount.name }) {
                element.report("is a second camera with the name '\(mount.name)'; each needs its own")
            }
            mounts.append(mount)
        }
        return mounts
    }
}

extension CameraMount {
    init(decoding camera: MappingReader) {
        name = camera.string("name")
        body = camera.string("body")
        pose = Pose(
            position: camera.vector("position", .metres, in: .between(-2, 2)),
            orientation: Quaternion(
                rotationVector: camera.vector("rotation", .radians, in: .between(-.pi, .pi))))
        fieldOfView = camera.quantity("field_of_view", .radians, in: .between(0.02, 3))
    }
}
