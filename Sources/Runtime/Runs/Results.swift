import Foundation

/// How results are written.
public enum Results {
    /// A value as one line of JSON with its keys in order.
    public static func line(_ value: some Encodable) throws -> String {
        String(decoding: try data(value, isPretty: false), as: UTF8.self)
    }

    /// A number with as many digits as a person wants to read.
    public static func rounded(_ value: Double, digits: Int = 4) -> String {
        String(format: "%.\(digits)g", value)
    }

    /// A rate as a percentage: `87 %`.
    public static func percent(_ rate: Double) -> String {
        String(format: "%.0f %%", 100 * rate)
    }

    static func data(_ value: some Encodable, isPretty: Bool) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if isPretty { encoder.outputFormatting.insert(.prettyPrinted) }
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return try encoder.encode(value)
    }
}
