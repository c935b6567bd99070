/// Why a learner could not be made, fed, updated, saved or resumed.
public enum LearningError: Error, Equatable, Sendable {
    /// A configuration value is out of its range.
    case configuration(String)
    /// Demonstrations are unusable, or there are too few.
    case demonstrations(String)
    /// NaN or infinity turned up; names what held it.
    case notFinite(String)
    /// Too many updates had to be skipped because a number was not finite; `last` names what held the last one.
    case skipped(count: Int, updates: Int, last: String)
    /// A checkpoint is damaged, or was made for something else.
    case checkpoint(path: String, message: String)
}

extension LearningError: CustomStringConvertible {
    /// One line for the user.
    public var description: String {
        switch self {
        case .configuration(let message), .demonstrations(let message): message
        case .notFinite(let name): "\(name) is not finite"
        case .skipped(let count, let updates, let last):
            "\(count) of \(updates) updates were skipped because of numbers that are not finite; the last: \(last)"
        case .checkpoint(let path, let message): "\(path): \(message)"
        }
    }
}
