/// The names and sizes of what a policy sees, in order.
public struct ObservationLayout: Hashable, Sendable {
    /// One named part.
    public struct Part: Hashable, Sendable {
        /// The key in an episode's `obs` group.
        public var name: String
        /// How many numbers it has.
        public var size: Int
        /// Runs of numbers in this part, whose sizes add up to ``size``.
        public var fields: [Field]

        /// A part whose size follows from its fields.
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

        /// How many numbers it has.
        public var size: Int {
            switch self {
            case .values(let count): count
            case .quaternion: 4
            }
        }
    }

    /// In order.
    public var parts: [Part]

    /// A layout of these parts.
    public init(parts: [Part]) {
        self.parts = parts
    }

    /// How many numbers an observation has.
    public var size: Int { parts.reduce(0) { $0 + $1.size } }
}
