import Testing

@testable import Drivers

/// Bytes of Robotiq's instruction manual.
@Suite struct ModbusCodecTests {
    private let codec = ModbusCodec()

    @Test(arguments: [
        ("0000 0000 0000", "09 10 03e8 0003 06 0000 0000 0000 73 30"),
        ("0100 0000 0000", "09 10 03e8 0003 06 0100 0000 0000 72 e1"),
        ("0900 00ff ffff", "09 10 03e8 0003 06 0900 00ff ffff 42 29"),
        ("0900 0000 ffff", "09 10 03e8 0003 06 0900 0000 ffff 72 19"),
    ])
    func writesHaveTheMakersBytes(data: String, expected: String) {
        var buffer = FrameBuffer(capacity: 64)
        bytes(data).withUnsafeBufferPointer { codec.write(slave: 9, address: 0x03E8, data: $0, into: &buffer) }
        #expect(buffer.contents == bytes(expected))
    }

    @Test func readsHaveTheMakersBytes() {
        var buffer = FrameBuffer(capacity: 64)
        codec.read(.readInputRegisters, slave: 9, address: 0x07D0, registers: 3, into: &buffer)
        #expect(buffer.contents == bytes("09 04 07d0 0003 b1 ce"))
        codec.read(.readHoldingRegisters, slave: 9, address: 0x07D0, registers: 3, into: &buffer)
        #expect(buffer.contents == bytes("09 03 07d0 0003 04 0e"))
        codec.read(.readHoldingRegisters, slave: 9, address: 0x07D0, registers: 1, into: &buffer)
        #expect(buffer.contents == bytes("09 03 07d0 0001 85 cf"))
        bytes("0900 00ff ffff").withUnsafeBufferPointer {
            codec.readWrite(
                slave: 9, readAddress: 0x07D0, registers: 3, writeAddress: 0x03E8, data: $0, into: &buffer)
        }
        #expect(buffer.contents == bytes("09 17 07d0 0003 03e8 0003 06 0900 00ff ffff e6 3e"))
    }

    @Test(arguments: [
        ("09 04 06 3900 0000 bb10 71 06", "3900 0000 bb10"), ("09 04 06 b900 00ff bd00 5c 9a", "b900 00ff bd00"),
        ("09 04 06 f900 0000 0d00 17 aa", "f900 0000 0d00"),
    ])
    func repliesAreRead(reply: String, data: String) throws {
        let buffer = FrameBuffer.of(bytes(reply))
        let frame = try #require(
            codec.scan(buffer, from: 0, slave: 9, function: .readInputRegisters, registers: 3).found)
        #expect(buffer.data(of: frame) == bytes(data))
    }

    @Test func acknowledgementsAndPollsAreRead() throws {
        let written = FrameBuffer.of(bytes("09 10 03e8 0003 01 30"))
        let frame = try #require(codec.scan(written, from: 0, slave: 9, function: .writeRegisters, registers: 3).found)
        #expect(written.data(of: frame) == bytes("03e8 0003"))
        for (reply, status) in [("09 03 02 1100 55 d5", UInt8(0x11)), ("09 03 02 3100 4c 15", 0x31)] {
            let buffer = FrameBuffer.of(bytes(reply))
            let poll = try #require(
                codec.scan(buffer, from: 0, slave: 9, function: .readHoldingRegisters, registers: 1).found)
            #expect(buffer[poll.dataStart] == status)
        }
    }

    @Test func anExceptionSaysWhy() throws {
        var buffer = FrameBuffer(capacity: 16)
        buffer.append(9)
        buffer.append(0x84)
        buffer.append(1)
        codec.finish(&buffer)
        let frame = try #require(
            codec.scan(buffer, from: 0, slave: 9, function: .readInputRegisters, registers: 3).found)
        #expect(frame.error == 1 && frame.dataCount == 0)
    }

    @Test func eachFlippedBitIsRefused() {
        let reply = bytes("09 04 06 b900 00ff bd00 5c 9a")
        for bit in 0..<(reply.count * 8) {
            var broken = reply
            broken[bit / 8] ^= 1 << UInt8(bit % 8)
            let buffer = FrameBuffer.of(broken)
            let found = codec.scan(
                buffer, from: 0, slave: 9, function: .readInputRegisters, registers: 3, end: .closed)
            #expect(found.found == nil, "bit \(bit)")
        }
    }
}
