/// The frames of Feetech's STS and SMS servos, as bytes in a buffer and back.
///
/// Request: `FF FF id length instruction parameters… check`; reply: the same with the error byte in place of the
/// instruction. The length counts what follows it, the check is the complement of the sum from the id on. There is no byte
/// stuffing: any bytes may look like a beginning, so the decoder goes on by one byte after what was none. (Feetech's
/// communication protocol manual.)
public struct FeetechCodec: ServoCodec {
    /// What a servo is asked to do.
    public enum Instruction: UInt8, BitwiseCopyable, Sendable {
        case ping = 0x01
        case read = 0x02
        case write = 0x03
        /// Held until ``action``.
        case registeredWrite = 0x04
        case action = 0x05
        /// Back to the factory's values.
        case reset = 0x06
        case syncRead = 0x82
        case syncWrite = 0x83
    }

    /// The address that all servos listen to.
    @inlinable public static var broadcast: UInt8 { @_noLocks get { 0xFE } }
    /// The longest frame, bytes.
    @inlinable public static var longest: Int { @_noLocks get { 250 } }
    /// What a reply has beside its data, bytes.
    @inlinable public static var overhead: Int { @_noLocks get { 6 } }
    /// What a request to read several has beside their addresses, bytes.
    @inlinable public static var readOverhead: Int { @_noLocks get { 8 } }

    /// There is nothing to prepare.
    @_noLocks
    public init() {}

    /// Begins a request; parameters are appended to the buffer, then ``finish(_:)`` closes it.
    @_noLocks
    public func begin(_ instruction: UInt8, id: UInt8, into buffer: inout FrameBuffer) {
        buffer.removeAll()
        buffer.append(0xFF)
        buffer.append(0xFF)
        buffer.append(id)
        buffer.append(0)
        buffer.append(instruction)
    }

    /// Addresses and counts have one byte.
    @_noLocks
    public func append(number: UInt16, to buffer: inout FrameBuffer) {
        buffer.append(UInt8(truncatingIfNeeded: number))
    }

    /// Fills in the length and appends the check.
    @_noLocks
    public func finish(_ buffer: inout FrameBuffer) {
        buffer[3] = UInt8(truncatingIfNeeded: buffer.count &- 3)
        buffer.append(check(buffer, from: 2, count: buffer.count &- 2))
    }

    /// A reply, as a servo sends it.
    @_noLocks
    public func reply(
        id: UInt8, error: UInt8, data: UnsafeBufferPointer<UInt8>, into buffer: inout FrameBuffer
    ) {
        buffer.removeAll()
        buffer.append(0xFF)
        buffer.append(0xFF)
        buffer.append(id)
        buffer.append(0)
        buffer.append(error)
        buffer.append(data)
        finish(&buffer)
    }

    /// The complement of the sum of bytes.
    @_noLocks
    public func check(_ buffer: borrowing FrameBuffer, from first: Int, count: Int) -> UInt8 {
        guard first >= 0, count > 0, first &+ count <= buffer.count, let start = buffer.bytes.baseAddress else {
            return 0xFF
        }
        var sum: UInt8 = 0
        var index = first
        while index < first &+ count {
            sum = sum &+ start[index]
            index &+= 1
        }
        return ~sum
    }

    /// Finds the first whole frame at or after `start`.
    ///
    /// - Parameters:
    ///   - dataCount: How many bytes of data a reply to what was asked has; any other length is taken for noise. Nil
    ///     takes every length there is.
    ///   - end: Whether more bytes may come.
    /// - Returns: The frame, with the byte after the length as its ``StatusFrame/error``.
    @_noLocks
    public func scan(
        _ buffer: inout FrameBuffer, from start: Int, dataCount: Int? = nil, end: StreamEnd = .open
    ) -> FrameScan {
        var place = start
        while place < buffer.count {
            let available = buffer.count &- place
            var isPossible = buffer[place] == 0xFF && (available < 2 || buffer[place &+ 1] == 0xFF)
            if isPossible, available > 2 { isPossible = buffer[place &+ 2] != 0xFF }
            if isPossible, available > 3 {
                let length = Int(buffer[place &+ 3])
                isPossible = length >= 2 && length <= Self.longest &- 4
                if let dataCount, length != dataCount &+ 2 { isPossible = false }
            }
            if isPossible {
                let length = available > 3 ? Int(buffer[place &+ 3]) : 2
                if available < 4 || available < length &+ 4 {
                    if case .open = end { return .incomplete(start: place) }
                } else if check(buffer, from: place &+ 2, count: length &+ 1) == buffer[place &+ 3 &+ length] {
                    return .frame(
                        StatusFrame(
                            id: buffer[place &+ 2], error: buffer[place &+ 4], start: place, dataStart: place &+ 5,
                            dataCount: length &- 2, end: place &+ 4 &+ length))
                }
            }
            place &+= 1
        }
        return .incomplete(start: place)
    }
}
