extension ValueReader {
    /// A quantity with its unit, such as `2.175 rad/s`, in the dimension's own unit.
    public func quantity(_ dimension: Dimension, in bounds: Bounds = .any) -> Double? {
        let example = "\(Numeral.text(dimension.example)) \(dimension.unit)"
        guard let scalar = scalar(wanted: "\(dimension.name) such as \(example)") else { return nil }
        guard let parsed = number(scalar, wanted: "\(dimension.name) such as \(example)") else { return nil }
        let symbol = parsed.rest.drop { $0 == " " }
        guard !symbol.isEmpty else {
            report("has no unit; write \(scalar.text) \(dimension.unit)")
            return nil
        }
        guard let unit = dimension.units.first(where: { $0.symbol == symbol }) else {
            let number = scalar.text[..<parsed.rest.startIndex]
            report(
                "is in '\(symbol)', but \(dimension.name) is written in \(dimension.choices); "
                    + "write \(number) \(dimension.unit) if that is meant")
            return nil
        }
        let value = Dimension.converted(parsed.value, from: unit)
        return within(bounds, value, as: scalar.text, unit: dimension.unit) ? value : nil
    }

    /// A number without a unit.
    public func number(in bounds: Bounds = .any) -> Double? {
        guard let scalar = scalar(wanted: "a number"), let value = unitless(scalar, wanted: "a number") else {
            return nil
        }
        return within(bounds, value, as: scalar.text, unit: "") ? value : nil
    }

    /// A part of a whole, as `0.2` or `20 %`.
    public func fraction(in bounds: Bounds = .between(0, 1)) -> Double? {
        guard let scalar = scalar(wanted: "a fraction such as 0.2 or 20 %"),
            let parsed = number(scalar, wanted: "a fraction such as 0.2 or 20 %")
        else { return nil }
        let symbol = parsed.rest.drop { $0 == " " }
        guard symbol.isEmpty || symbol == "%" else {
            report("is '\(scalar.text)'; write a fraction such as 0.2 or 20 %")
            return nil
        }
        let value = symbol.isEmpty ? parsed.value : parsed.value / 100
        return within(bounds, value, as: scalar.text, unit: "") ? value : nil
    }

    /// A whole number.
    public func integer(in range: ClosedRange<Int>) -> Int? {
        guard let scalar = scalar(wanted: "a whole number") else { return nil }
        guard scalar.isPlain else {
            report("is in quotes, which makes it a text; write \(scalar.text)")
            return nil
        }
        guard let value = Int(scalar.text) else {
            report("is '\(scalar.text)'; write a whole number from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        guard range.contains(value) else {
            report("is \(value); it must be from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return value
    }

    /// A number that starts random streams: whole, from 0 to 2⁶⁴ − 1.
    public func seed() -> UInt64? {
        guard let scalar = scalar(wanted: "a whole number") else { return nil }
        guard scalar.isPlain, let value = UInt64(scalar.text) else {
            report("is '\(scalar.text)'; write a whole number from 0 to \(UInt64.max)")
            return nil
        }
        return value
    }

    private func unitless(_ scalar: (text: String, isPlain: Bool), wanted: String) -> Double? {
        guard let parsed = number(scalar, wanted: wanted) else { return nil }
        guard parsed.rest.isEmpty else {
            report("is '\(scalar.text)'; write \(wanted) without a unit")
            return nil
        }
        return parsed.value
    }

    private func number(
        _ scalar: (text: String, isPlain: Bool), wanted: String
    ) -> (value: Double, rest: Substring)? {
        guard scalar.isPlain else {
            report("is in quotes, which makes it a text; write \(scalar.text)")
            return nil
        }
        if let parsed = Numeral.parse(scalar.text[...]) { return parsed }
        let word = scalar.text.lowercased().drop { "+-.".contains($0) }
        if word.hasPrefix("nan") || word.hasPrefix("inf") {
            report("is '\(scalar.text)'; it must be finite: write \(wanted)")
        } else if word.first?.isNumber == true {
            report("is '\(scalar.text)', which is too large; write \(wanted)")
        } else {
            report("is '\(scalar.text)'; write \(wanted)")
        }
        return nil
    }

    private func within(_ bounds: Bounds, _ value: Double, as text: String, unit: String) -> Bool {
        if bounds.contains(value) { return true }
        report("is \(text); it must be \(bounds.phrase(unit: unit))")
        return false
    }
}
