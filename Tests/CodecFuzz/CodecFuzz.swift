internal import Drivers
internal import Numerics

/// Feeds random and mutated streams to the decoders of the buses, and checks every frame they accept against a check of
/// its own, computed bit by bit from the bytes as they came.
public struct CodecFuzz: ~Copyable {
    /// What came of it.
    public struct Outcome: Equatable, Sendable {
        /// Streams fed.
        public var inputs = 0
        /// Frames accepted; all of them had a good check.
        public var frames = 0
    }

    /// What a decoder did that it must not.
    public struct Violation: Error, CustomStringConvertible {
        /// What, with the decoder and the stream.
        public var description: String
    }

    private var random: RandomStream
    private let dynamixel = DynamixelCodec()
    private let feetech = FeetechCodec()
    private let modbus = ModbusCodec()
    private var outcome = Outcome()
    private var buffer = FrameBuffer(capacity: 512)

    /// Streams from a seed.
    public init(seed: UInt64) { random = RandomStream.derived(from: seed, 0x66757A7A) }

    /// Feeds this many streams.
    ///
    /// - Throws: ``Violation`` at the first wrong answer.
    public mutating func run(inputs: Int) throws -> Outcome {
        for _ in 0..<inputs {
            let decoder = outcome.inputs % 4
            let stream = makeStream(decoder)
            switch decoder {
            case 0:
                try feed(stream, "feetech", check: Self.isFeetechFrame) { this, place, end in
                    this.feetech.scan(&this.buffer, from: place, dataCount: this.length(stream), end: end)
                }
            case 1:
                try feed(stream, "dynamixel", check: Self.isDynamixelFrame) { this, place, end in
                    this.dynamixel.scan(&this.buffer, from: place, dataCount: this.length(stream), end: end)
                }
            case 2:
                try feed(stream, "dynamixel fast", check: Self.isDynamixelFrame) { this, place, end in
                    this.dynamixel.scanFast(&this.buffer, from: place, servos: 3, dataCount: 4, end: end)
                }
            default:
                try feed(stream, "modbus", check: Self.isModbusFrame) { this, place, end in
                    this.modbus.scan(
                        this.buffer, from: place, slave: 9, function: .readInputRegisters, registers: 3, end: end)
                }
            }
            outcome.inputs += 1
        }
        return outcome
    }

    /// A length to insist on in half of the streams.
    private func length(_ stream: [UInt8]) -> Int? { stream.count % 2 == 0 ? nil : stream.count % 16 }

    private mutating func feed(
        _ stream: [UInt8], _ name: String, check: ([UInt8]) -> Bool,
        scan: (inout CodecFuzz, Int, StreamEnd) -> FrameScan
    ) throws {
        buffer.removeAll()
        stream.withUnsafeBufferPointer { buffer.append($0) }
        var place = 0
        // Bytes that unstuffing has taken out so far: what is behind them has moved up by as many.
        var removed = 0
        var steps = 0
        while steps <= stream.count + 1 {
            steps += 1
            let count = buffer.count
            let end = steps % 2 == 0 ? StreamEnd.open : .closed
            switch scan(&self, place, end) {
            case .incomplete(let start):
                guard start >= place, start <= buffer.count else { throw violation(name, stream, "start \(start)") }
                if case .closed = end { return }
                place = start
            case .frame(let frame):
                guard frame.start >= place, frame.end > frame.start, frame.dataStart >= frame.start,
                    frame.dataCount >= 0, frame.dataStart + frame.dataCount <= frame.end, frame.end <= buffer.count
                else { throw violation(name, stream, "frame \(frame)") }
                let taken = count - buffer.count
                let raw = stream[(frame.start + removed)..<(frame.end + removed + taken)]
                guard check(Array(raw)) else { throw violation(name, stream, "bad check accepted: \(frame)") }
                removed += taken
                outcome.frames += 1
                place = frame.end
            }
        }
        throw violation(name, stream, "no end after \(steps) steps")
    }

    private func violation(_ name: String, _ stream: [UInt8], _ what: String) -> Violation {
        let hex = stream.map { String($0, radix: 16) }.joined(separator: " ")
        return Violation(description: "\(name), input \(outcome.inputs): \(what) in \(hex)")
    }

    // MARK: Streams

    private mutating func byte() -> UInt8 { UInt8(truncatingIfNeeded: random.nextWord()) }
    private mutating func below(_ limit: Int) -> Int { Int(random.nextWord()) % limit }

    /// Random bytes, or good frames that were cut, joined, flipped, repeated.
    private mutating func makeStream(_ decoder: Int) -> [UInt8] {
        var stream: [UInt8] = []
        for _ in 0...below(3) {
            if below(4) == 0 { stream += noise() } else { stream += frame(decoder) }
        }
        for _ in 0..<below(4) where !stream.isEmpty {
            let place = below(stream.count)
            switch below(4) {
            case 0: stream[place] ^= 1 << UInt8(below(8))
            case 1: stream.remove(at: place)
            case 2: stream.insert(byte(), at: place)
            default: stream.removeLast(below(stream.count))
            }
        }
        return stream
    }

    /// Bytes that are often those of headers.
    private mutating func noise() -> [UInt8] {
        let usual: [UInt8] = [0xFF, 0xFF, 0xFD, 0x00, 0x55, 0x09, 0x04, 0x06]
        return (0..<below(24)).map { _ in below(2) == 0 ? usual[below(8)] : byte() }
    }

    private mutating func frame(_ decoder: Int) -> [UInt8] {
        let data = (0..<below(16)).map { _ in below(2) == 0 ? byte() : [0xFF, 0xFF, 0xFD][below(3)] }
        let id = byte()
        let error = byte()
        buffer.removeAll()
        switch decoder {
        case 0: data.withUnsafeBufferPointer { feetech.reply(id: id, error: error, data: $0, into: &buffer) }
        case 1: data.withUnsafeBufferPointer { dynamixel.reply(id: id, error: error, data: $0, into: &buffer) }
        case 2:
            dynamixel.begin(DynamixelCodec.Instruction.status.rawValue, id: 0xFE, into: &buffer)
            for servo in UInt8(1)...3 {
                let part = (0..<4).map { _ in below(2) == 0 ? byte() : [0xFF, 0xFF, 0xFD][below(3)] }
                part.withUnsafeBufferPointer {
                    dynamixel.appendFast(id: servo, error: error, data: $0, servos: 3, into: &buffer)
                }
            }
        default:
            buffer.append(9)
            buffer.append(4)
            buffer.append(6)
            for _ in 0..<6 { buffer.append(byte()) }
            modbus.finish(&buffer)
        }
        return Array(buffer.bytes)
    }

    // MARK: Checks, the slow and plain way

    private static func isFeetechFrame(_ bytes: [UInt8]) -> Bool {
        guard bytes.count >= 6, bytes[0] == 0xFF, bytes[1] == 0xFF, Int(bytes[3]) == bytes.count - 4 else {
            return false
        }
        let sum = bytes[2..<(bytes.count - 1)].reduce(0) { $0 + Int($1) }
        return bytes[bytes.count - 1] == UInt8(255 - sum % 256)
    }

    private static func isDynamixelFrame(_ bytes: [UInt8]) -> Bool {
        guard bytes.count >= 11, Array(bytes[..<4]) == [0xFF, 0xFF, 0xFD, 0],
            Int(bytes[5]) + Int(bytes[6]) * 256 == bytes.count - 7
        else { return false }
        var crc: UInt32 = 0
        for byte in bytes.dropLast(2) {
            crc ^= UInt32(byte) << 8
            for _ in 0..<8 { crc = crc & 0x8000 != 0 ? (crc << 1 ^ 0x8005) & 0xFFFF : crc << 1 & 0xFFFF }
        }
        return crc == UInt32(bytes[bytes.count - 2]) + UInt32(bytes[bytes.count - 1]) * 256
    }

    private static func isModbusFrame(_ bytes: [UInt8]) -> Bool {
        guard bytes.count >= 5 else { return false }
        var crc: UInt32 = 0xFFFF
        for byte in bytes.dropLast(2) {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 != 0 ? crc >> 1 ^ 0xA001 : crc >> 1 }
        }
        return crc == UInt32(bytes[bytes.count - 2]) + UInt32(bytes[bytes.count - 1]) * 256
    }
}
