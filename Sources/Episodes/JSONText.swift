import Foundation

/// JSON with sorted keys: the same content is the same bytes.
enum JSONText {
    /// - Parameter value: Arrays, dictionaries, strings and numbers only.
    static func of(_ value: Any) -> String {
        guard
            let data = try? JSONSerialization.data(
                withJSONObject: value, options: [.sortedKeys, .withoutEscapingSlashes])
        else { preconditionFailure("only plain values are written as JSON") }
        return String(decoding: data, as: UTF8.self)
    }

    /// A table of texts; nil where the text is something else.
    static func strings(_ text: String) -> [String: String]? {
        (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: String]
    }
}
