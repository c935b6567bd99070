internal import CSerialPort
internal import Glibc
public import Realtime

/// A pseudo-terminal as a line: what an emulator on this machine is reached by.
///
/// libserialport looks ports up among the kernel's serial devices and therefore cannot open one. It has no wire: bytes
/// take no time unless the other end sees to that.
public struct PseudoTerminal: Transport, ~Copyable {
    /// Bits a second that the line is set to; deadlines are computed with it.
    public let baudRate: Int
    /// The pipes of the kernel keep nothing; the scheduler may.
    public var latency: UInt64 {
        @_noLocks get { 2_000_000 }
    }
    let descriptor: Descriptor

    /// Opens a pseudo-terminal for this process alone.
    ///
    /// - Throws: ``TransportError`` where it is not there, not permitted, in use, or no terminal.
    public init(path: String, baudRate: Int) throws(TransportError) {
        let number = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
        guard number >= 0 else { throw TransportError(path: path, number: errno) }
        var failure = steadyhand_line_claim(number)
        if failure == 0 { failure = steadyhand_line_make_raw(number, UInt32(baudRate)) }
        guard failure == 0 else {
            let error = TransportError(path: path, number: failure)
            close(number)
            throw error
        }
        descriptor = Descriptor(number: number)
        self.baudRate = baudRate
    }

    deinit { close(descriptor.number) }

    /// The machine's monotonic clock.
    @_noLocks
    public func now() -> MonotonicTime { MonotonicClock.now() }

    /// See ``Transport/discardInput()``.
    @_noLocks
    public mutating func discardInput() { descriptor.discardInput() }

    /// See ``Transport/send(_:by:)``.
    @_noLocks
    public mutating func send(_ bytes: UnsafeBufferPointer<UInt8>, by deadline: MonotonicTime) -> TransportStatus {
        descriptor.send(bytes, by: deadline)
    }

    /// See ``Transport/receive(into:by:)``.
    @_noLocks
    public mutating func receive(into buffer: inout FrameBuffer, by deadline: MonotonicTime) -> TransportStatus {
        descriptor.receive(into: &buffer, by: deadline)
    }
}
