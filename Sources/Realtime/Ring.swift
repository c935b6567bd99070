public import Synchronization

/// A bounded queue from one thread to one other. What does not fit is counted, never waited for.
///
/// The positions are atomics and hand the slots over; the slots themselves are plain memory, so that the thread
/// sanitizer checks the hand-over. In the real-time path keep a ``handle``, for the reason given at ``Latest``:
///
/// ```swift
/// struct Loop: ~Copyable {
///     private let cycles: Ring<CycleRecord>
///     private let cyclesHandle: Ring<CycleRecord>.Handle
///
///     @_noLocks
///     mutating func finish(_ record: borrowing CycleRecord) {
///         _ = cyclesHandle.push(record)  // false: full; `cycles.dropped` has counted it
///     }
/// }
/// ```
public final class Ring<Element: BitwiseCopyable & Sendable>: Sendable {
    /// What the real-time path holds: no reference count. Must not be used after its ``Ring`` is gone.
    public let handle: Handle

    /// An empty queue for `capacity` elements (at least 1).
    public init(capacity: Int) {
        precondition(capacity > 0, "a ring holds at least one element")
        handle = Handle(capacity: capacity)
    }

    deinit {
        handle.deallocate()
    }

    /// How many elements fit.
    public var capacity: Int { Int(handle.capacity) }

    /// Appends a copy of `element`. Called by the one producer. Wait-free.
    ///
    /// - Returns: false when there was no room; the element is then dropped and counted.
    @inlinable
    public func push(_ element: borrowing Element) -> Bool {
        handle.push(element)
    }

    /// Takes the oldest element. Called by the one consumer. Wait-free.
    ///
    /// - Returns: false when there was none; `element` is then as it was.
    @inlinable
    public func pop(into element: inout Element) -> Bool {
        handle.pop(into: &element)
    }

    /// How many elements found no room.
    @inlinable
    public var dropped: UInt64 { handle.dropped }

    /// How many elements wait to be taken; already out of date when it is returned.
    @inlinable
    public var count: Int { handle.count }
}

extension Ring {
    /// A reference to the memory of a ``Ring`` that counts no references: for the real-time path.
    ///
    /// Whoever holds one must keep the ``Ring`` it came from alive as well.
    @safe
    public struct Handle: BitwiseCopyable, @unchecked Sendable {
        // Each side's own words share a cache line with nothing of the other's.
        @usableFromInline let positions: UnsafeMutablePointer<Atomic<UInt64>>
        @usableFromInline let slots: UnsafeMutablePointer<Element>
        @usableFromInline let capacity: UInt64

        /// Producer: elements ever pushed, the consumer's position as last seen, and elements dropped.
        @inlinable static var pushed: Int { 0 }
        @inlinable static var poppedAsSeen: Int { 1 }
        @inlinable static var lost: Int { 2 }
        /// Consumer: elements ever popped, and the producer's position as last seen.
        @inlinable static var popped: Int { 8 }
        @inlinable static var pushedAsSeen: Int { 9 }
        @inlinable static var positionCount: Int { 16 }

        init(capacity: Int) {
            let bytes = Self.positionCount * MemoryLayout<Atomic<UInt64>>.stride
            positions = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
                .bindMemory(to: Atomic<UInt64>.self, capacity: Self.positionCount)
            for index in 0..<Self.positionCount {
                (positions + index).initialize(to: Atomic(0))
            }
            slots = UnsafeMutablePointer<Element>.allocate(capacity: capacity)
            self.capacity = UInt64(capacity)
        }

        func deallocate() {
            positions.deinitialize(count: Self.positionCount)
            UnsafeMutableRawPointer(positions).deallocate()
            slots.deallocate()
        }
    }
}

extension Ring.Handle {
    /// Appends a copy of `element`. Called by the one producer. Wait-free.
    ///
    /// - Returns: false when there was no room; the element is then dropped and counted.
    @inlinable
    public func push(_ element: borrowing Element) -> Bool {
        let position = positions[Self.pushed].load(ordering: .relaxed)
        if position &- positions[Self.poppedAsSeen].load(ordering: .relaxed) >= capacity {
            let popped = positions[Self.popped].load(ordering: .acquiring)
            positions[Self.poppedAsSeen].store(popped, ordering: .relaxed)
            if position &- popped >= capacity {
                let lost = positions[Self.lost].load(ordering: .relaxed)
                positions[Self.lost].store(lost &+ 1, ordering: .relaxed)
                return false
            }
        }
        let slot = slots + Int(position % capacity)
        withUnsafeBytes(of: element) { bytes in
            UnsafeMutableRawBufferPointer(start: slot, count: MemoryLayout<Element>.size).copyMemory(from: bytes)
        }
        positions[Self.pushed].store(position &+ 1, ordering: .releasing)
        return true
    }

    /// Takes the oldest element. Called by the one consumer. Wait-free.
    ///
    /// - Returns: false when there was none; `element` is then as it was.
    @inlinable
    public func pop(into element: inout Element) -> Bool {
        let position = positions[Self.popped].load(ordering: .relaxed)
        if position == positions[Self.pushedAsSeen].load(ordering: .relaxed) {
            let pushed = positions[Self.pushed].load(ordering: .acquiring)
            positions[Self.pushedAsSeen].store(pushed, ordering: .relaxed)
            if position == pushed { return false }
        }
        element = slots[Int(position % capacity)]
        positions[Self.popped].store(position &+ 1, ordering: .releasing)
        return true
    }

    /// How many elements found no room.
    @inlinable
    public var dropped: UInt64 { positions[Self.lost].load(ordering: .relaxed) }

    /// How many elements wait to be taken; already out of date when it is returned.
    @inlinable
    public var count: Int {
        // The consumer's position first: read the other way round, it could overtake the producer's.
        let popped = positions[Self.popped].load(ordering: .acquiring)
        return Int(positions[Self.pushed].load(ordering: .acquiring) &- popped)
    }
}
