internal import Synchronization

/// The newest block of bytes, of a size that is known only at run time: a camera's picture. One thread publishes, any
/// number of threads read, and nobody waits.
///
/// As ``Latest``, but with several slots, each a sequence lock of its own: a block is large, and while it is copied out
/// the writer goes on in another slot. A reader misses it only if the writer comes round all of them meanwhile.
public final class LatestBytes: @unchecked Sendable {
    /// How many bytes a block has.
    public let byteCount: Int

    // Word 0 counts publications. Every slot begins on a cache line: its sequence (twice the number of the publication
    // in it, one less while that is written), its time, and the bytes.
    private let words: UnsafeMutablePointer<Atomic<UInt64>>
    private let wordCount: Int
    private let slotStride: Int

    private static let slotCount: UInt64 = 4
    private static let attempts = 4
    private static let header = 8

    /// Blocks of `byteCount` bytes; none is published yet.
    public init(byteCount: Int) {
        precondition(byteCount > 0, "a block has at least one byte")
        self.byteCount = byteCount
        let payload = (byteCount + 7) / 8
        slotStride = Self.header + (payload + 7) / 8 * 8
        wordCount = Self.header + Int(Self.slotCount) * slotStride
        words = UnsafeMutableRawPointer.allocate(byteCount: wordCount * 8, alignment: 64)
            .bindMemory(to: Atomic<UInt64>.self, capacity: wordCount)
        for index in 0..<wordCount { (words + index).initialize(to: Atomic(0)) }
    }

    deinit {
        words.deinitialize(count: wordCount)
        UnsafeMutableRawPointer(words).deallocate()
    }

    /// How many blocks have been published.
    public var version: UInt64 { words[0].load(ordering: .acquiring) }

    /// When the newest block's content was measured; zero while there is none.
    public var time: MonotonicTime {
        let newest = words[0].load(ordering: .acquiring)
        return newest == 0 ? .zero : MonotonicTime(nanoseconds: slot(newest)[1].load(ordering: .relaxed))
    }

    /// Makes `bytes`, measured at `time`, the newest block. One thread at a time may publish. Wait-free.
    public func publish(_ bytes: UnsafeRawBufferPointer, time: MonotonicTime) {
        precondition(bytes.count == byteCount, "the block's size is fixed")
        let number = words[0].load(ordering: .relaxed) &+ 1
        let slot = slot(number)
        slot[0].store(2 &* number &- 1, ordering: .relaxed)
        // No word of the block may be seen before the odd sequence is.
        atomicMemoryFence(ordering: .releasing)
        slot[1].store(time.nanoseconds, ordering: .relaxed)
        let payload = slot + Self.header
        let whole = byteCount / 8
        for index in 0..<whole {
            payload[index].store(
                bytes.loadUnaligned(fromByteOffset: index &* 8, as: UInt64.self), ordering: .relaxed)
        }
        if byteCount % 8 > 0 {
            var last: UInt64 = 0
            for byte in 0..<(byteCount % 8) {
                last |= UInt64(bytes[whole &* 8 &+ byte]) &<< UInt64(byte &* 8)
            }
            payload[whole].store(last, ordering: .relaxed)
        }
        slot[0].store(2 &* number, ordering: .releasing)
        words[0].store(number, ordering: .releasing)
    }

    /// Copies the newest block. Wait-free, and without allocation.
    ///
    /// - Parameters:
    ///   - bytes: room for ``byteCount`` bytes.
    ///   - time: becomes the moment when the block's content was measured.
    /// - Returns: the number of its publication; nil while there is none, or when the writer came round in each of the
    ///   attempts. What `bytes` holds is then of no use.
    public func read(into bytes: UnsafeMutableRawBufferPointer, time: inout MonotonicTime) -> UInt64? {
        precondition(bytes.count == byteCount, "the block's size is fixed")
        for _ in 0..<Self.attempts {
            let number = words[0].load(ordering: .acquiring)
            if number == 0 { return nil }
            let slot = slot(number)
            guard slot[0].load(ordering: .acquiring) == 2 &* number else { continue }
            let measured = slot[1].load(ordering: .relaxed)
            copy(slot + Self.header, to: bytes)
            // No word of the block may be read after the sequence is looked at again.
            atomicMemoryFence(ordering: .acquiring)
            if slot[0].load(ordering: .relaxed) == 2 &* number {
                time = MonotonicTime(nanoseconds: measured)
                return number
            }
        }
        return nil
    }

    private func slot(_ number: UInt64) -> UnsafeMutablePointer<Atomic<UInt64>> {
        words + Self.header + Int(number % Self.slotCount) * slotStride
    }

    private func copy(_ payload: UnsafeMutablePointer<Atomic<UInt64>>, to bytes: UnsafeMutableRawBufferPointer) {
        let whole = byteCount / 8
        for index in 0..<whole {
            bytes.storeBytes(of: payload[index].load(ordering: .relaxed), toByteOffset: index &* 8, as: UInt64.self)
        }
        guard byteCount % 8 > 0 else { return }
        let last = payload[whole].load(ordering: .relaxed)
        for byte in 0..<(byteCount % 8) {
            bytes[whole &* 8 &+ byte] = UInt8(truncatingIfNeeded: last &>> UInt64(byte &* 8))
        }
    }
}
