/// A number that changes with any change of what it is taken of: FNV-1a (Fowler, Noll, Vo), a word at a time. It tells apart
/// what was trained on, and withstands no intent.
public struct Fingerprint: Sendable {
    /// The number so far.
    public private(set) var value: UInt64

    /// Of nothing yet, or going on from another one's value.
    public init(_ value: UInt64 = 0xcbf2_9ce4_8422_2325) {
        self.value = value
    }

    /// Takes a word in.
    public mutating func add(_ word: UInt64) {
        value = (value ^ word) &* 0x0000_0100_0000_01b3
    }

    /// Takes in the bits of numbers.
    public mutating func add(_ numbers: UnsafeBufferPointer<Float>) {
        for number in numbers { add(UInt64(number.bitPattern)) }
    }

    /// Takes in how many numbers there are, and their bits.
    public mutating func add(_ numbers: [Float]) {
        add(UInt64(numbers.count))
        numbers.withUnsafeBufferPointer { add($0) }
    }

    /// Takes in bytes, one by one.
    public mutating func add(_ bytes: UnsafeRawBufferPointer) {
        for byte in bytes { add(UInt64(byte)) }
    }

    /// Takes in bytes, eight at a time and the last ones by themselves.
    public mutating func addWords(_ bytes: UnsafeRawBufferPointer) {
        let whole = bytes.count / 8 * 8
        for start in stride(from: 0, to: whole, by: 8) {
            add(bytes.loadUnaligned(fromByteOffset: start, as: UInt64.self))
        }
        add(UnsafeRawBufferPointer(rebasing: bytes[whole...]))
    }
}
