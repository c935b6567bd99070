public import Synchronization

/// The newest value of something: one thread publishes, any number of threads read, and nobody waits.
///
/// A sequence lock over atomic words. `publish` is wait-free; `read` copies, and tries again a bounded number of times
/// when a publication came in between. A plain (non-atomic) payload would be a data race by the rules of the language
/// even if it worked, and the thread sanitizer does not see that race; hence each word is an atomic of its own.
///
/// ### In the real-time path
///
/// `Latest` is a class, and touching a class reference that is a field of another object can retain it, which the
/// compiler refuses under `@_noLocks`. Take a ``handle`` once, outside, and keep that: it is a plain pointer, without
/// reference count.
///
/// ```swift
/// struct Loop: ~Copyable {
///     private let setpoints: Latest<Setpoint>            // keeps the memory alive
///     private let setpointHandle: Latest<Setpoint>.Handle  // is used in the loop
///     private var setpoint = Setpoint()
///
///     init(setpoints: Latest<Setpoint>) {
///         self.setpoints = setpoints
///         setpointHandle = setpoints.handle
///     }
///
///     @_noLocks
///     mutating func step() {
///         // False: the writer came in between each time. The old setpoint stays, and its age tells how old it is.
///         _ = setpointHandle.read(into: &setpoint)
///     }
/// }
/// ```
public final class Latest<Value: BitwiseCopyable & Sendable>: Sendable {
    /// What the real-time path holds: no reference count. Must not be used after its ``Latest`` is gone.
    public let handle: Handle

    /// Holds `initial`, as version 0.
    public init(_ initial: Value) {
        handle = Handle(allocatingFor: initial)
    }

    deinit {
        handle.deallocate()
    }

    /// Makes `value` the newest. One thread at a time may publish. Wait-free.
    @inlinable
    public func publish(_ value: borrowing Value) {
        handle.publish(value)
    }

    /// Copies the newest value to `value`.
    ///
    /// - Returns: false when publications came in between each of the attempts; `value` is then as it was.
    @inlinable
    public func read(into value: inout Value) -> Bool {
        handle.read(into: &value)
    }

    /// Copies the newest value to `value` if it is not the version `seen`, and notes its version there.
    ///
    /// - Returns: true when there was something new and it was read whole.
    @inlinable
    public func read(into value: inout Value, newerThan seen: inout UInt64) -> Bool {
        handle.read(into: &value, newerThan: &seen)
    }

    /// How many values have been published. The initial value is none of them.
    @inlinable
    public var version: UInt64 { handle.version }
}

extension Latest {
    /// A reference to the memory of a ``Latest`` that counts no references: for the real-time path.
    ///
    /// Whoever holds one must keep the ``Latest`` it came from alive as well.
    @safe
    public struct Handle: BitwiseCopyable, @unchecked Sendable {
        // Word 0 is the sequence: odd while a publication is under way. The payload starts on the next cache line.
        @usableFromInline let words: UnsafeMutablePointer<Atomic<UInt64>>

        @inlinable static var payloadStart: Int { 8 }
        @inlinable static var wholeWords: Int { MemoryLayout<Value>.size / 8 }
        @inlinable static var remainingBytes: Int { MemoryLayout<Value>.size % 8 }
        @inlinable static var wordCount: Int { 8 + (MemoryLayout<Value>.size + 7) / 8 }
        @inlinable static var attempts: Int { 4 }

        init(allocatingFor initial: Value) {
            let bytes = Self.wordCount * MemoryLayout<Atomic<UInt64>>.stride
            words = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
                .bindMemory(to: Atomic<UInt64>.self, capacity: Self.wordCount)
            for index in 0..<Self.wordCount {
                (words + index).initialize(to: Atomic(0))
            }
            store(initial)
        }

        func deallocate() {
            words.deinitialize(count: Self.wordCount)
            UnsafeMutableRawPointer(words).deallocate()
        }
    }
}
