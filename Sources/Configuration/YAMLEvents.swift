import CYAML

/// What libyaml finds in a text, piece by piece.
struct YAMLEvents: ~Copyable {
    /// One piece, and where it begins.
    struct Event {
        var kind: Kind
        var position: SourcePosition
        /// The name after `&`, if there is one.
        var anchor: String?
        /// What stands after `!`, if something does.
        var tag: String?
    }

    enum Kind {
        case streamStart, streamEnd, documentStart, documentEnd
        case scalar(text: String, isPlain: Bool)
        case sequenceStart, sequenceEnd, mappingStart, mappingEnd
        case alias(String)
    }

    // libyaml keeps pointers to both while it works.
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let input: UnsafeMutableBufferPointer<UInt8>
    private let bytes: [UInt8]
    private let path: String
    /// Where the text ends.
    private let end: SourcePosition

    /// Takes UTF-8 text. Nil if there is no memory left.
    init?(bytes: [UInt8], path: String) {
        parser = .allocate(capacity: 1)
        guard yaml_parser_initialize(parser) == 1 else {
            parser.deallocate()
            return nil
        }
        input = .allocate(capacity: bytes.count)
        _ = input.initialize(from: bytes)
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, input.baseAddress, bytes.count)
        self.bytes = bytes
        self.path = path
        end = TextFile.position(of: bytes.count, in: bytes, path: path)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        input.deallocate()
    }

    /// The next piece.
    ///
    /// - Throws: ``ConfigurationError`` with libyaml's words if the text is not YAML.
    mutating func next() throws(ConfigurationError) -> Event {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw syntaxError() }
        defer { yaml_event_delete(&event) }
        let position = place(event.start_mark)
        func made(_ kind: Kind, _ anchor: UnsafePointer<UInt8>? = nil, _ tag: UnsafePointer<UInt8>? = nil) -> Event {
            Event(kind: kind, position: position, anchor: text(anchor), tag: text(tag))
        }
        switch event.type {
        case YAML_STREAM_START_EVENT: return made(.streamStart)
        case YAML_STREAM_END_EVENT: return made(.streamEnd)
        case YAML_DOCUMENT_START_EVENT: return made(.documentStart)
        case YAML_DOCUMENT_END_EVENT: return made(.documentEnd)
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let text = String(
                decoding: UnsafeBufferPointer(start: scalar.value, count: Int(scalar.length)), as: UTF8.self)
            let kind = Kind.scalar(text: text, isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE)
            return made(kind, scalar.anchor, scalar.tag)
        case YAML_SEQUENCE_START_EVENT:
            let start = event.data.sequence_start
            return made(.sequenceStart, start.anchor, start.tag)
        case YAML_SEQUENCE_END_EVENT: return made(.sequenceEnd)
        case YAML_MAPPING_START_EVENT:
            let start = event.data.mapping_start
            return made(.mappingStart, start.anchor, start.tag)
        case YAML_MAPPING_END_EVENT: return made(.mappingEnd)
        case YAML_ALIAS_EVENT: return made(.alias(text(event.data.alias.anchor) ?? ""))
        default: throw ConfigurationError(position, "libyaml reports an event that it does not document")
        }
    }

    private func text(_ pointer: UnsafePointer<UInt8>?) -> String? {
        guard let pointer else { return nil }
        return String(cString: pointer)
    }

    /// A place inside the text: libyaml puts the end of one that does not end in a new line on a line that is not there.
    private func place(_ mark: yaml_mark_t) -> SourcePosition {
        let position = SourcePosition(path: path, line: Int(mark.line) + 1, column: Int(mark.column) + 1)
        return min(position, end)
    }

    private func syntaxError() -> ConfigurationError {
        let state = parser.pointee
        let problem = state.problem.map { String(cString: $0) } ?? "cannot be understood"
        switch state.error {
        case YAML_MEMORY_ERROR:
            return ConfigurationError(SourcePosition(path: path), "there is no memory left to read it")
        case YAML_READER_ERROR:
            // The reader knows the byte, not the line.
            let position = TextFile.position(of: Int(state.problem_offset), in: bytes, path: path)
            return ConfigurationError(position, "not YAML: \(problem)")
        default:
            var message = "not YAML: \(problem)"
            if let context = state.context {
                message += ", \(String(cString: context)) that begins on line \(state.context_mark.line + 1)"
            }
            return ConfigurationError(place(state.problem_mark), message)
        }
    }
}
