/// The names and sizes of what a policy sees, in order.
public struct ObservationLayout: Hashable, Sendable {
    /// One named part.
    public struct Part: Hashable, Sendable {
        /// The key in an episode's `obs` group.
        public var name: String
        public var size: Int
        /// Runs of numbers in this part, whose sizes add up to ``size``.
        public var fields: [Field]

        public init(name: String, fields: [Field]) {
            self.name = name
            self.fields = fields
            self.size = fields.reduce(0) { $0 + $1.size }
        }
    }

    /// A run of numbers with one meaning.
    public enum Field: Hashable, Sendable {
        /// `count` plain numbers.
        case values(Int)
        /// Four numbers x-y-z-w of a unit quaternion.
        case quaternion

        public var size: Int {
            switch self {
            case .values(let count): count
            case .quaternion: 4
            }
        }
    }

    public var parts: [Part]

    public init(parts: [Part]) {
        self.parts = parts
    }

    /// How many numbers an observation has.
    public var size: Int { parts.reduce(0) { $0 + $1.size } }
}
