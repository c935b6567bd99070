/// Numbers as they are written in files: decimal, with an optional fraction and exponent.
public enum Numeral {
    /// The shortest text that reads as exactly this number; whole numbers have no fraction.
    public static func text(_ value: Double) -> String {
        if value == value.rounded(), abs(value) < 1e15 { return String(Int64(value)) }
        return "\(value)"
    }

    /// The number at the beginning of a text, and what follows it.
    ///
    /// Nil if the text does not begin with a number, or if that number is too large for a `Double`.
    public static func parse(_ text: Substring) -> (value: Double, rest: Substring)? {
        let end = lengthOfNumber(text.utf8)
        guard end > text.startIndex, let value = Double(text[..<end]), value.isFinite else { return nil }
        return (value, text[end...])
    }

    /// The end of the longest prefix `[+-] digits [. digits] [e [+-] digits]`; the start if there is none.
    private static func lengthOfNumber(_ text: Substring.UTF8View) -> Substring.Index {
        func digits(from start: Substring.Index) -> Substring.Index {
            text[start...].firstIndex { !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ?? text.endIndex
        }
        func sign(at index: Substring.Index) -> Substring.Index {
            guard index < text.endIndex, text[index] == UInt8(ascii: "+") || text[index] == UInt8(ascii: "-") else {
                return index
            }
            return text.index(after: index)
        }
        let first = sign(at: text.startIndex)
        var end = digits(from: first)
        guard end > first else { return text.startIndex }
        if end < text.endIndex, text[end] == UInt8(ascii: ".") {
            let fraction = text.index(after: end)
            let fractionEnd = digits(from: fraction)
            if fractionEnd > fraction { end = fractionEnd }
        }
        if end < text.endIndex, text[end] | 0x20 == UInt8(ascii: "e") {
            let exponent = sign(at: text.index(after: end))
            let exponentEnd = digits(from: exponent)
            if exponentEnd > exponent { end = exponentEnd }
        }
        return end
    }
}
