/// A YAML file as a tree of nodes.
public struct Document: Sendable {
    /// The file it came from.
    public let path: String
    /// Its text.
    public let text: String
    /// Its value.
    public let root: Node
    /// What is wrong with the tree itself, such as a key that stands twice. ``decode(_:)`` reports it with the rest.
    public let faults: [ConfigurationFault]

    /// How deep values may be nested.
    public static var deepestNesting: Int { 32 }

    /// Reads a file.
    ///
    /// - Throws: ``ConfigurationError`` if it cannot be read or is not YAML.
    public static func load(path: String) throws(ConfigurationError) -> Document {
        try Document(bytes: TextFile.read(path: path), path: path)
    }

    /// Takes a text as if it stood in the file `path`.
    ///
    /// - Throws: ``ConfigurationError`` if it is not YAML.
    public init(text: String, path: String) throws(ConfigurationError) {
        try self.init(bytes: Array(text.utf8), path: path)
    }

    /// Takes the bytes of the file `path`.
    ///
    /// - Throws: ``ConfigurationError`` if they are not UTF-8 or not YAML.
    public init(bytes: [UInt8], path: String) throws(ConfigurationError) {
        if let offset = TextFile.firstInvalidByte(in: bytes) {
            let position = TextFile.position(of: offset, in: bytes, path: path)
            throw ConfigurationError(position, "not UTF-8 text; save the file as UTF-8")
        }
        var builder = try TreeBuilder(bytes: bytes, path: path)
        guard let root = try builder.document() else {
            throw ConfigurationError(SourcePosition(path: path), "is empty")
        }
        self.path = path
        self.text = String(decoding: bytes, as: UTF8.self)
        self.root = root
        self.faults = builder.faults
    }
}

/// Puts libyaml's events together to a tree.
private struct TreeBuilder: ~Copyable {
    private var events: YAMLEvents
    private(set) var faults: [ConfigurationFault] = []

    init(bytes: [UInt8], path: String) throws(ConfigurationError) {
        guard let events = YAMLEvents(bytes: bytes, path: path) else {
            throw ConfigurationError(SourcePosition(path: path), "there is no memory left to read it")
        }
        self.events = events
    }

    /// The stream's only document; nil if it has none.
    mutating func document() throws(ConfigurationError) -> Node? {
        var root: Node?
        while true {
            let event = try events.next()
            switch event.kind {
            case .streamEnd: return root
            case .documentStart where root != nil:
                throw failure(event.position, "a second document begins here; a file holds one")
            case .streamStart, .documentStart, .documentEnd: continue
            default: root = try node(event, depth: 0)
            }
        }
    }

    private mutating func node(_ event: YAMLEvents.Event, depth: Int) throws(ConfigurationError) -> Node {
        guard depth <= Document.deepestNesting else {
            throw failure(event.position, "nested deeper than \(Document.deepestNesting) levels")
        }
        if let anchor = event.anchor {
            report(event.position, "anchors are not supported; write the value out and remove '&\(anchor)'")
        }
        if let tag = event.tag {
            report(event.position, "tags are not supported; remove '\(tag)'")
        }
        let content: Node.Content
        switch event.kind {
        case .scalar(let text, let isPlain): content = .scalar(text: text, isPlain: isPlain)
        case .sequenceStart: content = .sequence(try elements(depth: depth))
        case .mappingStart: content = .mapping(try entries(depth: depth))
        case .alias(let name):
            report(event.position, "aliases are not supported; write the value out in place of '*\(name)'")
            content = .refused
        default: throw failure(event.position, "a value was expected here")
        }
        return Node(content: content, position: event.position)
    }

    private mutating func elements(depth: Int) throws(ConfigurationError) -> [Node] {
        var elements: [Node] = []
        while true {
            let event = try events.next()
            if case .sequenceEnd = event.kind { return elements }
            elements.append(try node(event, depth: depth + 1))
        }
    }

    private mutating func entries(depth: Int) throws(ConfigurationError) -> [Node.Entry] {
        var entries: [Node.Entry] = []
        var lines: [String: Int] = [:]
        while true {
            let event = try events.next()
            if case .mappingEnd = event.kind { return entries }
            let key = try node(event, depth: depth + 1)
            let value = try node(events.next(), depth: depth + 1)
            guard case .scalar(let text, _) = key.content else {
                if case .refused = key.content { continue }
                report(key.position, "a key must be a word")
                continue
            }
            if let line = lines[text] {
                report(key.position, "key '\(text)' is here a second time; the first is on line \(line)")
                continue
            }
            lines[text] = key.position.line
            entries.append(Node.Entry(key: text, keyPosition: key.position, value: value))
        }
    }

    private mutating func report(_ position: SourcePosition, _ message: String) {
        faults.append(ConfigurationFault(position: position, message: message))
    }

    /// What was found so far, and a fault that reading cannot go on after.
    private func failure(_ position: SourcePosition, _ message: String) -> ConfigurationError {
        ConfigurationError(faults: faults + [ConfigurationFault(position: position, message: message)])
    }
}
