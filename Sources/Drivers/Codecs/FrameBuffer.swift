internal import Glibc

/// Bytes of frames on their way in or out. Its memory is reserved once; it never grows.
///
/// Reading outside of what is in it, or adding to a full one, is not a crash: a byte that is not there reads as 0, one
/// that does not fit is dropped and the buffer is ``isOverfull``.
@safe
public struct FrameBuffer: ~Copyable, @unchecked Sendable {
    private let start: UnsafeMutablePointer<UInt8>
    /// How many bytes fit.
    public let capacity: Int
    /// How many bytes are in it.
    public private(set) var count = 0
    /// Whether something did not fit since it was last emptied.
    public private(set) var isOverfull = false

    /// Reserves room for this many bytes.
    public init(capacity: Int) {
        self.capacity = max(16, capacity)
        start = .allocate(capacity: self.capacity)
        start.initialize(repeating: 0, count: self.capacity)
    }

    deinit { start.deallocate() }

    /// The bytes in it.
    public var bytes: UnsafeBufferPointer<UInt8> {
        @_noLocks get { UnsafeBufferPointer(start: start, count: count) }
    }

    /// One byte, from 0.
    public subscript(index: Int) -> UInt8 {
        @_noLocks get { index >= 0 && index < count ? start[index] : 0 }
        @_noLocks set { if index >= 0 && index < count { start[index] = newValue } }
    }

    /// Adds a byte.
    @_noLocks
    public mutating func append(_ byte: UInt8) {
        if count < capacity {
            start[count] = byte
            count &+= 1
        } else {
            isOverfull = true
        }
    }

    /// Adds a number in `width` bytes, the low byte first.
    @_noLocks
    public mutating func append(littleEndian value: UInt32, width: Int) {
        var index = 0
        while index < width {
            append(UInt8(truncatingIfNeeded: value &>> UInt32(index &* 8)))
            index &+= 1
        }
    }

    /// Adds what is elsewhere.
    @_noLocks
    public mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let source = bytes.baseAddress, bytes.count > 0 else { return }
        let taken = bytes.count < room ? bytes.count : room
        copy(from: source, to: count, count: taken)
        count &+= taken
        if taken < bytes.count { isOverfull = true }
    }

    /// A number of `width` bytes (1…4), the low byte first.
    @_noLocks
    public func littleEndian(at index: Int, width: Int) -> UInt32 {
        var value: UInt32 = 0
        var byte = 0
        while byte < width {
            value |= UInt32(self[index &+ byte]) &<< UInt32(byte &* 8)
            byte &+= 1
        }
        return value
    }

    /// Whether a byte is among those from `first` on; eight are looked at together.
    @_noLocks
    public func contains(_ byte: UInt8, from first: Int, count looked: Int) -> Bool {
        guard first >= 0, looked > 0, first &+ looked <= count else { return false }
        let bytes = start + first
        let ones: UInt64 = 0x0101_0101_0101_0101
        let wanted = UInt64(byte) &* ones
        var index = 0
        while index &+ 8 <= looked {
            let difference = UnsafeRawPointer(bytes + index).loadUnaligned(as: UInt64.self) ^ wanted
            // The highest bit of each byte that is 0, of the lowest one at least.
            if (difference &- ones) & ~difference & (ones &<< 7) != 0 { return true }
            index &+= 8
        }
        while index < looked {
            if bytes[index] == byte { return true }
            index &+= 1
        }
        return false
    }

    /// Puts a byte in front of the one at `index`.
    @_noLocks
    public mutating func insert(_ byte: UInt8, at index: Int) {
        guard index >= 0, index <= count, count < capacity else {
            isOverfull = true
            return
        }
        var position = count
        while position > index {
            start[position] = start[position &- 1]
            position &-= 1
        }
        start[index] = byte
        count &+= 1
    }

    /// Takes bytes out; what follows moves up.
    @_noLocks
    public mutating func remove(at index: Int, count removed: Int = 1) {
        guard index >= 0, removed > 0, index &+ removed <= count else { return }
        copy(from: start + index + removed, to: index, count: count &- index &- removed)
        count &-= removed
    }

    /// Empties it.
    @_noLocks
    public mutating func removeAll() {
        count = 0
        isOverfull = false
    }

    /// Where the next bytes go; there is ``room`` for them.
    var free: UnsafeMutablePointer<UInt8> {
        @_noLocks get { start + count }
    }

    var room: Int {
        @_noLocks get { capacity &- count }
    }

    @_noLocks
    mutating func didAppend(_ added: Int) { count &+= added < room ? added : room }

    /// Forwards, so that the ranges may overlap as they do in ``remove(at:count:)``.
    @_noLocks
    private func copy(from source: UnsafePointer<UInt8>, to target: Int, count: Int) {
        var index = 0
        while index < count {
            start[target &+ index] = source[index]
            index &+= 1
        }
    }
}
