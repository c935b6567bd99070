import Synchronization

/// Carries a value that cannot be copied to the thread that is to own it.
final class Handover<Value: ~Copyable>: @unchecked Sendable {
    private let lock = Mutex(())
    private var value: Value?

    init(_ value: consuming Value) {
        self.value = consume value
    }

    /// Takes the value out. It can be taken once.
    func take() -> Value {
        lock.withLock { _ in }
        guard let taken = value.take() else { preconditionFailure("a value is handed over once") }
        return taken
    }
}
