/// A kind of number as NumPy writes it in an array's `dtype`.
public struct NumpyType: Hashable, Sendable {
    /// What the bytes of an element are.
    public enum Kind: Character, Sendable {
        case boolean = "b"
        case signed = "i"
        case unsigned = "u"
        case float = "f"
    }

    /// What an element is.
    public let kind: Kind
    /// Bytes of an element.
    public let size: Int
    /// Whether the most significant byte comes first.
    public let isBigEndian: Bool

    /// `|u1`: what images are made of.
    public static let byte = NumpyType(.unsigned, size: 1)
    /// `<f4`
    public static let float32 = NumpyType(.float, size: 4)
    /// `<f8`
    public static let float64 = NumpyType(.float, size: 8)

    private init(_ kind: Kind, size: Int) {
        self.kind = kind
        self.size = size
        isBigEndian = false
    }

    /// Takes a `dtype` such as `<f4`; nil for one whose elements are no numbers or no usual ones.
    public init?(_ text: String) {
        let characters = Array(text)
        guard characters.count == 3, let kind = Kind(rawValue: characters[1]),
            let size = characters[2].wholeNumberValue, "<>|=".contains(characters[0])
        else { return nil }
        switch (kind, size) {
        case (.boolean, 1), (.signed, 1), (.signed, 2), (.signed, 4), (.signed, 8), (.unsigned, 1), (.unsigned, 2),
            (.unsigned, 4), (.unsigned, 8), (.float, 2), (.float, 4), (.float, 8):
            self.kind = kind
            self.size = size
            isBigEndian = characters[0] == ">"
        default: return nil
        }
    }

    /// As NumPy writes it.
    public var text: String { "\(size == 1 ? "|" : isBigEndian ? ">" : "<")\(kind.rawValue)\(size)" }
}
