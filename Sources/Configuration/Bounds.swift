/// The values that a number in a file may have.
public struct Bounds: Equatable, Sendable {
    /// One end of the range.
    public enum End: Equatable, Sendable {
        /// There is no end on this side.
        case open
        /// The end itself is allowed.
        case including(Double)
        /// The end itself is not allowed.
        case excluding(Double)
    }

    /// The lower end.
    public var lower: End
    /// The upper end.
    public var upper: End

    /// Takes its ends.
    public init(lower: End = .open, upper: End = .open) {
        self.lower = lower
        self.upper = upper
    }

    /// Any finite number.
    public static var any: Bounds { Bounds() }
    /// Above 0.
    public static var positive: Bounds { Bounds(lower: .excluding(0)) }
    /// 0 or more.
    public static var notNegative: Bounds { Bounds(lower: .including(0)) }
    /// From `lower` through `upper`.
    public static func between(_ lower: Double, _ upper: Double) -> Bounds {
        Bounds(lower: .including(lower), upper: .including(upper))
    }
    /// Above `lower`, through `upper`.
    public static func above(_ lower: Double, through upper: Double) -> Bounds {
        Bounds(lower: .excluding(lower), upper: .including(upper))
    }

    /// Whether a value is allowed; one that is not a number never is.
    public func contains(_ value: Double) -> Bool {
        let aboveLower: Bool
        switch lower {
        case .open: aboveLower = value > -.infinity
        case .including(let end): aboveLower = value >= end
        case .excluding(let end): aboveLower = value > end
        }
        switch upper {
        case .open: return aboveLower && value < .infinity
        case .including(let end): return aboveLower && value <= end
        case .excluding(let end): return aboveLower && value < end
        }
    }

    /// The range in words, such as `above 0 rad/s and at most 10 rad/s`.
    func phrase(unit: String) -> String {
        func written(_ value: Double) -> String {
            Numeral.text(value) + (unit.isEmpty ? "" : " " + unit)
        }
        var parts: [String] = []
        switch lower {
        case .open: break
        case .including(let end): parts.append("at least \(written(end))")
        case .excluding(let end): parts.append("above \(written(end))")
        }
        switch upper {
        case .open: break
        case .including(let end): parts.append("at most \(written(end))")
        case .excluding(let end): parts.append("below \(written(end))")
        }
        return parts.isEmpty ? "finite" : parts.joined(separator: " and ")
    }
}
