/// The frames of Dynamixel protocol 2.0, as bytes in a buffer and back.
///
/// `FF FF FD 00 id length(2) instruction parameters… CRC(2)`; the length counts what follows it. In what lies between
/// length and CRC every `FF FF FD` is followed by one more `FD`, so that no header appears inside of a frame; length and
/// CRC are those of the stuffed bytes. (ROBOTIS e-manual, "Protocol 2.0".)
public struct DynamixelCodec: ServoCodec {
    /// What a servo is asked to do.
    public enum Instruction: UInt8, BitwiseCopyable, Sendable {
        case ping = 0x01
        case read = 0x02
        case write = 0x03
        /// Held until ``action``.
        case registeredWrite = 0x04
        case action = 0x05
        case factoryReset = 0x06
        case reboot = 0x08
        /// Clears the count of turns.
        case clear = 0x10
        /// What a servo sends.
        case status = 0x55
        case syncRead = 0x82
        case syncWrite = 0x83
        /// As ``syncRead``, with all servos' data in one reply.
        case fastSyncRead = 0x8A
        case bulkRead = 0x92
        case bulkWrite = 0x93
        /// As ``bulkRead``, with all servos' data in one reply.
        case fastBulkRead = 0x9A
    }

    /// The address that all servos listen to.
    @inlinable public static var broadcast: UInt8 { @_noLocks get { 0xFE } }
    /// What a reply has beside its data, bytes.
    @inlinable public static var overhead: Int { @_noLocks get { 11 } }
    /// What a request to read several has beside their addresses, bytes.
    @inlinable public static var readOverhead: Int { @_noLocks get { 14 } }
    /// What each servo's part of a fast reply has beside its data: error, id, CRC.
    @inlinable public static var fastOverhead: Int { @_noLocks get { 4 } }
    /// The longest frame that is believed, bytes.
    @inlinable public static var longest: Int { @_noLocks get { 1024 } }

    private let crc: CRC16

    /// Takes hold of the CRC's tables; to be done outside of the real-time path.
    public init() { crc = .dynamixel }

    /// Begins a request; parameters are appended to the buffer, then ``finish(_:)`` closes it.
    @_noLocks
    public func begin(_ instruction: UInt8, id: UInt8, into buffer: inout FrameBuffer) {
        buffer.removeAll()
        buffer.append(0xFF)
        buffer.append(0xFF)
        buffer.append(0xFD)
        buffer.append(0)
        buffer.append(id)
        buffer.append(0)
        buffer.append(0)
        buffer.append(instruction)
    }

    /// Addresses and counts have two bytes.
    @_noLocks
    public func append(number: UInt16, to buffer: inout FrameBuffer) {
        buffer.append(littleEndian: UInt32(number), width: 2)
    }

    /// Stuffs the body, fills in the length and appends the CRC.
    @_noLocks
    public func finish(_ buffer: inout FrameBuffer) {
        var place = 9
        while place < buffer.count {
            if buffer[place] == 0xFD, buffer[place &- 1] == 0xFF, buffer[place &- 2] == 0xFF {
                buffer.insert(0xFD, at: place &+ 1)
                place &+= 1
            }
            place &+= 1
        }
        let length = buffer.count &- 5
        buffer[5] = UInt8(truncatingIfNeeded: length)
        buffer[6] = UInt8(truncatingIfNeeded: length &>> 8)
        let check = crc.check(buffer, from: 0, count: buffer.count)
        buffer.append(littleEndian: UInt32(check), width: 2)
    }

    /// A reply, as a servo sends it.
    @_noLocks
    public func reply(id: UInt8, error: UInt8, data: UnsafeBufferPointer<UInt8>, into buffer: inout FrameBuffer) {
        begin(Instruction.status.rawValue, id: id, into: &buffer)
        buffer.append(error)
        buffer.append(data)
        finish(&buffer)
    }

    /// Appends one servo's part to a fast reply that ``begin(_:id:into:)`` began: error, id, data, and the CRC of all that
    /// goes before. The length is that of the whole reply, known before.
    @_noLocks
    public func appendFast(
        id: UInt8, error: UInt8, data: UnsafeBufferPointer<UInt8>, servos: Int, into buffer: inout FrameBuffer
    ) {
        let length = 1 &+ servos &* (data.count &+ Self.fastOverhead)
        buffer[5] = UInt8(truncatingIfNeeded: length)
        buffer[6] = UInt8(truncatingIfNeeded: length &>> 8)
        buffer.append(error)
        buffer.append(id)
        buffer.append(data)
        let check = crc.check(buffer, from: 0, count: buffer.count)
        buffer.append(littleEndian: UInt32(check), width: 2)
    }

    /// Finds the first whole status frame at or after `start`, and takes the stuffing out of it, in the buffer.
    ///
    /// - Parameters:
    ///   - dataCount: How many bytes of data a reply to what was asked has; one without data, which only says why
    ///     there are none, is taken too, any other length is noise. Nil takes every length there is.
    ///   - end: Whether more bytes may come.
    @_noLocks
    public func scan(
        _ buffer: inout FrameBuffer, from start: Int, dataCount: Int? = nil, end: StreamEnd = .open
    ) -> FrameScan {
        scan(&buffer, from: start, id: nil, dataCount: dataCount, isStuffed: true, isStatus: true, end: end)
    }

    /// Finds the reply to a fast sync read of these servos: one frame with all their parts, whose bytes are not stuffed.
    ///
    /// - Returns: The frame; its data begin with the first servo's error byte, and each part is
    ///   `dataCount` + ``fastOverhead`` bytes long. Only the last CRC of the frame is checked.
    @_noLocks
    public func scanFast(
        _ buffer: inout FrameBuffer, from start: Int, servos: Int, dataCount: Int, end: StreamEnd = .open
    ) -> FrameScan {
        // The generic frame takes the first error byte apart and the last CRC away.
        let body = servos &* (dataCount &+ Self.fastOverhead) &- 3
        let found = scan(
            &buffer, from: start, id: Self.broadcast, dataCount: body, isStuffed: false, isStatus: true, end: end)
        guard case .frame(var frame) = found, frame.dataCount == body else {
            if case .frame(let other) = found { return .incomplete(start: other.end) }
            return found
        }
        frame.dataStart &-= 1
        frame.dataCount &+= 1
        return .frame(frame)
    }

    /// Finds the first whole request at or after `start`, as a servo does: its ``StatusFrame/error`` is the instruction, its
    /// data are the parameters.
    @_noLocks
    public func scanRequest(_ buffer: inout FrameBuffer, from start: Int, end: StreamEnd = .open) -> FrameScan {
        scan(&buffer, from: start, id: nil, dataCount: nil, isStuffed: true, isStatus: false, end: end)
    }

    @_noLocks
    private func scan(
        _ buffer: inout FrameBuffer, from start: Int, id: UInt8?, dataCount: Int?, isStuffed: Bool, isStatus: Bool,
        end: StreamEnd
    ) -> FrameScan {
        // A request has no error byte.
        let shortest = isStatus ? 4 : 3
        var place = start
        while place < buffer.count {
            let available = buffer.count &- place
            if isHeader(buffer, at: place, available: available, id: id, isStatus: isStatus) {
                let length = available >= 7 ? Int(buffer.littleEndian(at: place &+ 5, width: 2)) : shortest
                if length >= shortest, isPlausible(length, dataCount: dataCount, isStuffed: isStuffed) {
                    if available < shortest &+ 7 || available < length &+ 7 {
                        if case .open = end { return .incomplete(start: place) }
                    } else if crc.check(buffer, from: place, count: length &+ 5)
                        == UInt16(truncatingIfNeeded: buffer.littleEndian(at: place &+ 5 &+ length, width: 2))
                    {
                        let removed = isStuffed ? stuffing(buffer, from: place &+ 7, count: length &- 2) : 0
                        let data = length &- shortest &- removed
                        // What the stuffing hid may still be of another length than was asked for.
                        if data >= 0, dataCount == nil || data == dataCount || data == 0 {
                            if removed > 0 { unstuff(&buffer, from: place &+ 7, count: length &- 2) }
                            return .frame(
                                StatusFrame(
                                    id: buffer[place &+ 4], error: buffer[place &+ (isStatus ? 8 : 7)], start: place,
                                    dataStart: place &+ 5 &+ shortest, dataCount: data,
                                    end: place &+ 7 &+ length &- removed))
                        }
                        // A whole frame that nobody asked for: what is inside of it is no frame.
                        place &+= length &+ 7
                        continue
                    }
                }
            }
            place &+= 1
        }
        return .incomplete(start: place)
    }

    /// Whether the bytes that are there are those of a status frame's beginning.
    @_noLocks
    private func isHeader(
        _ buffer: borrowing FrameBuffer, at place: Int, available: Int, id: UInt8?, isStatus: Bool
    ) -> Bool {
        guard buffer[place] == 0xFF else { return false }
        if available > 7, let start = buffer.bytes.baseAddress {
            let bytes = start + place
            return bytes[1] == 0xFF && bytes[2] == 0xFD && bytes[3] == 0 && (id == nil || bytes[4] == id)
                && (bytes[7] == Instruction.status.rawValue) == isStatus
        }
        if available > 1, buffer[place &+ 1] != 0xFF { return false }
        if available > 2, buffer[place &+ 2] != 0xFD { return false }
        if available > 3, buffer[place &+ 3] != 0 { return false }
        if available > 4, let id, buffer[place &+ 4] != id { return false }
        return true
    }

    @_noLocks
    private func isPlausible(_ length: Int, dataCount: Int?, isStuffed: Bool) -> Bool {
        guard length >= 3, length <= Self.longest &- 7 else { return false }
        guard let dataCount, length != 4 else { return true }
        let most = isStuffed ? dataCount &+ (dataCount &+ 2) / 3 : dataCount
        return length >= dataCount &+ 4 && length <= most &+ 4
    }

    /// How many `FD` after `FF FF FD` there are in a region.
    @_noLocks
    private func stuffing(_ buffer: borrowing FrameBuffer, from first: Int, count: Int) -> Int {
        var found = 0
        guard buffer.contains(0xFD, from: first, count: count) else { return 0 }
        var place = first &+ 2
        while place &+ 1 < first &+ count {
            if isStuffed(buffer, after: place) {
                found &+= 1
                place &+= 1
            }
            place &+= 1
        }
        return found
    }

    /// Takes them out.
    @_noLocks
    private func unstuff(_ buffer: inout FrameBuffer, from first: Int, count: Int) {
        var end = first &+ count
        var place = first &+ 2
        while place &+ 1 < end {
            if isStuffed(buffer, after: place) {
                buffer.remove(at: place &+ 1)
                end &-= 1
            }
            place &+= 1
        }
    }

    @_noLocks
    private func isStuffed(_ buffer: borrowing FrameBuffer, after place: Int) -> Bool {
        buffer[place] == 0xFD && buffer[place &- 1] == 0xFF && buffer[place &- 2] == 0xFF && buffer[place &+ 1] == 0xFD
    }
}
