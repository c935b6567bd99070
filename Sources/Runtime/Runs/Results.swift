import Foundation

/// How results are written, and read again.
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

    /// For what ``data(_:isPretty:)`` has written.
    static func decoder() -> JSONDecoder {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return decoder
    }

    /// What a file of a run holds; nil if it is not there, as before the run has ended.
    ///
    /// - Throws: ``JobError`` if it cannot be read, or holds something else.
    static func read<Value: Decodable>(_ type: Value.Type, from path: String) throws(JobError) -> Value? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw JobError(.inputOutput, "\(path): cannot be read: \(SystemReason.of(error))")
        }
        do {
            return try decoder().decode(type, from: data)
        } catch {
            throw JobError(
                .badFile, "\(path): this is not what the run has written; take the file away to do without it")
        }
    }
}
