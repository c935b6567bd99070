public import Cameras
import Configuration

extension JobConfiguration {
    /// A camera that the job looks through.
    public struct CameraSettings: Equatable, Sendable {
        /// Its name: of a camera of the task's scene or of the robot file where they are simulated.
        public var name: String
        /// Size of the pictures that policies see and episodes hold, px.
        public var width: Int
        /// See ``width``.
        public var height: Int
        /// How old the newest picture may be before the camera counts as frozen and the robot is held, s.
        public var age: Double
        /// Where the pictures of a real camera come from; nil for one that is simulated alone.
        public var source: CameraSource?
        /// Absolute path of its calibration; in the job file relative to that file's folder. Nil where there is none.
        public var calibrationPath: String?
    }

    static func decodeCameras(_ job: MappingReader) -> [CameraSettings] {
        guard let list = job.value("cameras") else { return [] }
        var cameras: [CameraSettings] = []
        for element in list.sequence(count: 1...8) ?? [] {
            let camera = element.mapping(CameraSettings.init(decoding:))
            if !camera.name.isEmpty, cameras.contains(where: { $0.name == camera.name }) {
                element.report("is a second camera with the name '\(camera.name)'; each needs its own")
            }
            cameras.append(camera)
        }
        return cameras
    }
}

extension JobConfiguration.CameraSettings {
    init(decoding camera: MappingReader) {
        name = camera.string("name")
        let isPlain = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        // It becomes a part of the names in episode files.
        if !isPlain { camera.report("name", "is '\(name)'; write letters, digits, - and _ alone") }
        width = camera.integer("width", in: 8...2048)
        height = camera.integer("height", in: 8...2048)
        age = camera.quantity("age", .seconds, in: .between(0.01, 10), default: 0.5)
        source = Self.decodeSource(camera)
        calibrationPath = camera.has("calibration") ? camera.path("calibration") : nil
        _ = camera.value("calibration")
        if let calibrationPath, !calibrationPath.isEmpty, !FilePaths.exists(calibrationPath) {
            camera.report(
                "calibration",
                "names \(calibrationPath), which does not exist; write the path of the camera's calibration")
        }
    }

    private static func decodeSource(_ camera: MappingReader) -> CameraSource? {
        let device = camera.has("device") ? camera.string("device") : nil
        let pipeline = camera.has("pipeline") ? camera.string("pipeline") : nil
        for key in ["device", "pipeline"] { _ = camera.value(key) }
        if device != nil, pipeline != nil {
            camera.report("pipeline", "and device are both there; a camera has one of them")
        }
        return device.map { .device($0) } ?? pipeline.map { .pipeline($0) }
    }

    var yaml: YAMLValue {
        var entries: [(key: String, value: YAMLValue)] = [
            ("name", .text(name)), ("width", .integer(width)), ("height", .integer(height)),
            ("age", .quantity(age, .seconds)),
        ]
        switch source {
        case .device(let path): entries.append(("device", .text(path)))
        case .pipeline(let text): entries.append(("pipeline", .text(text)))
        case nil: break
        }
        if let calibrationPath { entries.append(("calibration", .text(calibrationPath))) }
        return .mapping(entries)
    }
}
