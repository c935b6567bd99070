/// Why a learner could not be made, fed, updated, saved or resumed.
public enum LearningError: Error, Equatable, Sendable {
    /// A configuration value is out of its range.
    case configuration(String)
    /// Demonstrations are unusable, or there are too few.
    case demonstrations(String)
    /// NaN or infinity turned up; names what held it.
    case notFinite(String)
    /// A checkpoint is damaged, or was made for something else.
    case checkpoint(path: String, message: String)
}

extension LearningError: CustomStringConvertible {
    /// One line for the user.
    public var description: String {
        switch self {
        case .configuration(let message), .demonstrations(let message): message
        case .notFinite(let name): "\(name) is not finite"
        case .checkpoint(let path, let message): "\(path): \(message)"
        }
    }
}
