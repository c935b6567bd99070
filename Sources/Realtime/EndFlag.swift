internal import Synchronization

/// Whether a thread should come to its end.
public final class EndFlag: Sendable {
    private let value = Atomic(false)

    /// Not set.
    public init() {}

    /// Whether it was set.
    public var isSet: Bool { @_noLocks get { value.load(ordering: .acquiring) } }

    /// Sets it, for good.
    public func set() { value.store(true, ordering: .releasing) }
}
