/// A value to be written as YAML.
public indirect enum YAMLValue: Equatable, Sendable {
    /// Text, quoted where it has to be.
    case text(String)
    /// A word or a number that is written as it is: made by ``number(_:)``, ``integer(_:)``, ``boolean(_:)`` and
    /// ``quantity(_:_:)``.
    case plain(String)
    /// A list.
    case sequence([YAMLValue])
    /// Keys and values, in this order.
    case mapping([(key: String, value: YAMLValue)])

    /// A number; it reads back as exactly the same.
    public static func number(_ value: Double) -> YAMLValue { .plain(Numeral.text(value)) }
    /// A whole number.
    public static func integer(_ value: some BinaryInteger) -> YAMLValue { .plain(String(value)) }
    /// `true` or `false`.
    public static func boolean(_ value: Bool) -> YAMLValue { .plain(value ? "true" : "false") }
    /// A quantity in its dimension's own unit; it reads back as exactly the same.
    public static func quantity(_ value: Double, _ dimension: Dimension) -> YAMLValue {
        .plain("\(Numeral.text(value)) \(dimension.unit)")
    }

    /// Whether two values are written alike.
    public static func == (left: YAMLValue, right: YAMLValue) -> Bool { left.document == right.document }

    /// The value as a YAML file: block style, two spaces a level, ending in a new line.
    public var document: String {
        var output = ""
        write(to: &output, indentation: 0, afterKey: false)
        return output
    }

    /// Writes the value after a key (`key:`) or a dash (`-`), or at the beginning of a line.
    private func write(to output: inout String, indentation: Int, afterKey: Bool) {
        let margin = String(repeating: "  ", count: indentation)
        switch self {
        case .text(let text): output += (afterKey ? " " : "") + Self.written(text) + "\n"
        case .plain(let word): output += (afterKey ? " " : "") + word + "\n"
        case .sequence(let elements) where elements.isEmpty: output += (afterKey ? " " : "") + "[]\n"
        case .mapping(let entries) where entries.isEmpty: output += (afterKey ? " " : "") + "{}\n"
        case .sequence(let elements):
            if afterKey { output += "\n" }
            for element in elements {
                output += margin + "-"
                element.write(to: &output, indentation: indentation + 1, afterKey: true)
            }
        case .mapping(let entries):
            if afterKey { output += "\n" }
            for (key, value) in entries {
                output += margin + Self.written(key) + ":"
                value.write(to: &output, indentation: indentation + 1, afterKey: true)
            }
        }
    }

    /// A text as a plain word if it reads back as that text, else in double quotes.
    private static func written(_ text: String) -> String {
        isSafePlain(text) ? text : quoted(text)
    }

    /// Whether a text is made of letters, digits and `_ - . / ` and could not be taken for a number, a truth or nothing.
    private static func isSafePlain(_ text: String) -> Bool {
        guard let first = text.utf8.first, first != UInt8(ascii: "-"), first != UInt8(ascii: "."), text.utf8.count < 100
        else { return false }
        let isWord = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "/"):
                true
            default: false
            }
        }
        let reserved = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"]
        let isNumber = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first)
        return isWord && !isNumber && !reserved.contains(text.lowercased())
    }

    private static func quoted(_ text: String) -> String {
        var output = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": output += "\\\""
            case "\\": output += "\\\\"
            case "\n": output += "\\n"
            case "\t": output += "\\t"
            case "\r": output += "\\r"
            default:
                let isPrintable =
                    (0x20..<0x7F).contains(scalar.value) || (0xA0..<0xD800).contains(scalar.value)
                    || (0xE000..<0xFEFF).contains(scalar.value) || (0xFF00..<0xFFFE).contains(scalar.value)
                    || scalar.value >= 0x10000
                let isLineBreak = scalar.value == 0x2028 || scalar.value == 0x2029
                if isPrintable && !isLineBreak {
                    output.unicodeScalars.append(scalar)
                } else {
                    let digits = String(scalar.value, radix: 16)
                    output += "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
                }
            }
        }
        return output + "\""
    }
}
