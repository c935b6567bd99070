/// Why no picture could be made.
public struct RenderError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What is wrong, and what would put it right.
    public var description: String

    /// An error with this message.
    public init(_ description: String) {
        self.description = description
    }
}
