import Configuration
import Testing

@Suite struct QuantityTests {
    /// The value of `x` in the text, or nil if the text has a fault.
    private func quantity(_ text: String, _ dimension: Dimension) -> Double? {
        try? Document(text: "x: \(text)", path: "t.yaml").decode { $0.quantity("x", dimension) }
    }

    @Test func unitsBecomeSI() {
        let degree = Double.pi / 180
        let known: [(String, Dimension, Double)] = [
            ("-2.8973 rad", .radians, -2.8973), ("90 deg", .radians, 90 * degree),
            ("2.175 rad/s", .radiansPerSecond, 2.175), ("180 deg/s", .radiansPerSecond, .pi),
            ("15 rad/s^2", .radiansPerSecondSquared, 15), ("15 rad/s²", .radiansPerSecondSquared, 15),
            ("7.5e3 rad/s^3", .radiansPerSecondCubed, 7500), ("0.1034 m", .metres, 0.1034), ("7 cm", .metres, 0.07),
            ("103.4 mm", .metres, 0.1034), ("0.2 m/s", .metresPerSecond, 0.2), ("70 N", .newtons, 70),
            ("87 N*m", .newtonMetres, 87), ("87 N·m", .newtonMetres, 87), ("87 Nm", .newtonMetres, 87),
            ("1000 N*m/s", .newtonMetresPerSecond, 1000), ("600 N*m/rad", .newtonMetresPerRadian, 600),
            ("4 N*m*s/rad", .newtonMetreSecondsPerRadian, 4), ("200 N/m", .newtonsPerMetre, 200),
            ("150 1/s^2", .perSecondSquared, 150), ("0.5 kg", .kilograms, 0.5), ("1 s", .seconds, 1),
            ("150 ms", .seconds, 0.15), ("150 us", .seconds, 0.00015), ("150 µs", .seconds, 0.00015),
            ("20 ns", .seconds, 2e-8), ("500 Hz", .hertz, 500), ("1 kHz", .hertz, 1000),
            ("60 degC", .degreesCelsius, 60), ("12 V", .volts, 12), ("900 mA", .amperes, 0.9), ("20 %", .fraction, 0.2),
            ("512 KiB", .bytes, 524_288), ("+1.5E-2m", .metres, 0.015), ("3   m", .metres, 3),
        ]
        for (text, dimension, value) in known {
            #expect(quantity(text, dimension) == value, "\(text)")
        }
    }

    @Test func aTextThatStandsInNoFileIsReadAlike() {
        #expect(Dimension.seconds.value(of: "200ms") == 0.2 && Dimension.seconds.value(of: "0.2 s") == 0.2)
        #expect(Dimension.metres.value(of: "7 cm") == 0.07)
        for text in ["", "200", "ms", "200 cm", "200 ms later", "nan s", "1e999 s"] {
            #expect(Dimension.seconds.value(of: text) == nil, "\(text)")
        }
    }

    @Test func everyDimensionReadsItsOwnUnitsAndNoOther() {
        for dimension in Dimension.all {
            for other in Dimension.all {
                for unit in other.units {
                    let isOwn = dimension.units.contains { $0.symbol == unit.symbol }
                    #expect((quantity("3 \(unit.symbol)", dimension) != nil) == isOwn, "\(unit.symbol)")
                }
            }
        }
    }

    @Test func aNumberWrittenOutReadsBackTheSame() {
        var generator = SeededGenerator(state: 7)
        for _ in 0..<2000 {
            let value = Double(bitPattern: generator.next())
            guard value.isFinite else { continue }
            #expect(quantity("\(Numeral.text(value)) m", .metres) == value)
        }
    }

    @Test(arguments: [
        ("2.175", "x has no unit; write 2.175 rad/s"),
        (
            "2.175 kg",
            "x is in 'kg', but an angular velocity is written in rad/s or deg/s; write 2.175 rad/s if that is meant"
        ),
        ("fast", "x is 'fast'; write an angular velocity such as 2.175 rad/s"),
        ("", "x is empty; write an angular velocity such as 2.175 rad/s"),
        ("~", "x is empty; write an angular velocity such as 2.175 rad/s"),
        ("[1 rad/s]", "x is a list; write an angular velocity such as 2.175 rad/s"),
        ("{a: 1}", "x is a mapping; write an angular velocity such as 2.175 rad/s"),
        (".nan", "x is '.nan'; it must be finite: write an angular velocity such as 2.175 rad/s"),
        ("-inf rad/s", "x is '-inf rad/s'; it must be finite: write an angular velocity such as 2.175 rad/s"),
        ("1e999 rad/s", "x is '1e999 rad/s', which is too large; write an angular velocity such as 2.175 rad/s"),
        (
            "0x10 rad/s",
            "x is in 'x10 rad/s', but an angular velocity is written in rad/s or deg/s; write 0 rad/s if that is meant"
        ),
        ("'2.175 rad/s'", "x is in quotes, which makes it a text; write 2.175 rad/s"),
        ("0 rad/s", "x is 0 rad/s; it must be above 0 rad/s and at most 100 rad/s"),
        ("6000 deg/s", "x is 6000 deg/s; it must be above 0 rad/s and at most 100 rad/s"),
    ])
    func faultyQuantities(text: String, message: String) {
        let found = faults("x: \(text)\n") { _ = $0.quantity("x", .radiansPerSecond, in: .above(0, through: 100)) }
        #expect(found == ["t.yaml:1:\(text.isEmpty ? 3 : 4): \(message)"])
    }
}

/// A random number generator with a seed (SplitMix64, by Sebastiano Vigna, public domain constants).
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
