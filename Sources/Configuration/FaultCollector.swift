/// Gathers what is wrong while a document is decoded.
final class FaultCollector {
    /// In the order they were found.
    private(set) var faults: [ConfigurationFault]

    init(faults: [ConfigurationFault]) {
        self.faults = faults
    }

    /// Adds a fault.
    func report(_ position: SourcePosition, _ message: String) {
        faults.append(ConfigurationFault(position: position, message: message))
    }
}

extension Document {
    /// Turns the document into a value, or into everything that is wrong with it.
    ///
    /// While `body` runs, a value that is missing or wrong is reported and a stand-in is returned for it, so that the
    /// rest is checked as well. What `body` returns then never leaves this function.
    ///
    /// - Parameter body: Reads every key of the document's mapping; keys that it did not ask for are reported.
    /// - Throws: ``ConfigurationError`` with all faults, by position.
    public func decode<Value>(_ body: (MappingReader) -> Value) throws(ConfigurationError) -> Value {
        let collector = FaultCollector(faults: faults)
        let value = ValueReader(node: root, name: "the file", collector: collector).mapping(body)
        guard collector.faults.isEmpty else { throw ConfigurationError(faults: collector.faults) }
        return value
    }
}
