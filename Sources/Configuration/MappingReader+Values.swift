/// Keys with a value of one kind. With a `default` the key may be missing; without, it is reported.
extension MappingReader {
    /// A text.
    public func string(_ key: String, default fallback: String? = nil) -> String {
        read(key, wanted: "a text", fallback, standIn: "") { $0.text() }
    }

    /// A path, made absolute; a relative one counts from the file's folder.
    public func path(_ key: String) -> String {
        let value = required(key, wanted: "a path")
        guard let text = value.text(), let file = value.position?.path else { return "" }
        return FilePaths.resolve(text, relativeTo: file)
    }

    /// One of the cases of an enumeration.
    public func choice<Choice>(_ key: String, default fallback: Choice? = nil, standIn: Choice) -> Choice
    where Choice: RawRepresentable<String> & CaseIterable {
        let wanted = Choice.allCases.map(\.rawValue).joined(separator: " or ")
        return read(key, wanted: wanted, fallback, standIn: standIn) { $0.choice(Choice.self) }
    }

    /// `true` or `false`.
    public func boolean(_ key: String, default fallback: Bool? = nil) -> Bool {
        read(key, wanted: "true or false", fallback, standIn: false) { $0.boolean() }
    }

    /// A quantity with its unit, in the dimension's own unit.
    public func quantity(
        _ key: String, _ dimension: Dimension, in bounds: Bounds = .any, default fallback: Double? = nil
    ) -> Double {
        let wanted = "\(dimension.name) in \(dimension.choices)"
        return read(key, wanted: wanted, fallback, standIn: .nan) { $0.quantity(dimension, in: bounds) }
    }

    /// A number without a unit.
    public func number(_ key: String, in bounds: Bounds = .any, default fallback: Double? = nil) -> Double {
        read(key, wanted: "a number", fallback, standIn: .nan) { $0.number(in: bounds) }
    }

    /// A part of a whole, as `0.2` or `20 %`.
    public func fraction(_ key: String, in bounds: Bounds = .between(0, 1), default fallback: Double? = nil) -> Double {
        read(key, wanted: "a fraction such as 0.2 or 20 %", fallback, standIn: .nan) { $0.fraction(in: bounds) }
    }

    /// A whole number.
    public func integer(_ key: String, in range: ClosedRange<Int>, default fallback: Int? = nil) -> Int {
        let wanted = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        return read(key, wanted: wanted, fallback, standIn: range.lowerBound) { $0.integer(in: range) }
    }

    /// A number that starts random streams.
    public func seed(_ key: String, default fallback: UInt64? = nil) -> UInt64 {
        read(key, wanted: "a whole number", fallback, standIn: 0) { $0.seed() }
    }

    /// A mapping that must be there, read by `body`.
    public func mapping<Value>(_ key: String, _ body: (MappingReader) -> Value) -> Value {
        required(key, wanted: "a mapping with keys").mapping(body)
    }

    /// A mapping that may be missing, read by `body`; then as if it were there without any key.
    public func optionalMapping<Value>(_ key: String, _ body: (MappingReader) -> Value) -> Value {
        guard let value = value(key) else {
            return absent(body)
        }
        return value.mapping(body)
    }

    /// The elements of a list that must be there; none after a fault.
    public func sequence(_ key: String, count: ClosedRange<Int>) -> [ValueReader] {
        required(key, wanted: "a list").sequence(count: count) ?? []
    }

    /// A list of quantities of one dimension; none after a fault.
    public func quantities(
        _ key: String, _ dimension: Dimension, count: ClosedRange<Int>, in bounds: Bounds = .any
    ) -> [Double] {
        sequence(key, count: count).map { $0.quantity(dimension, in: bounds) ?? .nan }
    }

    /// Three quantities along x, y and z.
    public func vector(_ key: String, _ dimension: Dimension, in bounds: Bounds = .any) -> SIMD3<Double> {
        let values = quantities(key, dimension, count: 3...3, in: bounds)
        return values.count == 3 ? SIMD3(values[0], values[1], values[2]) : SIMD3(repeating: .nan)
    }

    private func read<Value>(
        _ key: String, wanted: String, _ fallback: Value?, standIn: Value, _ decode: (ValueReader) -> Value?
    ) -> Value {
        if let fallback, !has(key) {
            _ = value(key)
            return fallback
        }
        return decode(required(key, wanted: wanted)) ?? standIn
    }
}
