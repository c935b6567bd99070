internal import Foundation

/// A camera whose frames an episode holds.
public struct EpisodeCamera: Codable, Hashable, Sendable {
    /// Its name, such as `agentview`; its pictures are in `obs/agentview_image`.
    public var name: String
    /// Pixels across.
    public var width: Int
    /// Pixels down.
    public var height: Int
    /// Focal length across and down, px of the recorded pictures; nil where it is not known.
    public var focalLength: [Double]?
    /// Where the optical axis meets the recorded pictures, px from the upper left corner; nil where it is not known.
    public var principalPoint: [Double]?
    /// OpenCV's `k1 k2 p1 p2 k3`, which are not undone; nil where they are not known.
    public var distortion: [Double]?
    /// The body of the robot's model that it is fixed to; `base` for one that stands beside the robot; nil where its
    /// place is not known.
    public var body: String?
    /// Where it is there, m; z points where it looks, x to the right of the picture.
    public var position: [Double]?
    /// How it is turned there: a unit quaternion w-x-y-z.
    public var orientation: [Double]?

    /// A camera of which nothing but its pictures' size is known.
    public init(name: String, width: Int, height: Int) {
        self.name = name
        self.width = width
        self.height = height
    }

    /// The key of its pictures in an episode's `obs` group, as robomimic's files have it.
    public var observationKey: String { "\(name)_image" }

    /// Bytes of a picture.
    var frameBytes: Int { 3 * width * height }
}

extension [EpisodeCamera] {
    var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self) else { preconditionFailure("numbers and texts can be encoded") }
        return String(decoding: data, as: UTF8.self)
    }

    /// Nil where the text is no list of cameras.
    init?(json: String) {
        guard let list = try? JSONDecoder().decode([EpisodeCamera].self, from: Data(json.utf8)),
            list.allSatisfy({ $0.width > 0 && $0.height > 0 && $0.width <= 16_384 && $0.height <= 16_384 })
        else { return nil }
        self = list
    }
}
