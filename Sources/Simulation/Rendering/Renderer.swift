
/// Why no picture could be made.
public struct RenderError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What is wrong, and what would put it right.
    public var description: String

    /// An error with this message.
    public init(_ description: String) {
        self.description = description
    }
}

/// What of the robot is drawn.
public enum Visuals: Sendable {
    /// The robot's visual meshes: for pictures that people look at. About a second to load.
    case full
    /// Its collision geoms: plain, and an order of magnitude faster.
    case collision
}
