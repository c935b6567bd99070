/// Why an episode or a dataset could not be written or read.
public struct EpisodeError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What kind of trouble it is.
    public enum Kind: Equatable, Sendable {
        /// The file or folder is not there.
        case missing
        /// A file of that name is there already.
        case exists
        /// The disk or a quota is full; so many bytes were free.
        case full(freeBytes: UInt64)
        /// The file cannot be read or written.
        case storage
        /// The file is not a complete episode.
        case incomplete
        /// The file's content contradicts itself, or is not an episode's.
        case content
        /// The episode belongs to another robot, task or layout.
        case mismatch
    }

    /// What kind of trouble it is.
    public var kind: Kind
    /// The file or folder at fault.
    public var path: String
    /// What is wrong, and what would be right.
    public var message: String

    /// Names the trouble, the file and the remedy.
    public init(_ kind: Kind, path: String, message: String) {
        self.kind = kind
        self.path = path
        self.message = message
    }

    /// One line: path and message.
    public var description: String { "\(path): \(message)" }
}
