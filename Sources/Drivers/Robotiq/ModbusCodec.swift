/// Modbus RTU frames, as bytes in a buffer and back: `slave function … CRC(2)`, numbers with the high byte first.
///
/// (MODBUS over Serial Line, V1.02; MODBUS Application Protocol, V1.1b3.)
public struct ModbusCodec: BitwiseCopyable, Sendable {
    /// What a slave is asked to do.
    public enum Function: UInt8, BitwiseCopyable, Sendable {
        case readHoldingRegisters = 0x03
        case readInputRegisters = 0x04
        case writeRegisters = 0x10
        case readWriteRegisters = 0x17
    }

    private let crc: CRC16

    /// Takes hold of the CRC's tables; to be done outside of the real-time path.
    public init() { crc = .modbus }

    /// Asks for registers.
    @_noLocks
    public func read(
        _ function: Function, slave: UInt8, address: UInt16, registers: Int, into buffer: inout FrameBuffer
    ) {
        begin(function, slave: slave, into: &buffer)
        append(address, to: &buffer)
        append(UInt16(truncatingIfNeeded: registers), to: &buffer)
        finish(&buffer)
    }

    /// Writes registers; `data` are their bytes, the high one of each first.
    @_noLocks
    public func write(
        slave: UInt8, address: UInt16, data: UnsafeBufferPointer<UInt8>, into buffer: inout FrameBuffer
    ) {
        begin(.writeRegisters, slave: slave, into: &buffer)
        appendWrite(address: address, data: data, to: &buffer)
        finish(&buffer)
    }

    /// Writes registers and asks for others, in one transaction.
    @_noLocks
    public func readWrite(
        slave: UInt8, readAddress: UInt16, registers: Int, writeAddress: UInt16, data: UnsafeBufferPointer<UInt8>,
        into buffer: inout FrameBuffer
    ) {
        begin(.readWriteRegisters, slave: slave, into: &buffer)
        append(readAddress, to: &buffer)
        append(UInt16(truncatingIfNeeded: registers), to: &buffer)
        appendWrite(address: writeAddress, data: data, to: &buffer)
        finish(&buffer)
    }

    /// How long the reply is, bytes.
    @_noLocks
    public static func replyLength(_ function: Function, registers: Int) -> Int {
        function == .writeRegisters ? 8 : 5 &+ 2 &* registers
    }

    /// Finds a slave's reply to a function at or after `start`.
    ///
    /// A frame does not say its own length in a way that could be trusted; it follows from what was asked.
    ///
    /// - Parameter registers: How many registers were asked for.
    /// - Returns: The frame; its data are the registers' bytes, or address and count of a write; an exception has none and
    ///   its code as ``StatusFrame/error``.
    @_noLocks
    public func scan(
        _ buffer: borrowing FrameBuffer, from start: Int, slave: UInt8, function: Function, registers: Int,
        end: StreamEnd = .open
    ) -> FrameScan {
        let length = Self.replyLength(function, registers: registers)
        var place = start
        while place < buffer.count {
            let available = buffer.count &- place
            let code = buffer[place &+ 1]
            let isException = available > 1 && code == function.rawValue | 0x80
            if buffer[place] == slave, available < 2 || isException || code == function.rawValue {
                let whole = isException ? 5 : length
                let isLengthRight =
                    isException || function == .writeRegisters || available < 3
                    || Int(buffer[place &+ 2]) == 2 &* registers
                if isLengthRight {
                    if available < whole {
                        if case .open = end { return .incomplete(start: place) }
                    } else if hasGoodCheck(buffer, at: place, count: whole) {
                        if isException {
                            return .frame(
                                StatusFrame(
                                    id: slave, error: buffer[place &+ 2], start: place, dataStart: place &+ 3,
                                    dataCount: 0, end: place &+ whole))
                        }
                        let header = function == .writeRegisters ? 2 : 3
                        return .frame(
                            StatusFrame(
                                id: slave, error: 0, start: place, dataStart: place &+ header,
                                dataCount: whole &- header &- 2, end: place &+ whole))
                    }
                }
            }
            place &+= 1
        }
        return .incomplete(start: place)
    }

    /// Whether a frame of this many bytes ends with the CRC of the others.
    @_noLocks
    public func hasGoodCheck(_ buffer: borrowing FrameBuffer, at start: Int, count: Int) -> Bool {
        guard count > 2, start &+ count <= buffer.count else { return false }
        return crc.check(buffer, from: start, count: count &- 2)
            == UInt16(truncatingIfNeeded: buffer.littleEndian(at: start &+ count &- 2, width: 2))
    }

    /// Begins a frame of either direction.
    @_noLocks
    public func begin(_ function: Function, slave: UInt8, into buffer: inout FrameBuffer) {
        buffer.removeAll()
        buffer.append(slave)
        buffer.append(function.rawValue)
    }

    /// Appends the CRC.
    @_noLocks
    public func finish(_ buffer: inout FrameBuffer) {
        let check = crc.check(buffer, from: 0, count: buffer.count)
        buffer.append(littleEndian: UInt32(check), width: 2)
    }

    @_noLocks
    private func appendWrite(address: UInt16, data: UnsafeBufferPointer<UInt8>, to buffer: inout FrameBuffer) {
        append(address, to: &buffer)
        append(UInt16(truncatingIfNeeded: data.count / 2), to: &buffer)
        buffer.append(UInt8(truncatingIfNeeded: data.count))
        buffer.append(data)
    }

    @_noLocks
    private func append(_ number: UInt16, to buffer: inout FrameBuffer) {
        buffer.append(UInt8(truncatingIfNeeded: number &>> 8))
        buffer.append(UInt8(truncatingIfNeeded: number))
    }
}
