/// One thing that is wrong with a file.
public struct ConfigurationFault: Hashable, Sendable, CustomStringConvertible {
    /// Where it is.
    public var position: SourcePosition
    /// What is wrong, and what would be right.
    public var message: String

    /// Takes its parts.
    public init(position: SourcePosition, message: String) {
        self.position = position
        self.message = message
    }

    /// `path:line:column: message`.
    public var description: String { "\(position): \(message)" }
}

/// Everything that is wrong with a file.
public struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// By position; never empty.
    public let faults: [ConfigurationFault]
    /// Whether what is wrong is that there is no such file.
    public let isMissingFile: Bool

    /// Sorts the faults by position, those at the same place in the order they were found.
    public init(faults: [ConfigurationFault], isMissingFile: Bool = false) {
        precondition(!faults.isEmpty, "an error needs a fault")
        let ordered = faults.enumerated().sorted {
            ($0.element.position, $0.offset) < ($1.element.position, $1.offset)
        }
        self.faults = ordered.map(\.element)
        self.isMissingFile = isMissingFile
    }

    /// One fault.
    public init(_ position: SourcePosition, _ message: String) {
        self.init(faults: [ConfigurationFault(position: position, message: message)])
    }

    /// One line for each fault.
    public var description: String {
        faults.map(\.description).joined(separator: "\n")
    }
}
