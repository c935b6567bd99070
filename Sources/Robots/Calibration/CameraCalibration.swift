public import Configuration

internal import func Foundation.atan

/// How one physical camera maps the world to its pictures, and where it is: what a file in `calibration/` says of it.
///
/// The numbers are those that OpenCV's calibration gives, for pictures as they come from the camera.
public struct CameraCalibration: Equatable, Sendable {
    /// The name that job files have for the camera.
    public var camera: String
    /// When it was made: `2026-11-24T15:20:00Z`.
    public var time: String
    /// The file that it was read from; empty if it was made otherwise.
    public var path: String
    /// Size of the pictures that it was made with, px.
    public var size: SIMD2<Int>
    /// Focal length across and down, px.
    public var focalLength: SIMD2<Double>
    /// Where the optical axis meets the picture, px from its upper left corner.
    public var principalPoint: SIMD2<Double>
    /// OpenCV's `k1 k2 p1 p2 k3`; recorded, and not undone.
    public var distortion: [Double]
    /// The body of the robot's model that the camera is fixed to; nil for one that stands beside the robot.
    public var body: String?
    /// `camera_in_body`, or `camera_in_base`: z points where the camera looks, x to the right of the picture, y down.
    public var pose: Pose

    /// See the properties.
    public init(
        camera: String, time: String, path: String = "", size: SIMD2<Int>, focalLength: SIMD2<Double>,
        principalPoint: SIMD2<Double>, distortion: [Double] = [0, 0, 0, 0, 0], body: String?, pose: Pose
    ) {
        self.camera = camera
        self.time = time
        self.path = path
        self.size = size
        self.focalLength = focalLength
        self.principalPoint = principalPoint
        self.distortion = distortion
        self.body = body
        self.pose = pose
    }

    /// Vertical field of view, rad.
    public var fieldOfView: Double { 2 * atan(Double(size.y) / (2 * focalLength.y)) }

    /// What a simulated camera is drawn with to be like this one. Its optical axis goes through the middle of the picture.
    public var mount: CameraMount { CameraMount(name: camera, body: body, pose: pose, fieldOfView: fieldOfView) }

    /// Reads a calibration.
    ///
    /// - Parameter camera: the name that the job has for it.
    /// - Throws: `ConfigurationError` with everything that is wrong with the file.
    public static func load(path: String, camera: String) throws(ConfigurationError) -> CameraCalibration {
        try decode(Document.load(path: path), camera: camera)
    }

    /// Takes a document as a camera's calibration.
    ///
    /// - Throws: `ConfigurationError` with everything that is wrong with it.
    public static func decode(_ document: Document, camera: String) throws(ConfigurationError) -> CameraCalibration {
        try document.decode { file in
            let name = file.string("camera")
            if !name.isEmpty, name != camera {
                file.report("camera", "is '\(name)'; this is the calibration of another camera than '\(camera)'")
            }
            return CameraCalibration(decoding: file, camera: name, path: document.path)
        }
    }
}

extension CameraCalibration {
    init(decoding file: MappingReader, camera: String, path: String) {
        self.camera = camera
        self.path = path
        time = file.string("time")
        size = SIMD2(file.integer("width", in: 1...16_384), file.integer("height", in: 1...16_384))
        focalLength = Self.pair(file, "focal_length", in: .above(0, through: 1_000_000))
        principalPoint = Self.pair(file, "principal_point", in: .between(-16_384, 32_768))
        distortion =
            file.value("distortion").map { list in
                (list.sequence(count: 5...5) ?? []).map { $0.number(in: .between(-1000, 1000)) ?? .nan }
            } ?? [0, 0, 0, 0, 0]
        (body, pose) = file.mapping("pose") { pose in
            let body = pose.has("body") ? pose.string("body") : nil
            _ = pose.value("body")
            return (
                body,
                Pose(
                    position: pose.vector("position", .metres, in: .between(-20, 20)),
                    orientation: Quaternion(
                        rotationVector: pose.vector("rotation", .radians, in: .between(-2 * .pi, 2 * .pi))))
            )
        }
    }

    private static func pair(_ file: MappingReader, _ key: String, in bounds: Bounds) -> SIMD2<Double> {
        let values = file.sequence(key, count: 2...2).map { $0.number(in: bounds) ?? .nan }
        return values.count == 2 ? SIMD2(values[0], values[1]) : SIMD2(repeating: .nan)
    }
}
