/// One value of a document on its way to a typed one.
///
/// Every function returns nil after it reported a fault.
public struct ValueReader {
    /// What the value is called in messages: its key, with an index in a list.
    public let name: String
    /// Nil for a value that is not there and was reported as missing.
    let node: Node?
    let collector: FaultCollector
    /// Where to report that something is missing inside it: its key, where it has one.
    let owner: SourcePosition?

    init(node: Node?, name: String, collector: FaultCollector, owner: SourcePosition? = nil) {
        self.node = node
        self.name = name
        self.collector = collector
        self.owner = owner ?? node?.position
    }

    /// Reports something that is wrong with this value, at its place.
    public func report(_ message: String) {
        guard let node else { return }
        collector.report(node.position, "\(name) \(message)")
    }

    /// Where the value is.
    public var position: SourcePosition? { node?.position }

    /// A text that is not empty.
    public func text() -> String? {
        guard let scalar = scalar(wanted: "a text") else { return nil }
        guard !scalar.text.isEmpty else {
            report("is empty; write a text")
            return nil
        }
        return scalar.text
    }

    /// One of the cases of an enumeration.
    public func choice<Choice>(_ type: Choice.Type) -> Choice?
    where Choice: RawRepresentable<String> & CaseIterable {
        let words = Choice.allCases.map(\.rawValue)
        let choices = words.count == 1 ? words[0] : "one of \(words.joined(separator: ", "))"
        guard let scalar = scalar(wanted: choices) else { return nil }
        if let choice = Choice(rawValue: scalar.text) { return choice }
        if let meant = nearestWord(to: scalar.text, among: words), words.count > 1 {
            report("cannot be '\(scalar.text)'; did you mean '\(meant)'? It is \(choices)")
        } else {
            report("cannot be '\(scalar.text)'; write \(choices)")
        }
        return nil
    }

    /// `true` or `false`.
    public func boolean() -> Bool? {
        guard let scalar = scalar(wanted: "true or false") else { return nil }
        switch (scalar.text, scalar.isPlain) {
        case ("true", true): return true
        case ("false", true): return false
        default:
            report("is '\(scalar.text)'; write true or false")
            return nil
        }
    }

    /// Whether the value is this one plain word.
    public func isWord(_ word: String) -> Bool {
        guard let node, case .scalar(let text, isPlain: true) = node.content else { return false }
        return text == word
    }

    /// Whether the value is a list, for what may be one or a single word.
    public var isList: Bool {
        guard let node, case .sequence = node.content else { return false }
        return true
    }

    /// A mapping, read by `body`, which sees a mapping without content if there is none.
    public func mapping<Value>(_ body: (MappingReader) -> Value) -> Value {
        let reader = MappingReader(entries: entries(), owner: owner, collector: collector)
        let value = body(reader)
        reader.finish()
        return value
    }

    /// The elements of a list.
    ///
    /// - Parameter count: How many there must be.
    public func sequence(count: ClosedRange<Int>) -> [ValueReader]? {
        guard let node else { return nil }
        guard case .sequence(let elements) = node.content else {
            reportKind(node, wanted: "a list")
            return nil
        }
        guard count.contains(elements.count) else {
            let wanted =
                count.lowerBound == count.upperBound
                ? "\(count.lowerBound)" : "\(count.lowerBound) to \(count.upperBound)"
            report("has \(elements.count) \(elements.count == 1 ? "entry" : "entries"); it needs \(wanted)")
            return nil
        }
        return elements.enumerated().map { index, element in
            ValueReader(node: element, name: "\(name)[\(index)]", collector: collector)
        }
    }

    private func entries() -> [Node.Entry]? {
        guard let node else { return nil }
        guard case .mapping(let entries) = node.content else {
            reportKind(node, wanted: "a mapping with keys")
            return nil
        }
        return entries
    }

    /// The value's text, if it is a single one that is there.
    func scalar(wanted: String) -> (text: String, isPlain: Bool)? {
        guard let node else { return nil }
        guard case .scalar(let text, let isPlain) = node.content, !node.isEmpty else {
            reportKind(node, wanted: wanted)
            return nil
        }
        return (text, isPlain)
    }

    private func reportKind(_ node: Node, wanted: String) {
        switch node.content {
        case .scalar where node.isEmpty: report("is empty; write \(wanted)")
        case .scalar(let text, _): report("is '\(text)'; write \(wanted)")
        case .sequence: report("is a list; write \(wanted)")
        case .mapping: report("is a mapping; write \(wanted)")
        case .refused: break
        }
    }
}
