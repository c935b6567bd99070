import Testing

@testable import Numerics

@Suite struct FingerprintTests {
    /// Known answers of FNV-1a with 64 bits over bytes, as its authors give them.
    @Test(arguments: [
        ("", 0xcbf2_9ce4_8422_2325 as UInt64), ("a", 0xaf63_dc4c_8601_ec8c), ("foobar", 0x8594_4171_f739_67e8),
    ])
    func bytes(text: String, value: UInt64) {
        var fingerprint = Fingerprint()
        Array(text.utf8).withUnsafeBytes { fingerprint.add($0) }
        #expect(fingerprint.value == value)
    }

    /// Eight bytes are one word, wherever they lie, and what is left over counts.
    @Test func words() {
        let bytes = Array(UInt8(0)...18)
        func value(_ range: Range<Int>) -> UInt64 {
            var fingerprint = Fingerprint()
            bytes.withUnsafeBytes { fingerprint.addWords(UnsafeRawBufferPointer(rebasing: $0[range])) }
            return fingerprint.value
        }
        var wanted = Fingerprint()
        wanted.add(0x0807_0605_0403_0201)
        #expect(value(1..<9) == wanted.value)
        wanted.add(0x100f_0e0d_0c0b_0a09)
        wanted.add(17)
        #expect(value(1..<18) == wanted.value)
        #expect(value(1..<18) != value(1..<17) && value(0..<0) == Fingerprint().value)
    }

    @Test func numbers() {
        var (some, same, others) = (Fingerprint(), Fingerprint(), Fingerprint())
        some.add([1, -0.5] as [Float])
        same.add(2)
        same.add(UInt64(Float(1).bitPattern))
        same.add(UInt64(Float(-0.5).bitPattern))
        // Zero and minus zero are different bits.
        others.add([1, 0] as [Float])
        #expect(some.value == same.value && some.value != others.value)
        var going = Fingerprint(others.value)
        others.add(7)
        going.add(7)
        #expect(going.value == others.value)
    }
}
