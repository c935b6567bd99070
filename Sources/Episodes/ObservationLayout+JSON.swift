import Foundation
import Policies

/// How a layout is written in an attribute:
/// `[{"name": "object", "fields": [3, "quaternion", 3, "quaternion"]}]`.
extension ObservationLayout {
    var json: String {
        let parts: [[String: Any]] = parts.map { part in
            let fields: [Any] = part.fields.map { field in
                switch field {
                case .values(let count): count
                case .quaternion: "quaternion"
                }
            }
            return ["name": part.name, "fields": fields]
        }
        return JSONText.of(parts)
    }

    /// Nil where the text is not a layout.
    init?(json: String) {
        guard let list = try? JSONSerialization.jsonObject(with: Data(json.utf8)) as? [[String: Any]] else {
            return nil
        }
        var parts: [Part] = []
        for entry in list {
            guard let name = entry["name"] as? String, let numbers = entry["fields"] as? [Any] else { return nil }
            var fields: [Field] = []
            for number in numbers {
                if let text = number as? String, text == "quaternion" {
                    fields.append(.quaternion)
                } else if let count = number as? Int, count >= 0 {
                    fields.append(.values(count))
                } else {
                    return nil
                }
            }
            parts.append(Part(name: name, fields: fields))
        }
        self.init(parts: parts)
    }
}
