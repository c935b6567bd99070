extension ObservationLayout: Codable {
    /// Restores what ``encode(to:)`` wrote.
    public init(from decoder: any Decoder) throws {
        self.init(parts: try decoder.singleValueContainer().decode([Part].self))
    }

    /// A list of the parts.
    public func encode(to encoder: any Encoder) throws {
        var list = encoder.singleValueContainer()
        try list.encode(parts)
    }
}

extension ObservationLayout.Part: Codable {
    private enum CodingKeys: String, CodingKey { case name, fields }

    /// Restores what ``encode(to:)`` wrote.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            name: try values.decode(String.self, forKey: .name),
            fields: try values.decode([ObservationLayout.Field].self, forKey: .fields))
    }

    /// The name and the fields; the size follows from them.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(name, forKey: .name)
        try values.encode(fields, forKey: .fields)
    }
}

extension ObservationLayout.Field: Codable {
    private static var quaternionName: String { "quaternion" }

    /// Restores what ``encode(to:)`` wrote.
    public init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if let count = try? value.decode(Int.self) {
            guard count > 0 else {
                throw DecodingError.dataCorruptedError(in: value, debugDescription: "a field of \(count) numbers")
            }
            self = .values(count)
        } else if try value.decode(String.self) == Self.quaternionName {
            self = .quaternion
        } else {
            throw DecodingError.dataCorruptedError(in: value, debugDescription: "an unknown kind of field")
        }
    }

    /// A number for so many plain values, or the word `quaternion`.
    public func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        switch self {
        case .values(let count): try value.encode(count)
        case .quaternion: try value.encode(Self.quaternionName)
        }
    }
}

extension ObservationLayout {
    /// The first way in which another layout differs, for an error message; nil if it does not.
    func difference(from other: ObservationLayout) -> String? {
        for (mine, theirs) in zip(parts, other.parts) where mine != theirs {
            return mine.name == theirs.name
                ? "'\(mine.name)' has \(mine.size) numbers instead of \(theirs.size), or other fields"
                : "'\(mine.name)' stands where '\(theirs.name)' is expected"
        }
        if parts.count == other.parts.count { return nil }
        return "\(parts.count) parts instead of \(other.parts.count)"
    }
}
