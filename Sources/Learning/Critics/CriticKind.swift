/// The kinds of critics.
public enum CriticKind: String, Hashable, Codable, Sendable, CaseIterable {
    /// One number with layer normalisation, learnt by squared error.
    case plain
    /// A distribution over 101 atoms with batch normalisation and weights of length 1, learnt by cross-entropy (XQC).
    case categorical
}

/// What critics learn from a batch.
public enum CriticLossKind: Hashable, Codable, Sendable {
    /// Values approach the rewards of the return plus the value behind it.
    case temporalDifference
    /// No reward: values are shaped so that the reward they imply prefers demonstrations to the policy (IQ-Learn, with the
    /// χ² regulariser of this weight). For plain critics.
    case inverse(regularisation: Float)

    /// Checks the ranges.
    ///
    /// - Throws: ``LearningError/configuration(_:)``.
    func check(for kind: CriticKind) throws(LearningError) {
        guard case .inverse(let regularisation) = self else { return }
        guard kind == .plain else {
            throw .configuration(
                "IQ-Learn's loss is there for plain critics; the configuration asks for \(kind.rawValue) ones")
        }
        guard regularisation > 0, regularisation <= 100 else {
            throw .configuration("IQ-Learn's regularisation is above 0 and at most 100; not \(regularisation)")
        }
    }
}
