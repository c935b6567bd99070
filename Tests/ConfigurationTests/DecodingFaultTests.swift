import Configuration
import Testing

private enum Colour: String, CaseIterable {
    case red, green, blue
}

@Suite struct DecodingFaultTests {
    @Test func misspeltKeysAreNamedWithTheNearestKnownOne() {
        #expect(
            faults("velocty: 1 rad/s\n") { _ = $0.quantity("velocity", .radiansPerSecond) } == [
                "t.yaml:1:1: unknown key 'velocty'; did you mean 'velocity'?"
            ])
    }

    @Test func otherUnknownKeysComeWithTheKnownOnes() {
        #expect(
            faults("a: 1\nb: 2\ncolour: 3\n") { _ = ($0.number("a"), $0.number("b")) } == [
                "t.yaml:3:1: unknown key 'colour'; the keys here are a, b"
            ])
        #expect(
            faults("rate: 1 Hz\nrates: 2 Hz\n") { _ = $0.quantity("rate", .hertz) } == [
                "t.yaml:2:1: unknown key 'rates'; there is a 'rate' already: remove this one"
            ])
    }

    @Test func missingKeysAreReportedAtTheirMapping() {
        #expect(
            faults("joint: {}\n") { file in
                file.mapping("joint") { _ = ($0.quantity("velocity", .radiansPerSecond), $0.string("name")) }
            } == [
                "t.yaml:1:1: missing key 'velocity'; write velocity: an angular velocity in rad/s or deg/s",
                "t.yaml:1:1: missing key 'name'; write name: a text",
            ])
    }

    @Test func aMissingMappingIsOneFault() {
        #expect(
            faults("a: 1\n") { file in
                _ = file.number("a")
                file.mapping("b") { _ = ($0.number("c"), $0.string("d")) }
            } == ["t.yaml:1:1: missing key 'b'; write b: a mapping with keys"])
        #expect(
            faults("b: 1\n") { file in file.mapping("b") { _ = ($0.number("c"), $0.string("d")) } } == [
                "t.yaml:1:4: b is '1'; write a mapping with keys"
            ])
    }

    @Test func optionalMappingsUseTheirDefaultsAndStillRequireWhatTheyRequire() {
        let usesDefault = decoded("a: 1\n") { file in
            file.number("a") == 1 && file.optionalMapping("b") { $0.integer("c", in: 0...9, default: 4) } == 4
        }
        #expect(usesDefault)
        let found = faults("a: 1\n") { file in
            _ = file.number("a")
            _ = file.optionalMapping("b") { $0.integer("c", in: 0...9) }
        }
        #expect(found == ["t.yaml:1:1: missing key 'c'; write c: a whole number from 0 to 9"])
    }

    @Test(arguments: [
        ("reed", "t.yaml:1:4: x cannot be 'reed'; did you mean 'red'? It is one of red, green, blue"),
        ("yellow", "t.yaml:1:4: x cannot be 'yellow'; write one of red, green, blue"),
        ("[red]", "t.yaml:1:4: x is a list; write one of red, green, blue"),
    ])
    func choices(text: String, fault: String) {
        #expect(faults("x: \(text)\n") { _ = $0.choice("x", standIn: Colour.red) } == [fault])
        #expect(decoded("x: green\n") { $0.choice("x", standIn: Colour.red) == .green })
    }

    @Test(arguments: [
        ("yes", "t.yaml:1:4: x is 'yes'; write true or false"),
        ("'true'", "t.yaml:1:4: x is 'true'; write true or false"),
        ("1", "t.yaml:1:4: x is '1'; write true or false"),
    ])
    func truths(text: String, fault: String) {
        #expect(faults("x: \(text)\n") { _ = $0.boolean("x") } == [fault])
        #expect(decoded("x: true\n") { $0.boolean("x") })
    }

    @Test(arguments: [
        ("1.5", "t.yaml:1:4: x is '1.5'; write a whole number from 1 to 8"),
        ("9", "t.yaml:1:4: x is 9; it must be from 1 to 8"),
        ("99999999999999999999", "t.yaml:1:4: x is '99999999999999999999'; write a whole number from 1 to 8"),
        ("'3'", "t.yaml:1:4: x is in quotes, which makes it a text; write 3"),
        ("many", "t.yaml:1:4: x is 'many'; write a whole number from 1 to 8"),
    ])
    func wholeNumbers(text: String, fault: String) {
        #expect(faults("x: \(text)\n") { _ = $0.integer("x", in: 1...8) } == [fault])
        #expect(decoded("x: 3\n") { $0.integer("x", in: 1...8) == 3 })
    }

    @Test func seedsUseAllSixtyFourBits() {
        #expect(decoded("x: 18446744073709551615\n") { $0.seed("x") == .max })
        #expect(
            faults("x: -1\n") { _ = $0.seed("x") } == [
                "t.yaml:1:4: x is '-1'; write a whole number from 0 to 18446744073709551615"
            ])
    }

    @Test(arguments: [
        ("1.5", "t.yaml:1:4: x is 1.5; it must be at least 0 and at most 1"),
        ("150 %", "t.yaml:1:4: x is 150 %; it must be at least 0 and at most 1"),
        ("0.5 m", "t.yaml:1:4: x is '0.5 m'; write a fraction such as 0.2 or 20 %"),
    ])
    func fractions(text: String, fault: String) {
        #expect(faults("x: \(text)\n") { _ = $0.fraction("x") } == [fault])
        #expect(decoded("x: 7 %\n") { $0.fraction("x") == 0.07 })
    }

    @Test func listsNameTheirElements() {
        #expect(
            faults("x: [1 m, 2, z]\n") { _ = $0.vector("x", .metres) } == [
                "t.yaml:1:10: x[1] has no unit; write 2 m",
                "t.yaml:1:13: x[2] is 'z'; write a length such as 0.05 m",
            ])
        #expect(faults("x: [1 m]\n") { _ = $0.vector("x", .metres) } == ["t.yaml:1:4: x has 1 entry; it needs 3"])
        #expect(
            faults("x: []\n") { _ = $0.sequence("x", count: 1...8) } == ["t.yaml:1:4: x has 0 entries; it needs 1 to 8"]
        )
        #expect(faults("x: 1 m\n") { _ = $0.vector("x", .metres) } == ["t.yaml:1:4: x is '1 m'; write a list"])
    }

    @Test func allFaultsComeAtOnceByPlace() {
        let text = """
            name: ''
            rate: 500
            rate: 1 Hz
            colour: yelow
            inner:
              lenght: 3 m
              width: -1 m
            extra: 1
            """
        let found = faults(text) { file in
            file.mapping("inner") { inner in
                _ = inner.quantity("width", .metres, in: .positive)
                _ = inner.quantity("length", .metres)
            }
            _ = file.choice("colour", standIn: Colour.red)
            _ = file.quantity("rate", .hertz)
            _ = file.string("name")
            _ = file.boolean("armed")
        }
        #expect(
            found == [
                "t.yaml:1:1: missing key 'armed'; write armed: true or false",
                "t.yaml:1:7: name is empty; write a text",
                "t.yaml:2:7: rate has no unit; write 500 Hz",
                "t.yaml:3:1: key 'rate' is here a second time; the first is on line 2",
                "t.yaml:4:9: colour cannot be 'yelow'; write one of red, green, blue",
                "t.yaml:6:3: unknown key 'lenght'; did you mean 'length'?",
                "t.yaml:7:10: width is -1 m; it must be above 0 m",
                "t.yaml:8:1: unknown key 'extra'; the keys here are inner, colour, rate, name, armed",
            ])
    }

    @Test func pathsCountFromTheFilesFolder() throws {
        let document = try Document(text: "a: ../b/c.xml\nd: /e/f.xml\ng: ./../h", path: "/none/such/t.yaml")
        let paths = try document.decode { [$0.path("a"), $0.path("d"), $0.path("g")] }
        #expect(paths == ["/none/b/c.xml", "/e/f.xml", "/none/h"])
    }
}
