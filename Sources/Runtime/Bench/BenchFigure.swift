import Foundation

/// One measured figure: the median of several rounds with their range, beside a peer or a limit where there is one.
struct BenchFigure: Codable, Hashable, Sendable {
    /// What was measured, for people.
    var label: String
    var unit: String
    /// Of the rounds.
    var median: Double
    /// The smallest round.
    var low: Double
    /// The largest round.
    var high: Double
    /// What the figure is compared with, in the same unit; nil where it stands alone.
    var reference: Double?
    /// The figure over ``reference``.
    var ratio: Double?
    /// What ``reference`` is.
    var against: String?

    /// - Precondition: there is at least one round.
    init(_ label: String, unit: String, rounds: [Double]) {
        precondition(!rounds.isEmpty, "a figure needs at least one round")
        self.label = label
        self.unit = unit
        median = Self.median(rounds)
        low = rounds.min() ?? median
        high = rounds.max() ?? median
    }

    /// The figure beside a limit, or beside the median of a peer's rounds.
    func compared(with reference: Double, _ against: String) -> BenchFigure {
        var result = self
        result.reference = reference
        result.ratio = reference > 0 ? median / reference : nil
        result.against = against
        return result
    }

    /// The middle value; of an even number of values the mean of the two in the middle.
    static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    /// One line for people.
    var text: String {
        let name = label.padding(toLength: max(44, label.count), withPad: " ", startingAt: 0)
        var line = "  \(name) \(Results.rounded(median)) \(unit)"
        if low != high { line += " (\(Results.rounded(low)) to \(Results.rounded(high)))" }
        if let ratio, let reference, let against {
            line += "; \(Results.rounded(ratio, digits: 3)) of \(against), \(Results.rounded(reference)) \(unit)"
        }
        return line
    }
}

/// What was measured of one layer.
struct BenchLayer: Codable, Hashable, Sendable {
    /// By name.
    private(set) var figures: [String: BenchFigure] = [:]
    /// The names in the order in which people are shown the figures.
    private(set) var order: [String] = []
    /// What people should know about the figures.
    var notes: [String] = []

    mutating func add(_ name: String, _ figure: BenchFigure) {
        figures[name] = figure
        order.append(name)
    }

    /// Lines for people.
    var text: String {
        let lines = order.compactMap { figures[$0]?.text } + notes.map { "  note: \($0)" }
        return lines.joined(separator: "\n")
    }
}
