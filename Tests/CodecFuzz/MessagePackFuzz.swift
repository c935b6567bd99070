internal import NIOCore
internal import Numerics
internal import RemotePolicies

/// Feeds random and mutated messages to the decoders of what a policy server sends: a good message comes out as it went in,
/// and nothing that is accepted lies outside of what came.
public struct MessagePackFuzz: ~Copyable {
    /// What came of it.
    public struct Outcome: Equatable, Sendable {
        /// Messages fed.
        public var inputs = 0
        /// Of those that were changed, how many still were a value.
        public var accepted = 0
        /// How many replies with actions were taken.
        public var replies = 0
    }

    private var random: RandomStream
    private var outcome = Outcome()

    /// Messages from a seed.
    public init(seed: UInt64) { random = RandomStream.derived(from: seed, 0x6D7061636B) }

    /// Feeds this many messages.
    ///
    /// - Throws: `CodecFuzz.Violation` at the first wrong answer.
    public mutating func run(inputs: Int) throws -> Outcome {
        for _ in 0..<inputs {
            outcome.inputs += 1
            let value = below(3) == 0 ? reply() : self.value(depth: 0)
            var message = ByteBuffer()
            Self.write(value, to: &message)
            guard try decoded(message) == value else {
                throw violation(message, "\(value) comes out as something else")
            }
            var changed = below(8) == 0 ? ByteBuffer(bytes: (0..<below(64)).map { _ in byte() }) : mutate(message)
            // Nothing may depend on where the bytes lie.
            var moved = ByteBuffer(repeating: 0, count: 1 + below(7))
            moved.moveReaderIndex(to: moved.writerIndex)
            moved.writeBuffer(&changed)
            try feed(moved)
        }
        return outcome
    }

    private mutating func feed(_ message: ByteBuffer) throws {
        if let value = try? MessagePackDecoder.decode(message) {
            outcome.accepted += 1
            guard Self.weight(of: value) <= message.readableBytes else {
                throw violation(message, "more comes out than came in")
            }
        }
        if let reply = try? ActionReply(message, server: "fuzz") {
            outcome.replies += 1
            guard reply.rows.allSatisfy({ $0.count == reply.size && $0.allSatisfy(\.isFinite) }),
                reply.rows.count * reply.size <= message.readableBytes
            else { throw violation(message, "actions that are none were taken") }
        }
        _ = try? ServerIntroduction(message, server: "fuzz")
    }

    private func decoded(_ message: ByteBuffer) throws -> MessagePackValue {
        do {
            return try MessagePackDecoder.decode(message)
        } catch {
            throw violation(message, "a good message is refused: \(error)")
        }
    }

    private func violation(_ message: ByteBuffer, _ what: String) -> CodecFuzz.Violation {
        let hex = message.readableBytesView.prefix(200).map { String($0, radix: 16) }.joined(separator: " ")
        return CodecFuzz.Violation(description: "messagepack, input \(outcome.inputs): \(what) in \(hex)")
    }

    /// The bytes that a value must have taken at least.
    private static func weight(of value: MessagePackValue) -> Int {
        switch value {
        case .null, .boolean, .integer, .unsigned, .number: 1
        case .text(let bytes), .binary(let bytes): 1 + bytes.readableBytes
        case .custom(_, let bytes): 2 + bytes.readableBytes
        case .array(let elements): elements.reduce(1) { $0 + weight(of: $1) }
        case .map(let pairs): pairs.reduce(1) { $0 + weight(of: $1.key) + weight(of: $1.value) }
        }
    }

    // MARK: Messages

    private mutating func byte() -> UInt8 { UInt8(truncatingIfNeeded: random.nextWord()) }
    private mutating func below(_ limit: Int) -> Int { Int(random.nextWord()) % limit }

    private mutating func bytes() -> ByteBuffer {
        let count = [0, 1, 4, 31, 32, 255, 256, 300][below(8)]
        return ByteBuffer(bytes: (0..<count).map { _ in byte() })
    }

    private mutating func text() -> ByteBuffer {
        ByteBuffer(
            string: ["", "actions", "größer", "a\u{1B}[31mb", String(repeating: "x", count: 40), "noise_shape"][
                below(6)])
    }

    private mutating func integer() -> Int {
        let wide = Int(random.nextWord()) << 32 | Int(random.nextWord())
        return wide >> below(64)
    }

    private mutating func value(depth: Int) -> MessagePackValue {
        switch below(depth < 5 ? 9 : 6) {
        case 0: .null
        case 1: .boolean(below(2) == 0)
        case 2: .integer(integer())
        case 3: .number(Double(integer()) / 3)
        case 4: .text(text())
        case 5: .binary(bytes())
        case 6: .array((0..<below(18)).map { _ in value(depth: depth + 1) })
        default: .map((0..<below(4)).map { _ in .init(key: .text(text()), value: value(depth: depth + 1)) })
        }
    }

    /// A reply like those of a server.
    private mutating func reply() -> MessagePackValue {
        let (rows, columns) = (1 + below(6), 1 + below(8))
        let type = ["<f4", "<f8", ">f4", "<f2", "|u1", "<i8"][below(6)]
        let size = NumpyType(type)?.size ?? 0
        let data = ByteBuffer(bytes: (0..<rows * columns * size).map { _ in below(4) == 0 ? byte() : 0x3C })
        func name(_ text: String) -> MessagePackValue { .binary(ByteBuffer(string: text)) }
        return .map([
            .init(
                key: .text(ByteBuffer(string: "actions")),
                value: .map([
                    .init(key: name("__ndarray__"), value: .boolean(true)),
                    .init(key: name("data"), value: .binary(data)),
                    .init(key: name("dtype"), value: .text(ByteBuffer(string: type))),
                    .init(key: name("shape"), value: .array([.integer(rows), .integer(columns)])),
                ]))
        ])
    }

    private mutating func mutate(_ message: ByteBuffer) -> ByteBuffer {
        var bytes = Array(message.readableBytesView)
        for _ in 0..<below(4) where !bytes.isEmpty {
            let place = below(bytes.count)
            switch below(5) {
            case 0: bytes[place] ^= 1 << UInt8(below(8))
            case 1: bytes.remove(at: place)
            case 2: bytes.insert(byte(), at: place)
            // Heads of long things.
            case 3: bytes[place] = [0xC6, 0xDB, 0xDD, 0xDF, 0xC9, 0xC1, 0x9F, 0x8F][below(8)]
            default: bytes.removeLast(below(bytes.count))
            }
        }
        return ByteBuffer(bytes: bytes)
    }

    private static func write(_ value: MessagePackValue, to message: inout ByteBuffer) {
        switch value {
        case .null: message.writeMessagePackNil()
        case .boolean(let value): message.writeMessagePack(value)
        case .integer(let value): message.writeMessagePack(value)
        case .unsigned(let value): message.writeMultipleIntegers(0xCF as UInt8, value)
        case .number(let value): message.writeMessagePack(value)
        case .text(let bytes): message.writeMessagePack(String(buffer: bytes))
        case .binary(let bytes):
            message.writeMessagePackBinaryHeader(count: bytes.readableBytes)
            message.writeImmutableBuffer(bytes)
        case .custom(let type, let bytes):
            message.writeMultipleIntegers(0xC9 as UInt8, UInt32(bytes.readableBytes), type)
            message.writeImmutableBuffer(bytes)
        case .array(let elements):
            message.writeMessagePackArrayHeader(count: elements.count)
            for element in elements { write(element, to: &message) }
        case .map(let pairs):
            message.writeMessagePackMapHeader(count: pairs.count)
            for pair in pairs {
                write(pair.key, to: &message)
                write(pair.value, to: &message)
            }
        }
    }
}
