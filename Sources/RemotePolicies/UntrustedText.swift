/// Text from the other end of a connection, made fit for a terminal and a log.
public enum UntrustedText {
    /// The text on one line: without control codes and what else a terminal acts on, and no longer than `limit` characters.
    public static func line(_ text: some StringProtocol, limit: Int = 200) -> String {
        var (line, count, isAfterSpace) = ("", 0, true)
        for scalar in text.unicodeScalars {
            guard count < limit else { return line + "…" }
            let isPrintable =
                switch scalar.properties.generalCategory {
                case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator,
                    .spaceSeparator:
                    false
                default: true
                }
            if isPrintable {
                line.unicodeScalars.append(scalar)
            } else if !isAfterSpace {
                line.unicodeScalars.append(" ")
            } else {
                continue
            }
            isAfterSpace = !isPrintable
            count += 1
        }
        return isAfterSpace && !line.isEmpty ? String(line.dropLast()) : line
    }

    /// What a failing Python server says at the end of its traceback: the last line that is not empty.
    public static func lastLine(_ text: String, limit: Int = 200) -> String {
        let lines = text.split(whereSeparator: \.isNewline).lazy.map { line($0, limit: limit) }
        return lines.last { !$0.isEmpty } ?? "nothing"
    }
}
