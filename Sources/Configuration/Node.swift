/// A value in a YAML file and where it stands.
public struct Node: Sendable {
    /// What kind of value it is.
    public indirect enum Content: Sendable {
        /// A single value. `isPlain` is false where the file has it in quotes or as a block of text.
        case scalar(text: String, isPlain: Bool)
        /// A list.
        case sequence([Node])
        /// Keys and values in the order of the file, each key once.
        case mapping([Entry])
        /// Something that was reported as a fault already, such as an alias.
        case refused
    }

    /// One key of a mapping and its value.
    public struct Entry: Sendable {
        /// The key's text.
        public var key: String
        /// Where the key begins.
        public var keyPosition: SourcePosition
        /// The value.
        public var value: Node
    }

    /// The value.
    public var content: Content
    /// Where the value begins.
    public var position: SourcePosition

    /// Whether nothing is written where a value belongs, or `null` or `~`.
    public var isEmpty: Bool {
        guard case .scalar(let text, isPlain: true) = content else { return false }
        return text.isEmpty || text == "~" || text == "null"
    }
}
