/// A 16-bit cyclic redundancy check, eight bytes at a time.
///
/// The kernel is "slicing by 8" (Kounavis and Berry, "A systematic approach to building high performance software-based CRC
/// generators", 2005): table *k* holds what a byte contributes when *k* more bytes follow it. The last bytes, fewer than eight,
/// are a shorter slice. A value of this type is a pointer to tables that live as long as the process; take it once, outside of
/// the real-time path.
@safe
public struct CRC16: BitwiseCopyable, @unchecked Sendable {
    private let tables: UnsafePointer<UInt16>
    private let isReflected: Bool
    private let initial: UInt16

    /// Dynamixel protocol 2.0: polynomial 0x8005, from 0, the high bit first; 0xFEE8 over "123456789".
    public static let dynamixel = CRC16(polynomial: 0x8005, isReflected: false, initial: 0)
    /// Modbus RTU: polynomial 0x8005 reflected, from 0xFFFF, the low bit first; 0x4B37 over "123456789".
    public static let modbus = CRC16(polynomial: 0xA001, isReflected: true, initial: 0xFFFF)

    private init(polynomial: UInt16, isReflected: Bool, initial: UInt16) {
        let tables = UnsafeMutablePointer<UInt16>.allocate(capacity: 8 * 256)
        for byte in 0..<256 {
            var value = isReflected ? UInt16(byte) : UInt16(byte) << 8
            for _ in 0..<8 {
                if isReflected {
                    value = value & 1 == 0 ? value >> 1 : value >> 1 ^ polynomial
                } else {
                    value = value & 0x8000 == 0 ? value << 1 : value << 1 ^ polynomial
                }
            }
            tables[byte] = value
        }
        for entry in 256..<(8 * 256) {
            let before = tables[entry - 256]
            let byte = Int(isReflected ? before & 0xFF : before >> 8)
            tables[entry] = (isReflected ? before >> 8 : before << 8) ^ tables[byte]
        }
        self.tables = UnsafePointer(tables)
        self.isReflected = isReflected
        self.initial = initial
    }

    /// The check over these bytes.
    @_noLocks
    public func check(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt16 {
        guard let start = bytes.baseAddress else { return initial }
        return isReflected ? reflected(start, count: bytes.count) : straight(start, count: bytes.count)
    }

    /// The check over the first bytes of a buffer, from `first` on.
    @_noLocks
    public func check(_ buffer: borrowing FrameBuffer, from first: Int, count: Int) -> UInt16 {
        guard first >= 0, count > 0, first &+ count <= buffer.count, let start = buffer.bytes.baseAddress else {
            return initial
        }
        return check(UnsafeBufferPointer(start: start + first, count: count))
    }

    @_noLocks
    private func straight(_ bytes: UnsafePointer<UInt8>, count: Int) -> UInt16 {
        var check = initial
        var index = 0
        while index &+ 8 <= count {
            let high = Int(bytes[index] ^ UInt8(truncatingIfNeeded: check &>> 8))
            let low = Int(bytes[index &+ 1] ^ UInt8(truncatingIfNeeded: check))
            check = tables[1792 &+ high] ^ tables[1536 &+ low] ^ tail(bytes + index)
            index &+= 8
        }
        if index == count { return check }
        let high = Int(bytes[index] ^ UInt8(truncatingIfNeeded: check &>> 8))
        if index &+ 1 == count { return check &<< 8 ^ tables[high] }
        let low = Int(bytes[index &+ 1] ^ UInt8(truncatingIfNeeded: check))
        return rest(bytes + index, count: count &- index, first: high, second: low)
    }

    @_noLocks
    private func reflected(_ bytes: UnsafePointer<UInt8>, count: Int) -> UInt16 {
        var check = initial
        var index = 0
        while index &+ 8 <= count {
            let low = Int(bytes[index] ^ UInt8(truncatingIfNeeded: check))
            let high = Int(bytes[index &+ 1] ^ UInt8(truncatingIfNeeded: check &>> 8))
            check = tables[1792 &+ low] ^ tables[1536 &+ high] ^ tail(bytes + index)
            index &+= 8
        }
        if index == count { return check }
        let low = Int(bytes[index] ^ UInt8(truncatingIfNeeded: check))
        if index &+ 1 == count { return check &>> 8 ^ tables[low] }
        let high = Int(bytes[index &+ 1] ^ UInt8(truncatingIfNeeded: check &>> 8))
        return rest(bytes + index, count: count &- index, first: low, second: high)
    }

    /// What the last two to seven bytes come to.
    ///
    /// - Parameters:
    ///   - first: The first byte, with its half of the check so far.
    ///   - second: The second byte, with the other half.
    @inline(__always)
    @_noLocks
    private func rest(_ bytes: UnsafePointer<UInt8>, count: Int, first: Int, second: Int) -> UInt16 {
        var table = (count &- 1) &<< 8
        var check = tables[table &+ first]
        table &-= 256
        check ^= tables[table &+ second]
        var index = 2
        while index < count {
            table &-= 256
            check ^= tables[table &+ Int(bytes[index])]
            index &+= 1
        }
        return check
    }

    /// What the last six of eight bytes contribute.
    @inline(__always)
    @_noLocks
    private func tail(_ bytes: UnsafePointer<UInt8>) -> UInt16 {
        tables[1280 &+ Int(bytes[2])] ^ tables[1024 &+ Int(bytes[3])] ^ tables[768 &+ Int(bytes[4])]
            ^ tables[512 &+ Int(bytes[5])] ^ tables[256 &+ Int(bytes[6])] ^ tables[Int(bytes[7])]
    }
}
