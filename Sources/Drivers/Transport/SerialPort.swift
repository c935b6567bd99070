internal import CSerialPort
internal import Glibc
public import Realtime

/// A serial device as a line: a USB adapter or a port of the machine, through libserialport.
public struct SerialPort: Transport, ~Copyable {
    /// Bits a second on the wire.
    public let baudRate: Int
    /// The adapter's latency timer, and two frames of full-speed USB.
    public let latency: UInt64
    /// One line for each thing about the adapter that makes the bus slow, with its remedy; empty if there is none.
    public let warnings: [String]
    private let port: OpaquePointer
    let descriptor: Descriptor

    /// Opens a device for this process alone, 8N1 without flow control. Symbolic links are followed first.
    ///
    /// - Throws: ``TransportError``.
    public init(path: String, baudRate: Int) throws(TransportError) {
        guard let resolved = realpath(path, nil) else { throw TransportError(path: path, number: errno) }
        defer { free(resolved) }
        // The kernel knows why a port cannot be opened better than the library tells.
        guard access(resolved, R_OK | W_OK) == 0 else { throw TransportError(path: path, number: errno) }
        // Some programs lock nothing: two of them on one bus garble each other's replies.
        if let owner = PortOwner.findOther(String(cString: resolved)) {
            throw TransportError(path: path, kind: .inUse(owner: owner))
        }
        var found: OpaquePointer?
        guard sp_get_port_by_name(resolved, &found) == SP_OK, let port = found else {
            throw TransportError(path: path, kind: .notAPort)
        }
        var failure: TransportError?
        if sp_open(port, SP_MODE_READ_WRITE) != SP_OK {
            failure = TransportError(path: path, number: sp_last_error_code())
        } else {
            failure = Self.configure(port, path: path, baudRate: baudRate)
            if failure != nil { sp_close(port) }
        }
        if let failure {
            sp_free_port(port)
            throw failure
        }
        var number: Int32 = -1
        sp_get_port_handle(port, &number)
        self.port = port
        descriptor = Descriptor(number: number)
        self.baudRate = baudRate
        let timer = LatencyTimer.shorten(device: String(cString: resolved))
        latency = 2_000_000 + UInt64(timer.milliseconds ?? 0) * 1_000_000
        warnings = timer.warning.map { [$0] } ?? []
    }

    deinit {
        sp_close(port)
        sp_free_port(port)
    }

    private static func configure(_ port: OpaquePointer, path: String, baudRate: Int) -> TransportError? {
        var number: Int32 = -1
        guard sp_get_port_handle(port, &number) == SP_OK else {
            return TransportError(path: path, number: sp_last_error_code())
        }
        let claimed = steadyhand_line_claim(number)
        guard claimed == 0 else { return TransportError(path: path, number: claimed) }
        guard sp_set_bits(port, 8) == SP_OK, sp_set_parity(port, SP_PARITY_NONE) == SP_OK,
            sp_set_stopbits(port, 1) == SP_OK, sp_set_flowcontrol(port, SP_FLOWCONTROL_NONE) == SP_OK
        else { return TransportError(path: path, number: sp_last_error_code()) }
        guard sp_set_baudrate(port, Int32(baudRate)) == SP_OK else {
            return TransportError(path: path, kind: .baudRate(baudRate))
        }
        return nil
    }

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
