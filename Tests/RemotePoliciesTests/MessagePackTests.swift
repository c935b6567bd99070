import CodecFuzz
import NIOCore
import RemotePolicies
import Testing

@Suite struct MessagePackTests {
    /// What openpi's Python side writes for `{"actions": f32[[1, 2]], "server_timing": {"infer_ms": 1.5}}`.
    static let golden: [UInt8] =
        [0x82, 0xA7] + Array("actions".utf8) + [0x84, 0xC4, 0x0B] + Array("__ndarray__".utf8) + [0xC3, 0xC4, 0x04]
        + Array("data".utf8) + [0xC4, 0x08, 0, 0, 0x80, 0x3F, 0, 0, 0, 0x40, 0xC4, 0x05] + Array("dtype".utf8)
        + [0xA3] + Array("<f4".utf8) + [0xC4, 0x05] + Array("shape".utf8) + [0x92, 0x01, 0x02, 0xAD]
        + Array("server_timing".utf8) + [0x81, 0xA8] + Array("infer_ms".utf8) + [0xCB, 0x3F, 0xF8, 0, 0, 0, 0, 0, 0]

    @Test func writesWhatPythonWrites() {
        var message = ByteBuffer()
        message.writeMessagePackMapHeader(count: 2)
        message.writeMessagePack("actions")
        message.writeNumpyArray(.float32, shape: [1, 2], [1, 2])
        message.writeMessagePack("server_timing")
        message.writeMessagePackMapHeader(count: 1)
        message.writeMessagePack("infer_ms")
        message.writeMessagePack(1.5)
        #expect(Array(message.readableBytesView) == Self.golden)
    }

    @Test func readsWhatPythonWrites() throws {
        let value = try MessagePackDecoder.decode(ByteBuffer(bytes: Self.golden))
        let actions = try #require(try value["actions"].flatMap { try NumpyArray($0) })
        #expect(actions.shape == [1, 2])
        #expect(actions.floats == [1, 2])
        #expect(value["server_timing"]?["infer_ms"] == .number(1.5))
    }

    @Test(
        arguments: [
            (0, [0x00]), (127, [0x7F]), (128, [0xCC, 0x80]), (256, [0xCD, 0x01, 0x00]), (65_536, [0xCE, 0, 1, 0, 0]),
            (-1, [0xFF]), (-32, [0xE0]), (-33, [0xD0, 0xDF]), (-129, [0xD1, 0xFF, 0x7F]),
            (1 << 32, [0xCF, 0, 0, 0, 1, 0, 0, 0, 0]), (Int.min, [0xD3, 0x80, 0, 0, 0, 0, 0, 0, 0]),
        ] as [(Int, [UInt8])])
    func writesIntegersInTheirShortestForm(value: Int, bytes: [UInt8]) throws {
        var message = ByteBuffer()
        message.writeMessagePack(value)
        #expect(Array(message.readableBytesView) == bytes)
        #expect(try MessagePackDecoder.decode(message) == .integer(value))
    }

    @Test(
        arguments: [
            ([], .truncated), ([0xC1], .reserved), ([0xC0, 0xC0], .trailing(bytes: 1)), ([0xA2, 0xC3, 0x28], .badText),
            // Two thousand million elements, and a map and a binary of four thousand million: announced, not there.
            ([0xDD, 0x80, 0, 0, 0], .truncated), ([0xDF, 0xFF, 0xFF, 0xFF, 0xFF, 0xC0], .truncated),
            ([0xC6, 0xFF, 0xFF, 0xFF, 0xFF, 1], .truncated),
            (Array(repeating: 0x91, count: 40) + [0xC0], .tooDeep(limit: MessagePackDecoder.depthLimit)),
        ] as [([UInt8], MessagePackError)])
    func refusesWhatIsNoValue(bytes: [UInt8], error: MessagePackError) {
        #expect(throws: error) { try MessagePackDecoder.decode(ByteBuffer(bytes: bytes)) }
    }

    @Test func refusesTooManyValues() {
        let count = MessagePackDecoder.valueLimit + 1
        var message = ByteBuffer()
        message.writeMessagePackArrayHeader(count: count)
        message.writeRepeatingByte(0xC0, count: count)
        #expect(throws: MessagePackError.tooManyValues(limit: MessagePackDecoder.valueLimit)) {
            try MessagePackDecoder.decode(message)
        }
    }

    @Test func textsAndBinariesAreSlicesOfTheMessage() throws {
        var message = ByteBuffer()
        message.writeMessagePackBinaryHeader(count: 1 << 20)
        message.writeRepeatingByte(7, count: 1 << 20)
        guard case .binary(let slice) = try MessagePackDecoder.decode(message) else {
            Issue.record("no binary")
            return
        }
        let whole = message.withUnsafeReadableBytes { UInt(bitPattern: $0.baseAddress) }
        let part = slice.withUnsafeReadableBytes { UInt(bitPattern: $0.baseAddress) }
        #expect(part == whole + 5)
    }

    @Test(arguments: [UInt64(1), 2]) func noMessageFoolsTheDecoders(seed: UInt64) throws {
        var fuzz = MessagePackFuzz(seed: seed)
        let outcome = try fuzz.run(inputs: 4000)
        #expect(outcome.accepted > 1000 && outcome.replies > 300, "\(outcome): too broken to say anything")
    }
}
