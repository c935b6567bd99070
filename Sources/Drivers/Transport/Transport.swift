public import Realtime

/// A line that bytes go out on and come in on: a serial device, a pseudo-terminal, or an emulated bus in memory.
///
/// It belongs to one thread. Its methods allocate nothing. What fails once in a while on a wire (no reply, noise) is not
/// an error of the line; a line whose device is gone says so from then on.
public protocol Transport: ~Copyable, SendableMetatype {
    /// Bits a second on the wire; a byte takes ten of them.
    var baudRate: Int { get }
    /// How long the adapter may keep a byte to itself, ns: its latency timer and the frames of the USB bus.
    var latency: UInt64 { get }
    /// The present moment on the clock that deadlines are on.
    func now() -> MonotonicTime
    /// Throws away what has arrived and was not read.
    mutating func discardInput()
    /// Hands bytes over to be sent, in order.
    ///
    /// - Returns: ``TransportStatus/done`` when all are handed over; ``TransportStatus/late`` when that was not possible
    ///   before the deadline.
    mutating func send(_ bytes: UnsafeBufferPointer<UInt8>, by deadline: MonotonicTime) -> TransportStatus
    /// Waits for bytes and appends those that have come to `buffer`, as far as there is room.
    ///
    /// - Returns: ``TransportStatus/done`` when at least one came, ``TransportStatus/late`` when none did before the
    ///   deadline.
    mutating func receive(into buffer: inout FrameBuffer, by deadline: MonotonicTime) -> TransportStatus
}

/// What became of bytes that were sent or waited for.
public enum TransportStatus: UInt8, BitwiseCopyable, Sendable {
    /// It was done.
    case done
    /// The deadline came first.
    case late
    /// The device is gone: unplugged, or the other end was closed.
    case gone
}

extension Transport where Self: ~Copyable {
    /// How long this many bytes take on the wire, ns.
    public func wireTime(bytes: Int) -> UInt64 {
        UInt64(bytes) &* 10_000_000_000 / UInt64(max(1, baudRate))
    }
}
