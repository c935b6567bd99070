/// Why a picture could not be encoded.
public struct ImageError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What is wrong.
    public var description: String

    /// An error with this message.
    public init(_ description: String) {
        self.description = description
    }
}
