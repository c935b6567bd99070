/// A moment on the machine's monotonic clock, or on a virtual clock that stands in for it.
///
/// Every measurement, setpoint and command carries one. Moments of different clocks do not compare.
public struct MonotonicTime: BitwiseCopyable, Hashable, Comparable, Sendable {
    /// Nanoseconds since the clock's origin.
    public var nanoseconds: UInt64

    /// The moment `nanoseconds` after the clock's origin.
    @inlinable @_noLocks
    public init(nanoseconds: UInt64) {
        self.nanoseconds = nanoseconds
    }

    /// The clock's origin. Before the first measurement, values carry it.
    public static var zero: MonotonicTime {
        @inlinable @_noLocks get { MonotonicTime(nanoseconds: 0) }
    }

    /// Whether `left` comes before `right`.
    @inlinable @_noLocks
    public static func < (left: MonotonicTime, right: MonotonicTime) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// Nanoseconds from `earlier` to this moment; zero if `earlier` is in fact the later one.
    ///
    /// Two cores stamp values independently, so a value can carry a time a little after the reader's own.
    @inlinable @_noLocks
    public func nanoseconds(since earlier: MonotonicTime) -> UInt64 {
        nanoseconds > earlier.nanoseconds ? nanoseconds &- earlier.nanoseconds : 0
    }

    /// This moment and `nanoseconds` more.
    @inlinable @_noLocks
    public func advanced(byNanoseconds nanoseconds: UInt64) -> MonotonicTime {
        MonotonicTime(nanoseconds: self.nanoseconds &+ nanoseconds)
    }
}
