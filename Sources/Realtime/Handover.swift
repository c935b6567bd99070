internal import Synchronization

/// Carries a value that cannot be copied to the thread that is to own it.
public final class Handover<Value: ~Copyable>: @unchecked Sendable {
    private let lock = Mutex(())
    private var value: Value?

    /// Takes the value, until it is taken.
    public init(_ value: consuming Value) {
        self.value = consume value
    }

    /// Takes the value out. It can be taken once.
    public func take() -> Value {
        lock.withLock { _ in }
        guard let taken = value.take() else { preconditionFailure("a value is handed over once") }
        return taken
    }
}
