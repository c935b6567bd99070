/// What has happened on a bus since it was opened.
public struct BusCounts: BitwiseCopyable, Equatable, Sendable {
    /// Requests sent.
    public var requests: UInt64 = 0
    /// Replies taken.
    public var replies: UInt64 = 0
    /// Replies that did not come in time, with nothing else in their place.
    public var missing: UInt64 = 0
    /// Replies that did not come while bytes came that were no frame.
    public var garbled: UInt64 = 0
    /// Bytes that were part of no frame.
    public var noise: UInt64 = 0
    /// How often bytes had to be passed over to find the next frame.
    public var resyncs: UInt64 = 0
    /// Replies of somebody who was not asked, or out of turn: ``late`` ones.
    public var foreign: UInt64 = 0
    /// Replies out of turn, which were late from before.
    public var late: UInt64 = 0
    /// Transactions that ended at their deadline or at a gap between bytes.
    public var timeouts: UInt64 = 0
    /// Replies whose error byte was set.
    public var complaints: UInt64 = 0

    /// Nothing yet.
    @_noLocks
    public init() {}
}

/// What has come of the requests to one motor in the cycle since its bus was opened.
public struct MotorCounts: BitwiseCopyable, Equatable, Sendable {
    /// Replies taken.
    public var replies: UInt64 = 0
    /// Replies that did not come in time, with nothing else in their place.
    public var missing: UInt64 = 0
    /// Replies that did not come while bytes came that were no frame.
    public var garbled: UInt64 = 0
    /// Replies out of turn, which were late from before.
    public var late: UInt64 = 0
    /// Replies whose error byte was set.
    public var complaints: UInt64 = 0

    /// Nothing yet.
    @_noLocks
    public init() {}
}
