internal import Foundation
public import Realtime

/// A line of either kind, opened by its path.
public enum Port: Transport, ~Copyable {
    /// A serial device.
    case device(SerialPort)
    /// A pseudo-terminal.
    case terminal(PseudoTerminal)

    /// Opens a port for this process alone.
    ///
    /// - Parameters:
    ///   - path: A device, a link to one, or a pseudo-terminal.
    ///   - baudRate: Bits a second.
    /// - Throws: ``TransportError``.
    public static func open(_ path: String, baudRate: Int) throws(TransportError) -> Port {
        let resolved = URL(filePath: path).resolvingSymlinksInPath().path
        if resolved.hasPrefix("/dev/pts/") { return .terminal(try PseudoTerminal(path: path, baudRate: baudRate)) }
        return .device(try SerialPort(path: path, baudRate: baudRate))
    }

    /// Bits a second on the wire.
    public var baudRate: Int {
        @_noLocks get {
            switch self {
            case .device(let port): port.baudRate
            case .terminal(let port): port.baudRate
            }
        }
    }

    /// How long the adapter may keep a byte, ns.
    public var latency: UInt64 {
        @_noLocks get {
            switch self {
            case .device(let port): port.latency
            case .terminal(let port): port.latency
            }
        }
    }

    /// What makes this line slow, with the remedy.
    public var warnings: [String] {
        switch self {
        case .device(let port): port.warnings
        case .terminal: []
        }
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

    private var descriptor: Descriptor {
        @_noLocks get {
            switch self {
            case .device(let port): port.descriptor
            case .terminal(let port): port.descriptor
            }
        }
    }
}
