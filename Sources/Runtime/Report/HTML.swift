import Foundation

/// Text as it may stand in a page.
enum HTML {
    /// The text with everything that has a meaning in HTML replaced.
    static func escape(_ text: String) -> String {
        var escaped = ""
        for character in text {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.append(character)
            }
        }
        return escaped
    }

    /// A coordinate in a drawing.
    static func coordinate(_ value: Double) -> String {
        String(format: "%.1f", value)
    }

    /// A value as an axis or a mark shows it: at most three digits that matter.
    static func number(_ value: Double) -> String {
        guard value != 0 else { return "0" }
        let size = abs(value)
        if size >= 1e6 || size < 1e-3 { return String(format: "%.3g", value) }
        if size >= 1000 { return String(format: "%.0f", value) }
        return String(format: "%.3g", value)
    }
}
