import Testing

@testable import Drivers

/// Bytes as Feetech's own SDK sends and expects them.
@Suite struct FeetechCodecTests {
    private let codec = FeetechCodec()

    private func request(_ instruction: FeetechCodec.Instruction, _ id: UInt8, _ parameters: [UInt8]) -> [UInt8] {
        var buffer = FrameBuffer(capacity: 256)
        codec.begin(instruction.rawValue, id: id, into: &buffer)
        for byte in parameters { buffer.append(byte) }
        codec.finish(&buffer)
        return buffer.contents
    }

    @Test(arguments: [
        (FeetechCodec.Instruction.ping, UInt8(1), "", "ff ff 01 02 01 fb"),
        (.ping, 0xFE, "", "ff ff fe 02 01 fe"),
        (.read, 1, "03 02", "ff ff 01 04 02 03 02 f3"),
        (.read, 1, "38 02", "ff ff 01 04 02 38 02 be"),
        (.syncRead, 0xFE, "38 02 01 02 03 04 05 06", "ff ff fe 0a 82 38 02 01 02 03 04 05 06 26"),
        (.syncRead, 0xFE, "38 0f 01 02 03 04 05 06", "ff ff fe 0a 82 38 0f 01 02 03 04 05 06 19"),
        (
            .syncWrite, 0xFE, "2a 02 01 00 08 02 00 08 03 00 08 04 00 08 05 00 08 06 00 08",
            "ff ff fe 16 83 2a 02 01 00 08 02 00 08 03 00 08 04 00 08 05 00 08 06 00 08 f7"
        ),
        (.write, 1, "28 01", "ff ff 01 04 03 28 01 ce"),
        (.write, 1, "28 80", "ff ff 01 04 03 28 80 4f"),
        (.write, 1, "37 00", "ff ff 01 04 03 37 00 c0"),
        (.write, 1, "05 02", "ff ff 01 04 03 05 02 f0"),
        (.write, 1, "1f 64 08", "ff ff 01 05 03 1f 64 08 6b"),
        (.registeredWrite, 1, "2a 00 08", "ff ff 01 05 04 2a 00 08 c3"),
        (.action, 0xFE, "", "ff ff fe 02 05 fa"),
        (.write, 1, "2a 00 08 00 00 e8 03", "ff ff 01 09 03 2a 00 08 00 00 e8 03 d5"),
    ])
    func requestsHaveTheMakersBytes(
        instruction: FeetechCodec.Instruction, id: UInt8, parameters: String, expected: String
    ) {
        #expect(request(instruction, id, bytes(parameters)) == bytes(expected))
    }

    @Test func repliesAreRead() throws {
        var ping = FrameBuffer.of(bytes("ff ff 01 02 00 fc"))
        let pinged = try #require(codec.scan(&ping, from: 0).found)
        #expect(pinged == StatusFrame(id: 1, error: 0, start: 0, dataStart: 5, dataCount: 0, end: 6))

        var model = FrameBuffer.of(bytes("ff ff 01 04 00 09 03 ee"))
        let modelled = try #require(codec.scan(&model, from: 0, dataCount: 2).found)
        #expect(FeetechRegister.model.decode(model.littleEndian(at: modelled.dataStart, width: 2)) == 777)

        var fault = FrameBuffer.of(bytes("ff ff 03 02 21 d9"))
        let faulted = try #require(codec.scan(&fault, from: 0).found)
        #expect(FeetechError(rawValue: faulted.error) == [.overload, .voltage])
        #expect(FeetechError(rawValue: faulted.error).fault == [.overload, .voltage])
    }

    @Test func aBlockBecomesQuantities() throws {
        var buffer = FrameBuffer.of(bytes("ff ff 02 11 00 00 08 0a 80 32 04 79 1f 00 00 01 00 08 28 00 5b"))
        let frame = try #require(codec.scan(&buffer, from: 0, dataCount: 15).found)
        func number(_ register: Register) -> Int {
            register.read(from: buffer, at: frame.dataStart, blockAddress: 56)
        }
        #expect(frame.id == 2)
        #expect(number(FeetechRegister.presentPosition) == 2048)
        #expect(number(FeetechRegister.presentSpeed) == -10)
        #expect(number(FeetechRegister.presentLoad) == -50)
        #expect(number(FeetechRegister.presentVoltage) == 121)
        #expect(number(FeetechRegister.presentTemperature) == 31)
        #expect(number(FeetechRegister.status) == 0)
        #expect(number(FeetechRegister.moving) == 1)
        #expect(number(FeetechRegister.presentCurrent) == 40)
        #expect(abs(FeetechRegister.presentCurrent.unit * 40 - 0.26) < 1e-12)
    }

    @Test func signsStandApartFromMagnitudes() {
        #expect(FeetechRegister.homingOffset.encode(-100) == 0x0864)
        #expect(FeetechRegister.presentSpeed.encode(-10) == 0x800A)
        #expect(FeetechRegister.presentLoad.encode(-50) == 0x0432)
        #expect(FeetechRegister.homingOffset.encode(-5000) == 0x0FFF)
        for register in [
            FeetechRegister.homingOffset, FeetechRegister.goalPosition, FeetechRegister.goalTime,
            DynamixelRegister.goalPosition, DynamixelRegister.goalCurrent, DynamixelRegister.busWatchdog,
        ] {
            let range = register.numbers
            for number in [range.lowest, -1000, -1, 0, 1, 1000, range.highest]
            where number >= range.lowest && number <= range.highest {
                #expect(register.decode(register.encode(number)) == number, "\(register) \(number)")
            }
        }
    }

    /// Wherever a stream is cut and whatever is in front, the frames in it are found, and nothing else is.
    @Test func framesAreFoundBehindNoise() throws {
        let frame = bytes("ff ff 01 04 00 00 08 f2")
        for noise in ["ff", "ff ff", "ff ff ff", "ff ff 01", "ff ff 01 04 00 00 08 f3", "00 01 ff fe ff ff 07 02"] {
            var buffer = FrameBuffer.of(bytes(noise) + frame)
            let found = try #require(codec.scan(&buffer, from: 0, dataCount: 2, end: .closed).found, "\(noise)")
            #expect(found.start == bytes(noise).count)
            #expect(buffer.data(of: found) == [0, 8])
        }
    }

    @Test func aFrameIsWaitedForByteByByte() {
        let frame = bytes("ff ff 01 04 00 00 08 f2")
        for count in 1..<frame.count {
            var buffer = FrameBuffer.of(Array(frame.prefix(count)))
            #expect(codec.scan(&buffer, from: 0, dataCount: 2) == .incomplete(start: 0))
            #expect(codec.scan(&buffer, from: 0, dataCount: 2, end: .closed) == .incomplete(start: count))
        }
    }

    @Test func eachFlippedBitIsRefused() {
        let frame = bytes("ff ff 02 11 00 00 08 0a 80 32 04 79 1f 00 00 01 00 08 28 00 5b")
        for bit in 0..<(frame.count * 8) {
            var broken = frame
            broken[bit / 8] ^= 1 << UInt8(bit % 8)
            var buffer = FrameBuffer.of(broken)
            #expect(codec.scan(&buffer, from: 0, end: .closed).found == nil, "bit \(bit)")
        }
    }
}
