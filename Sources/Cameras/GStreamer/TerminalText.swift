/// Texts from outside of this program, as they may be shown.
enum TerminalText {
    /// A C text in one line, and without what a terminal would take for commands.
    static func line(_ text: UnsafePointer<CChar>) -> String {
        String(
            String.UnicodeScalarView(
                String(cString: text).unicodeScalars.map { scalar in
                    scalar.value < 32 || (127..<160).contains(scalar.value)
                        || scalar.properties.generalCategory == .format
                        ? " " : scalar
                }))
    }
}
