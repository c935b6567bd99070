public import Robots

/// One part of a task whose motion belongs to one object: what it was relative to that object once, it can be again
/// wherever the object is.
///
/// Demonstrations are cut at the ends of subtasks and put together anew on other scenes; see <doc:GeneratingDemonstrations>.
public struct Subtask: Sendable {
    /// What a signal looks at: measured, in the world frame.
    public struct View: Sendable {
        /// The whole scene.
        public var scene: SceneSnapshot
        /// `tool_in_world`.
        public var tool: Pose
        /// Distance between the fingers, m.
        public var opening: Double

        /// Takes what was measured.
        public init(scene: SceneSnapshot, tool: Pose, opening: Double) {
            self.scene = scene
            self.tool = tool
            self.opening = opening
        }
    }

    /// What a subtask's motion belongs to.
    public enum Frame: Sendable {
        /// A free or placed object, whose pose is there in a scene.
        case object(Int)
        /// A hinged or sliding part.
        case part(ScenePart)

        /// Where it is in the world.
        public func pose(in scene: SceneSnapshot) -> Pose {
            switch self {
            case .object(let offset): scene.pose(at: offset)
            case .part(let part): part.pose(in: scene)
            }
        }
    }

    /// What the hand holds while it carries out a subtask.
    public struct Held: Sendable {
        /// Where the object's pose is in a scene.
        public var offset: Int
        /// Whether the object is round about its z axis: then how it is turned about it does not matter.
        public var isRound: Bool

        /// An object in the hand.
        public init(_ offset: Int, isRound: Bool = false) {
            self.offset = offset
            self.isRound = isRound
        }
    }

    /// What it is called, in one word or two.
    public var name: String
    /// What the motion belongs to.
    public var frame: Frame
    /// What the hand holds from the beginning, if it holds something: then that object is moved as it was moved in the
    /// demonstration, however it sits in the hand.
    public var held: Held?
    /// Whether it is done; nil for the last one, which lasts to the end of the demonstration.
    public var isDone: (@Sendable (View) -> Bool)?

    /// A part of a task.
    public init(name: String, in frame: Frame, held: Held? = nil, isDone: (@Sendable (View) -> Bool)? = nil) {
        self.name = name
        self.frame = frame
        self.held = held
        self.isDone = isDone
    }

    /// A signal that an object has been taken and lifted.
    ///
    /// - Parameters:
    ///   - offset: where its pose is in a scene.
    ///   - reach: how far from the object's origin the tool may hold it, m.
    ///   - height: above which height its origin has to be, m.
    ///   - opening: how wide the fingers may be, m.
    static func isLifted(
        _ offset: Int, reach: Double, height: Double, opening: Double = 0.06
    ) -> @Sendable (View) -> Bool {
        { view in
            let object = view.scene.pose(at: offset).position
            return view.opening < opening && (view.tool.position - object).length < reach && object.z > height
        }
    }
}
