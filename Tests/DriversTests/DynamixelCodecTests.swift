import Testing

@testable import Drivers

/// Bytes as ROBOTIS' e-manual and SDK have them.
@Suite struct DynamixelCodecTests {
    private let codec = DynamixelCodec()

    private func request(_ instruction: DynamixelCodec.Instruction, _ id: UInt8, _ parameters: [UInt8]) -> [UInt8] {
        var buffer = FrameBuffer(capacity: 256)
        codec.begin(instruction.rawValue, id: id, into: &buffer)
        for byte in parameters { buffer.append(byte) }
        codec.finish(&buffer)
        return buffer.contents
    }

    private static let six = (1...6).map { "0\($0)00080000" }.joined()

    @Test(arguments: [
        (DynamixelCodec.Instruction.ping, UInt8(1), "", "fffffd00 01 0300 01 194e"),
        (.ping, 0xFE, "", "fffffd00 fe 0300 01 3142"),
        (.read, 1, "8400 0400", "fffffd00 01 0700 02 8400 0400 1d15"),
        (.write, 1, "7400 00020000", "fffffd00 01 0900 03 7400 00020000 ca89"),
        (.syncRead, 0xFE, "8400 0400 01 02", "fffffd00 fe 0900 82 8400 0400 01 02 cefa"),
        (.syncRead, 0xFE, "8400 0400 010203040506", "fffffd00 fe 0d00 82 8400 0400 010203040506 b29b"),
        (.fastSyncRead, 0xFE, "8400 0400 01 02", "fffffd00 fe 0900 8a 8400 0400 01 02 4d72"),
        (
            .syncWrite, 0xFE, "7400 0400 01 96000000 02 aa000000",
            "fffffd00 fe 1100 83 7400 0400 01 96000000 02 aa000000 8287"
        ),
        (.syncWrite, 0xFE, "7400 0400" + six, "fffffd00 fe 2500 83 7400 0400" + six + "81bb"),
        (
            .syncWrite, 0xFE, "4000 0100 0100 0200 0300 0400 0500 0600",
            "fffffd00 fe 1300 83 4000 0100 0100 0200 0300 0400 0500 0600 56fd"
        ),
        (.write, 1, "4000 01", "fffffd00 01 0600 03 4000 01 db66"),
        (.write, 6, "0b00 05", "fffffd00 06 0600 03 0b00 05 2f64"),
        (.write, 1, "6200 05", "fffffd00 01 0600 03 6200 05 68e4"),
        (.write, 1, "6200 00", "fffffd00 01 0600 03 6200 00 76e4"),
        (.reboot, 1, "", "fffffd00 01 0300 08 2f4e"),
        (.clear, 1, "0144584c22", "fffffd00 01 0800 10 0144584c22 b1dc"),
        (.bulkRead, 0xFE, "01 9000 0200 02 9200 0100", "fffffd00 fe 0d00 92 01 9000 0200 02 9200 0100 1a05"),
        (.write, 1, "7400 fffffd00", "fffffd00 01 0a00 03 7400 ffff fd fd 00 21e7"),
        (.read, 1, "8000 0800", "fffffd00 01 0700 02 8000 0800 1eed"),
        (.read, 1, "7e00 0a00", "fffffd00 01 0700 02 7e00 0a00 36f9"),
    ])
    func requestsHaveTheMakersBytes(
        instruction: DynamixelCodec.Instruction, id: UInt8, parameters: String, expected: String
    ) {
        #expect(request(instruction, id, bytes(parameters)) == bytes(expected))
    }

    @Test func repliesAreRead() throws {
        var ping = FrameBuffer.of(bytes("fffffd00 01 0700 55 00 0604 26 655d"))
        let pinged = try #require(codec.scan(&ping, from: 0, dataCount: 3).found)
        #expect(pinged.id == 1 && ping.data(of: pinged) == [0x06, 0x04, 0x26])

        var position = FrameBuffer.of(bytes("fffffd00 01 0800 55 00 a6000000 8cc0"))
        let positioned = try #require(codec.scan(&position, from: 0, dataCount: 4).found)
        #expect(position.littleEndian(at: positioned.dataStart, width: 4) == 166)

        var acknowledgement = FrameBuffer.of(bytes("fffffd00 01 0400 55 00 a10c"))
        let acknowledged = try #require(codec.scan(&acknowledgement, from: 0, dataCount: 0).found)
        #expect(acknowledged.error == 0 && acknowledged.dataCount == 0)
    }

    /// A servo that turns backwards slowly and stands at 2045 sends a header's bytes in the middle of its data.
    @Test func stuffingIsTakenOut() throws {
        let stream = bytes("fffffd00 01 0d00 55 00 ecffffff fd fd 070000 c352")
        var buffer = FrameBuffer.of(stream + bytes("fffffd00 02 0400 55 00") + [0, 0])
        let frame = try #require(codec.scan(&buffer, from: 0, dataCount: 8).found)
        #expect(buffer.data(of: frame) == bytes("ecffffff fd070000"))
        #expect(DynamixelRegister.presentVelocity.read(from: buffer, at: frame.dataStart, blockAddress: 128) == -20)
        #expect(DynamixelRegister.presentPosition.read(from: buffer, at: frame.dataStart, blockAddress: 128) == 2045)
        // What follows is where the frame says.
        #expect(buffer[frame.end] == 0xFF && buffer[frame.end + 4] == 2)
    }

    @Test func whatIsStuffedComesBack() throws {
        for data in ["fffffd", "fffffdfd", "fffffdfffffd", "fdfffffd00fffffdfdfd", "ff", "ffffff", "fffffffd"] {
            let raw = bytes(data)
            var buffer = FrameBuffer(capacity: 128)
            raw.withUnsafeBufferPointer { codec.reply(id: 7, error: 0, data: $0, into: &buffer) }
            for place in 4..<(buffer.count - 3) {
                let window = (0..<4).map { buffer[place + $0] }
                #expect(window != [0xFF, 0xFF, 0xFD, 0x00], "a header inside of \(data)")
            }
            let frame = try #require(codec.scan(&buffer, from: 0, dataCount: raw.count).found, "\(data)")
            #expect(buffer.data(of: frame) == raw)
        }
    }

    /// Were the stuffing taken out of it, its data could pass for a frame.
    @Test func aFrameOfAnotherLengthIsPassedOverAsAWhole() throws {
        let inner = bytes("fffffd00 01 0400 55 00 a10c")
        var buffer = FrameBuffer(capacity: 128)
        inner.withUnsafeBufferPointer { codec.reply(id: 7, error: 0, data: $0, into: &buffer) }
        let whole = buffer.contents
        #expect(codec.scan(&buffer, from: 0, dataCount: 4) == .incomplete(start: whole.count))
        #expect(buffer.contents == whole)
    }

    @Test func oneFastReplyHoldsAllServos() throws {
        var buffer = FrameBuffer(capacity: 256)
        codec.begin(DynamixelCodec.Instruction.status.rawValue, id: 0xFE, into: &buffer)
        // Data that would be stuffed in any other reply.
        let data = [bytes("ffff fd00"), bytes("01020304"), bytes("fffffdfd")]
        for (index, part) in data.enumerated() {
            part.withUnsafeBufferPointer {
                codec.appendFast(id: UInt8(index + 1), error: UInt8(index), data: $0, servos: 3, into: &buffer)
            }
        }
        #expect(buffer.count == 8 + 3 * 8)
        let whole = buffer.contents
        let frame = try #require(codec.scanFast(&buffer, from: 0, servos: 3, dataCount: 4).found)
        for index in 0..<3 {
            let part = frame.dataStart + index * 8
            #expect(buffer[part] == UInt8(index) && buffer[part + 1] == UInt8(index + 1))
            #expect((0..<4).map { buffer[part + 2 + $0] } == data[index])
        }
        for bit in 0..<(whole.count * 8) {
            var broken = whole
            broken[bit / 8] ^= 1 << UInt8(bit % 8)
            var buffer = FrameBuffer.of(broken)
            #expect(codec.scanFast(&buffer, from: 0, servos: 3, dataCount: 4, end: .closed).found == nil, "bit \(bit)")
        }
    }

    @Test func eachFlippedBitIsRefused() {
        let frame = bytes("fffffd00 01 0d00 55 00 ecffffff fd fd 070000 c352")
        for bit in 0..<(frame.count * 8) {
            var broken = frame
            broken[bit / 8] ^= 1 << UInt8(bit % 8)
            var buffer = FrameBuffer.of(broken)
            #expect(codec.scan(&buffer, from: 0, end: .closed).found == nil, "bit \(bit)")
        }
    }

    @Test func checksAreThePublishedOnes() {
        let digits = Array("123456789".utf8)
        digits.withUnsafeBufferPointer {
            #expect(CRC16.dynamixel.check($0) == 0xFEE8)
            #expect(CRC16.modbus.check($0) == 0x4B37)
        }
    }

    /// A bit at a time, as the definition has it.
    private func check(_ bytes: [UInt8], reflected: Bool) -> UInt16 {
        var check: UInt16 = reflected ? 0xFFFF : 0
        for byte in bytes {
            check ^= reflected ? UInt16(byte) : UInt16(byte) << 8
            for _ in 0..<8 {
                let isSet = check & (reflected ? 1 : 0x8000) != 0
                check = reflected ? check >> 1 : check << 1
                if isSet { check ^= reflected ? 0xA001 : 0x8005 }
            }
        }
        return check
    }

    /// Whole slices of eight and what is left of each length, at every alignment.
    @Test func checksOfEveryLengthAreThoseOfSingleBits() {
        var generator = SystemRandomNumberGenerator()
        let noise = (0..<120).map { _ in UInt8.random(in: 0...255, using: &generator) }
        for first in 0..<9 {
            for count in 0...70 {
                let part = Array(noise[first..<(first + count)])
                noise.withUnsafeBufferPointer { all in
                    let slice = UnsafeBufferPointer(rebasing: all[first..<(first + count)])
                    #expect(CRC16.dynamixel.check(slice) == check(part, reflected: false), "\(part)")
                    #expect(CRC16.modbus.check(slice) == check(part, reflected: true), "\(part)")
                }
            }
        }
    }

    @Test func aByteIsFoundWhereverItStands() {
        func has(_ contents: [UInt8], from first: Int, count: Int) -> Bool {
            FrameBuffer.of(contents).contains(0xFD, from: first, count: count)
        }
        for length in 1...40 {
            for place in 0..<length {
                // Neighbours that differ in one bit are not taken for it.
                var contents = (0..<length).map { $0 % 2 == 0 ? UInt8(0xFC) : 0xFE }
                #expect(!has(contents, from: 0, count: length))
                contents[place] = 0xFD
                #expect(has(contents, from: 0, count: length) && has(contents, from: place, count: 1))
                #expect(!has(contents, from: place + 1, count: length - place - 1))
                #expect(!has(contents, from: 0, count: place))
            }
        }
    }
}
