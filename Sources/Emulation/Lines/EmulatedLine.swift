public import Drivers
public import Realtime

/// An emulated bus as a line in memory, on a clock that moves when somebody waits: drivers run against it as fast as the
/// machine goes, and the same bytes come every time.
public struct EmulatedLine: Transport, ~Copyable {
    /// The bus at its other end.
    public let bus: EmulatedBus
    /// The clock: it moves while a transaction waits, and may be moved on in between.
    public let clock: EmulatedClock
    /// Bits a second that the host talks at.
    public let baudRate: Int
    private var coming: [EmulatedBus.Delivery] = []

    /// A line whose clock begins a second after its origin.
    ///
    /// - Parameter baudRate: Bits a second that the host talks at; nil takes the bus's.
    public init(_ bus: EmulatedBus, clock: EmulatedClock = EmulatedClock(), baudRate: Int? = nil) {
        self.bus = bus
        self.clock = clock
        self.baudRate = baudRate ?? bus.baudRate
    }

    /// Two microframes of USB.
    public var latency: UInt64 { 250_000 }
    /// The virtual moment.
    public func now() -> MonotonicTime { clock.now }

    /// See `Transport`.
    public mutating func discardInput() { coming.removeAll { $0.time <= clock.seconds } }

    /// See `Transport`.
    public mutating func send(_ bytes: UnsafeBufferPointer<UInt8>, by deadline: MonotonicTime) -> TransportStatus {
        guard bus.isPresent(at: clock.seconds) else { return .gone }
        bus.devices.hostBaudRate = baudRate
        coming += bus.send(Array(bytes), at: clock.seconds)
        coming.sort { $0.time < $1.time }
        return .done
    }

    /// See `Transport`.
    public mutating func receive(into buffer: inout FrameBuffer, by deadline: MonotonicTime) -> TransportStatus {
        guard bus.isPresent(at: clock.seconds) else { return .gone }
        guard let first = coming.first, first.time <= Double(deadline.nanoseconds) * 1e-9 else {
            clock.advance(to: deadline)
            return .late
        }
        clock.advance(to: MonotonicTime(nanoseconds: UInt64((first.time * 1e9).rounded(.up))))
        while let next = coming.first, next.time <= clock.seconds {
            next.bytes.withUnsafeBufferPointer { buffer.append($0) }
            coming.removeFirst()
        }
        return .done
    }
}

/// A clock that several lines and a test share. For one thread.
public final class EmulatedClock {
    /// The present moment.
    public private(set) var now = MonotonicTime(nanoseconds: 1_000_000_000)
    /// The same, s.
    public var seconds: Double { Double(now.nanoseconds) * 1e-9 }

    /// Begins a second after the origin.
    public init() {}

    /// Moves on, never back.
    public func advance(to time: MonotonicTime) { if time > now { now = time } }
}
