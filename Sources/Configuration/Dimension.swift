/// A kind of physical quantity, and the units it may be written in.
public struct Dimension: Equatable, Sendable {
    /// A unit and how to get to the dimension's own one.
    public struct Unit: Equatable, Sendable {
        /// As it is written in a file.
        public var symbol: String
        /// What one of it is in the dimension's own unit, times ``divisor``.
        public var factor: Double
        /// See ``factor``: a division keeps `7 cm` the number that 0.07 is, which 7 × 0.01 is not.
        public var divisor: Double
        /// Whether it is another way to write a unit, not worth proposing.
        public var isVariant = false
    }

    /// With its article, such as `an angular velocity`.
    public var name: String
    /// The unit of the values in the program comes first.
    public var units: [Unit]
    /// A value for messages, in the first unit.
    public var example: Double

    /// The unit of the values in the program.
    public var unit: String { units[0].symbol }

    private init(_ name: String, example: Double, _ units: Unit...) {
        self.name = name
        self.units = units
        self.example = example
    }

    /// The value of a text such as `100 ms` in this dimension's own unit; nil if it is none.
    public func value(of text: String) -> Double? {
        guard let parsed = Numeral.parse(text[...]) else { return nil }
        let symbol = parsed.rest.drop { $0 == " " }
        return units.first { $0.symbol == symbol }.map { Self.converted(parsed.value, from: $0) }
    }

    /// A value in this dimension's own unit, from one in `unit`.
    static func converted(_ value: Double, from unit: Unit) -> Double { value * unit.factor / unit.divisor }

    /// The units to write it in, such as `rad/s or deg/s`.
    public var choices: String {
        let symbols = units.filter { !$0.isVariant }.map(\.symbol)
        guard symbols.count > 1, let last = symbols.last else { return unit }
        return symbols.dropLast().joined(separator: ", ") + " or " + last
    }

    private static func unit(_ symbol: String, _ factor: Double, per divisor: Double = 1) -> Unit {
        Unit(symbol: symbol, factor: factor, divisor: divisor)
    }
    private static func variant(_ symbol: String, _ factor: Double, per divisor: Double = 1) -> Unit {
        Unit(symbol: symbol, factor: factor, divisor: divisor, isVariant: true)
    }
    private static var degree: Double { .pi / 180 }

    /// rad, deg.
    public static let radians = Dimension("an angle", example: 0.5, unit("rad", 1), unit("deg", degree))
    /// rad/s, deg/s.
    public static let radiansPerSecond = Dimension(
        "an angular velocity", example: 2.175, unit("rad/s", 1), unit("deg/s", degree))
    /// rad/s², deg/s².
    public static let radiansPerSecondSquared = Dimension(
        "an angular acceleration", example: 15, unit("rad/s^2", 1), unit("deg/s^2", degree), variant("rad/s²", 1),
        variant("deg/s²", degree))
    /// rad/s³, deg/s³.
    public static let radiansPerSecondCubed = Dimension(
        "an angular jerk", example: 7500, unit("rad/s^3", 1), unit("deg/s^3", degree), variant("rad/s³", 1),
        variant("deg/s³", degree))
    /// m, cm, mm.
    public static let metres = Dimension(
        "a length", example: 0.05, unit("m", 1), unit("cm", 1, per: 100), unit("mm", 1, per: 1000))
    /// m/s, cm/s, mm/s.
    public static let metresPerSecond = Dimension(
        "a velocity", example: 0.2, unit("m/s", 1), unit("cm/s", 1, per: 100), unit("mm/s", 1, per: 1000))
    /// N.
    public static let newtons = Dimension("a force", example: 20, unit("N", 1))
    /// N·m.
    public static let newtonMetres = Dimension(
        "a torque", example: 12, unit("N*m", 1), variant("N·m", 1), variant("Nm", 1))
    /// N·m/s.
    public static let newtonMetresPerSecond = Dimension(
        "a torque rate", example: 1000, unit("N*m/s", 1), variant("N·m/s", 1), variant("Nm/s", 1))
    /// N·m/rad.
    public static let newtonMetresPerRadian = Dimension(
        "a rotational stiffness", example: 60, unit("N*m/rad", 1), variant("N·m/rad", 1), variant("Nm/rad", 1))
    /// N·m·s/rad.
    public static let newtonMetreSecondsPerRadian = Dimension(
        "a rotational damping", example: 4, unit("N*m*s/rad", 1), variant("N·m·s/rad", 1), variant("Nms/rad", 1))
    /// N/m.
    public static let newtonsPerMetre = Dimension("a stiffness", example: 200, unit("N/m", 1))
    /// 1/s², an acceleration for each unit of error.
    public static let perSecondSquared = Dimension(
        "an acceleration gain", example: 150, unit("1/s^2", 1), variant("1/s²", 1))
    /// kg, g.
    public static let kilograms = Dimension("a mass", example: 0.5, unit("kg", 1), unit("g", 1, per: 1000))
    /// s, ms, µs, ns.
    public static let seconds = Dimension(
        "a duration", example: 0.5, unit("s", 1), unit("ms", 1, per: 1000), unit("us", 1, per: 1e6),
        unit("ns", 1, per: 1e9),
        variant("µs", 1, per: 1e6), variant("μs", 1, per: 1e6))
    /// Hz, kHz.
    public static let hertz = Dimension("a frequency", example: 500, unit("Hz", 1), unit("kHz", 1000))
    /// °C.
    public static let degreesCelsius = Dimension("a temperature", example: 60, unit("degC", 1), variant("°C", 1))
    /// V, mV.
    public static let volts = Dimension("a voltage", example: 12, unit("V", 1), unit("mV", 1, per: 1000))
    /// A, mA.
    public static let amperes = Dimension("a current", example: 1.5, unit("A", 1), unit("mA", 1, per: 1000))
    /// B, KiB, MiB.
    public static let bytes = Dimension(
        "a size", example: 4096, unit("B", 1), unit("KiB", 1024), unit("MiB", 1_048_576))
    /// %: 100 of them are one.
    public static let fraction = Dimension("a percentage", example: 50, unit("%", 1, per: 100))

    /// Every dimension there is.
    public static let all: [Dimension] = [
        .radians, .radiansPerSecond, .radiansPerSecondSquared, .radiansPerSecondCubed, .metres, .metresPerSecond,
        .newtons, .newtonMetres, .newtonMetresPerSecond, .newtonMetresPerRadian, .newtonMetreSecondsPerRadian,
        .newtonsPerMetre, .perSecondSquared, .kilograms, .seconds, .hertz, .degreesCelsius, .volts, .amperes, .bytes,
        .fraction,
    ]
}
