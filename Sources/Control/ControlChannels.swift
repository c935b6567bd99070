public import Realtime
import Synchronization

/// Everything that passes between the control loop and the rest of the process.
public final class ControlChannels: Sendable {
    /// What inference asks for: one writer.
    public let setpoint: Latest<Setpoint>
    /// What the loop shows the others.
    public let snapshot: Latest<ControlSnapshot>
    /// What the recorder writes: one reader.
    public let cycles: Ring<CycleRecord>
    /// What a person asks for.
    public let operatorRequest: OperatorRequests
    /// The sign of life that a supervisor watches.
    public let heartbeat: Heartbeat

    /// - Parameter cycleCapacity: How many cycle records may wait for the recorder.
    public init(cycleCapacity: Int) {
        setpoint = Latest(Setpoint())
        snapshot = Latest(ControlSnapshot())
        cycles = Ring(capacity: cycleCapacity)
        operatorRequest = OperatorRequests()
        heartbeat = Heartbeat()
    }
}

/// What a person asks of the control loop; any thread may ask, a signal handler too.
public final class OperatorRequests: Sendable {
    /// Requests that wait for the next cycle.
    public struct Pending: OptionSet, BitwiseCopyable, Sendable {
        /// The set as bits.
        public let rawValue: UInt8

        /// A set with these bits.
        @inlinable
        @_noLocks
        public init(rawValue: UInt8) {
            self.rawValue = rawValue
        }

        /// Come to rest, whatever the policy asks, and stay there until a reset.
        @inlinable
        public static var stop: Pending { @_noLocks get { Pending(rawValue: 1) } }
        /// A person looked: forget faults and stops.
        @inlinable
        public static var reset: Pending { @_noLocks get { Pending(rawValue: 2) } }
        /// The schedule missed more deadlines than it may.
        @inlinable
        public static var overrun: Pending { @_noLocks get { Pending(rawValue: 4) } }
    }

    private let pending = Atomic<UInt8>(0)

    /// Nothing asked, nothing passed yet.
    public init() {}

    /// Asks for a controlled stop.
    public func requestStop() { request(.stop) }

    /// Takes back stops and latched faults.
    public func requestReset() { request(.reset) }

    /// Asks; the next control cycle answers.
    @_noLocks
    public func request(_ wanted: Pending) {
        _ = pending.bitwiseOr(wanted.rawValue, ordering: .acquiringAndReleasing)
    }

    /// Takes what was asked since the last call.
    @_noLocks
    public func take() -> Pending {
        guard pending.load(ordering: .relaxed) != 0 else { return Pending(rawValue: 0) }
        return Pending(rawValue: pending.exchange(0, ordering: .acquiringAndReleasing))
    }
}
