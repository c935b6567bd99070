import Foundation

/// Numbers as sentences and tables of the report show them.
enum Figures {
    /// A whole number with commas between thousands: `24,000`.
    static func count(_ value: Int) -> String {
        let digits = String(value.magnitude)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0 && (digits.count - index) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return value < 0 ? "−" + text : text
    }

    /// A rate with its interval: `94 % (88–97)`.
    static func rate(_ rate: Double, _ interval: ClosedRange<Double>) -> String {
        let ends = [interval.lowerBound, interval.upperBound].map { String(format: "%.0f", 100 * $0) }
        return "\(Results.percent(rate)) (\(ends[0])–\(ends[1]))"
    }

    /// A rate with its interval, or a dash where there is none.
    static func rate(_ success: SuccessRate?) -> String {
        success.map { rate($0.rate, $0.interval) } ?? missing
    }

    /// What stands in a table where there is no value.
    static let missing = "–"
}
