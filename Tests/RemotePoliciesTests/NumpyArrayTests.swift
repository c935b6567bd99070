import NIOCore
import RemotePolicies
import Testing

@Suite struct NumpyArrayTests {
    private func array(_ type: String, _ shape: [Int], _ data: [UInt8]) throws -> NumpyArray? {
        // One byte before it: nothing may depend on where the bytes lie.
        var bytes = ByteBuffer(bytes: [0] + data)
        bytes.moveReaderIndex(forwardBy: 1)
        func name(_ text: String) -> MessagePackValue { .text(ByteBuffer(string: text)) }
        return try NumpyArray(
            .map([
                .init(key: name("__ndarray__"), value: .boolean(true)),
                .init(key: name("dtype"), value: name(type)),
                .init(key: name("shape"), value: .array(shape.map { .integer($0) })),
                .init(key: name("data"), value: .binary(bytes)),
            ]))
    }

    @Test(
        arguments: [
            ("<f4", [0, 0, 0xC0, 0x3F]), (">f4", [0x3F, 0xC0, 0, 0]), ("<f8", [0, 0, 0, 0, 0, 0, 0xF8, 0x3F]),
            (">f8", [0x3F, 0xF8, 0, 0, 0, 0, 0, 0]), ("<f2", [0x00, 0x3E]), (">f2", [0x3E, 0x00]),
        ] as [(String, [UInt8])])
    func readsFloats(type: String, bytes: [UInt8]) throws {
        #expect(try array(type, [2], bytes + bytes)?.floats == [1.5, 1.5])
    }

    @Test(
        arguments: [
            ("|i1", [0xFE], -2), ("|u1", [0xFE], 254), ("<i2", [0xFE, 0xFF], -2), (">u2", [0x01, 0x00], 256),
            ("<i4", [0xFE, 0xFF, 0xFF, 0xFF], -2), ("<u4", [0, 0, 1, 0], 65_536),
            ("<i8", [0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], -2), (">u8", [0, 0, 0, 0, 0, 0, 0, 9], 9),
            ("|b1", [3], 1),
        ] as [(String, [UInt8], Float)])
    func readsWholeNumbers(type: String, bytes: [UInt8], number: Float) throws {
        #expect(try array(type, [1], bytes)?.floats == [number])
    }

    @Test func aSingleNumberHasNoAxes() throws {
        let array = try #require(try array("<f4", [], [0, 0, 0x80, 0x3F]))
        #expect(array.shape.isEmpty)
        #expect(array.floats == [1])
    }

    @Test(
        arguments: [
            ("<f4", [2], 4), ("<f4", [2], 12), ("<f4", [-1], 4), ("<f4", [Int.max, 4], 4),
            ("<f4", [1 << 40, 1 << 40], 0),
            ("<f4", [Int.max / 2], 4), ("<c8", [1], 8), ("|O8", [1], 8), ("<U3", [1], 12), ("<f3", [1], 3),
            ("", [1], 4),
        ] as [(String, [Int], Int)])
    func refusesWhatIsNone(type: String, shape: [Int], bytes: Int) {
        #expect(throws: NumpyArray.Fault.self) { try array(type, shape, Array(repeating: 0, count: bytes)) }
    }

    @Test func aMapThatDoesNotSayThatItIsOneIsNone() throws {
        #expect(try NumpyArray(.map([])) == nil)
        #expect(try NumpyArray(.integer(3)) == nil)
    }
}
