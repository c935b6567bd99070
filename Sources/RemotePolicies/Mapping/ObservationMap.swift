/// Which parts of an observation a policy server is sent, under which keys.
public struct ObservationMap: Equatable, Sendable {
    /// How an image's numbers follow one another.
    public enum ImageLayout: String, CaseIterable, Equatable, Sendable {
        /// Row after row, three colours for each pixel.
        case hwc
        /// One colour after the other, each row after row.
        case chw
    }

    /// A camera's newest picture, fitted into a size without changing its proportions: bytes, red, green, blue.
    public struct Picture: Equatable, Sendable {
        /// The camera's name.
        public var camera: String
        /// Pixels across.
        public var width: Int
        /// Pixels down.
        public var height: Int
        /// How its numbers follow one another.
        public var layout: ImageLayout

        /// A picture of 224 × 224 pixels, row after row, if not said otherwise.
        public init(camera: String, width: Int = 224, height: Int = 224, layout: ImageLayout = .hwc) {
            self.camera = camera
            self.width = width
            self.height = height
            self.layout = layout
        }
    }

    /// What stands under a key.
    public enum Content: Equatable, Sendable {
        /// What the policy is told to do.
        case text(String)
        /// Named parts of the observation, one after the other, as an array with one axis.
        case numbers(parts: [String], type: NumpyType)
        /// A picture.
        case picture(Picture)
    }

    /// A key with its content.
    public struct Entry: Equatable, Sendable {
        /// The key; of several names each is a map in the one before.
        public var key: [String]
        /// What stands there.
        public var content: Content

        /// Takes both.
        public init(_ key: [String], _ content: Content) {
            self.key = key
            self.content = content
        }
    }

    /// In the order in which they are sent.
    public var entries: [Entry]

    /// A map of these entries.
    public init(entries: [Entry]) {
        self.entries = entries
    }

    /// The pictures, in order.
    public var pictures: [Picture] {
        entries.compactMap { if case .picture(let picture) = $0.content { picture } else { nil } }
    }
}

/// The maps of robots and data sets that openpi has policies for. State goes out raw: the server normalises it.
extension ObservationMap {
    /// What openpi's DROID policies see: an exterior camera, the wrist's, seven joints and how far the gripper is closed.
    public static func droid(exterior: Picture, wrist: Picture) -> ObservationMap {
        ObservationMap(entries: [
            Entry(["observation/exterior_image_1_left"], .picture(exterior)),
            Entry(["observation/wrist_image_left"], .picture(wrist)),
            Entry(["observation/joint_position"], .numbers(parts: [RobotPart.jointPositions], type: .float64)),
            Entry(["observation/gripper_position"], .numbers(parts: [RobotPart.gripperClosing], type: .float64)),
        ])
    }

    /// What openpi's LIBERO policies see: a camera before the robot, the wrist's, and the tool's position and rotation vector
    /// with the places of both fingers.
    public static func libero(front: Picture, wrist: Picture) -> ObservationMap {
        let state = [RobotPart.toolPosition, RobotPart.toolRotation, RobotPart.fingers]
        return ObservationMap(entries: [
            Entry(["observation/image"], .picture(front)),
            Entry(["observation/wrist_image"], .picture(wrist)),
            Entry(["observation/state"], .numbers(parts: state, type: .float64)),
        ])
    }

    /// What openpi's ALOHA policies see: joints with how far the gripper is open, and pictures in a map of their own, one
    /// colour after the other.
    public static func aloha(pictures: [(name: String, picture: Picture)]) -> ObservationMap {
        let state = [RobotPart.jointPositions, RobotPart.gripperOpening]
        return ObservationMap(
            entries: [Entry(["state"], .numbers(parts: state, type: .float64))]
                + pictures.map { name, picture in
                    var picture = picture
                    picture.layout = .chw
                    return Entry(["images", name], .picture(picture))
                })
    }

    /// Each part of a task's observation under its own name: what a policy was trained on here sees.
    public static func task(parts: [String]) -> ObservationMap {
        ObservationMap(entries: parts.map { Entry([$0], .numbers(parts: [$0], type: .float32)) })
    }
}
