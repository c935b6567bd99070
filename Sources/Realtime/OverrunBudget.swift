/// How many missed cycles a loop may have before it is judged unable to keep its rate.
///
/// Each missed cycle adds one, each good cycle takes one away, never below zero. A hiccup is thereby forgotten after as
/// many good cycles, whereas a loop that misses more often than it hits runs out. (The weighted counter of Orocos RTT's
/// periodic threads works alike.)
public struct OverrunBudget: BitwiseCopyable, Hashable, Sendable {
    /// The number of outstanding misses at which the budget is exhausted; at least 1.
    public let limit: Int
    /// Misses not yet made good.
    public private(set) var outstanding = 0

    /// A full budget that is exhausted by `limit` misses in a row.
    @_noLocks
    public init(limit: Int) {
        precondition(limit > 0, "an overrun budget holds at least one miss")
        self.limit = limit
    }

    /// Whether the misses have reached the limit.
    public var isExhausted: Bool {
        @_noLocks get { outstanding >= limit }
    }

    /// Counts one missed cycle. Returns true when the budget is exhausted.
    @_noLocks
    public mutating func miss() -> Bool {
        miss(cycles: 1)
    }

    /// Counts `cycles` missed cycles. Returns true when the budget is exhausted.
    @_noLocks
    public mutating func miss(cycles: Int) -> Bool {
        // Kept at the limit: what comes later must be able to make it good again in bounded time.
        outstanding = cycles >= limit - outstanding ? limit : outstanding + cycles
        return isExhausted
    }

    /// Counts one cycle that came in time.
    @_noLocks
    public mutating func good() {
        if outstanding > 0 { outstanding -= 1 }
    }
}
