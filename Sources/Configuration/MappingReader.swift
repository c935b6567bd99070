/// The keys of a mapping on their way to typed values.
///
/// What is missing or wrong is reported once the whole document is read; meanwhile a stand-in is returned for it (an
/// empty text, a number that is not one), so that everything else is checked too. Keys that nobody asked for are
/// reported with the nearest one that was.
public final class MappingReader {
    /// Nil for a mapping that is not there: then nothing is reported, since that was.
    private let entries: [Node.Entry]?
    private let owner: SourcePosition?
    private let collector: FaultCollector
    /// The keys that were asked for, and what is wanted of them.
    private var known: [String] = []
    private var missing: [(key: String, wanted: String)] = []

    init(entries: [Node.Entry]?, owner: SourcePosition?, collector: FaultCollector) {
        self.entries = entries
        self.owner = owner
        self.collector = collector
    }

    /// Whether the file has this key.
    public func has(_ key: String) -> Bool {
        entries?.contains { $0.key == key } ?? false
    }

    /// The value of a key that must be there.
    ///
    /// - Parameters:
    ///   - key: As it stands in the file.
    ///   - wanted: What to write, for the message if it is missing.
    public func required(_ key: String, wanted: String) -> ValueReader {
        if let found = value(key) { return found }
        missing.append((key, wanted))
        return ValueReader(node: nil, name: key, collector: collector)
    }

    /// The value of a key, or nil if the file does not have it.
    public func value(_ key: String) -> ValueReader? {
        if !known.contains(key) { known.append(key) }
        guard let entry = entries?.first(where: { $0.key == key }) else { return nil }
        return ValueReader(node: entry.value, name: key, collector: collector, owner: entry.keyPosition)
    }

    /// Reports something that is wrong with a key's value, at its place; or at the mapping, if the key is not there.
    public func report(_ key: String, _ message: String) {
        guard let entries, let position = entries.first(where: { $0.key == key })?.value.position ?? owner else {
            return
        }
        collector.report(position, "\(key) \(message)")
    }

    /// Reads a mapping that is not there as one without keys; what it requires is missing here.
    func absent<Value>(_ body: (MappingReader) -> Value) -> Value {
        let reader = MappingReader(entries: entries.map { _ in [] }, owner: owner, collector: collector)
        let value = body(reader)
        reader.finish()
        return value
    }

    /// Accepts keys that were not asked for.
    public func acceptOtherKeys() {
        for entry in entries ?? [] where !known.contains(entry.key) { known.append(entry.key) }
    }

    /// Reports keys that are not known and keys that are missing; one that is misspelt is only the former.
    func finish() {
        guard let entries, let owner else { return }
        var candidates = known.filter { !has($0) }
        for entry in entries where !known.contains(entry.key) {
            if let meant = nearestWord(to: entry.key, among: candidates) {
                collector.report(entry.keyPosition, "unknown key '\(entry.key)'; did you mean '\(meant)'?")
                candidates.removeAll { $0 == meant }
                missing.removeAll { $0.key == meant }
            } else if let twice = nearestWord(to: entry.key, among: known) {
                let message = "unknown key '\(entry.key)'; there is a '\(twice)' already: remove this one"
                collector.report(entry.keyPosition, message)
            } else {
                let message = "unknown key '\(entry.key)'; the keys here are \(known.joined(separator: ", "))"
                collector.report(entry.keyPosition, message)
            }
        }
        for (key, wanted) in missing {
            collector.report(owner, "missing key '\(key)'; write \(key): \(wanted)")
        }
    }
}
