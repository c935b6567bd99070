public import Synchronization

extension Latest.Handle {
    /// Makes `value` the newest. One thread at a time may publish. Wait-free.
    @inlinable
    public func publish(_ value: borrowing Value) {
        let sequence = words[0].load(ordering: .relaxed)
        words[0].store(sequence &+ 1, ordering: .relaxed)
        // No word of the payload may be seen before the odd sequence is.
        atomicMemoryFence(ordering: .releasing)
        store(value)
        words[0].store(sequence &+ 2, ordering: .releasing)
    }

    /// Copies the newest value to `value`.
    ///
    /// - Returns: false when publications came in between each of the attempts; `value` is then as it was.
    @inlinable
    public func read(into value: inout Value) -> Bool {
        var version: UInt64 = 0
        return read(into: &value, version: &version)
    }

    /// Copies the newest value to `value` if it is not the version `seen`, and notes its version there.
    ///
    /// - Returns: true when there was something new and it was read whole.
    @inlinable
    public func read(into value: inout Value, newerThan seen: inout UInt64) -> Bool {
        if words[0].load(ordering: .relaxed) / 2 == seen { return false }
        return read(into: &value, version: &seen)
    }

    /// How many values have been published. The initial value is none of them.
    @inlinable
    public var version: UInt64 { words[0].load(ordering: .acquiring) / 2 }

    @inlinable
    func read(into value: inout Value, version: inout UInt64) -> Bool {
        var copy = value
        var attempt = 0
        while attempt < Self.attempts {
            let before = words[0].load(ordering: .acquiring)
            if before & 1 == 0 {
                load(into: &copy)
                // No word of the payload may be read after the sequence is looked at again.
                atomicMemoryFence(ordering: .acquiring)
                if words[0].load(ordering: .relaxed) == before {
                    value = copy
                    version = before / 2
                    return true
                }
            }
            attempt &+= 1
        }
        return false
    }

    @inlinable
    func store(_ value: borrowing Value) {
        let payload = words + Self.payloadStart
        withUnsafeBytes(of: value) { bytes in
            var index = 0
            while index < Self.wholeWords {
                payload[index].store(
                    bytes.loadUnaligned(fromByteOffset: index &* 8, as: UInt64.self), ordering: .relaxed)
                index &+= 1
            }
            if Self.remainingBytes > 0 {
                var last: UInt64 = 0
                var byte = 0
                while byte < Self.remainingBytes {
                    last |= UInt64(bytes[index &* 8 &+ byte]) &<< UInt64(byte &* 8)
                    byte &+= 1
                }
                payload[index].store(last, ordering: .relaxed)
            }
        }
    }

    @inlinable
    func load(into value: inout Value) {
        let payload = words + Self.payloadStart
        withUnsafeMutableBytes(of: &value) { bytes in
            var index = 0
            while index < Self.wholeWords {
                bytes.storeBytes(of: payload[index].load(ordering: .relaxed), toByteOffset: index &* 8, as: UInt64.self)
                index &+= 1
            }
            if Self.remainingBytes > 0 {
                let last = payload[index].load(ordering: .relaxed)
                var byte = 0
                while byte < Self.remainingBytes {
                    bytes[index &* 8 &+ byte] = UInt8(truncatingIfNeeded: last &>> UInt64(byte &* 8))
                    byte &+= 1
                }
            }
        }
    }
}
