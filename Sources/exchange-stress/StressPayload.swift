/// A block of words to fill a payload with.
protocol PayloadWords: BitwiseCopyable, Sendable {
    init(repeating word: UInt64)
    /// Whether every word is `word`.
    func all(equal word: UInt64) -> Bool
}

struct Words3: PayloadWords {
    var words: InlineArray<3, UInt64>

    init(repeating word: UInt64) { words = InlineArray(repeating: word) }

    func all(equal word: UInt64) -> Bool {
        for index in 0..<3 where words[index] != word { return false }
        return true
    }
}

struct Words250: PayloadWords {
    var words: InlineArray<250, UInt64>

    init(repeating word: UInt64) { words = InlineArray(repeating: word) }

    func all(equal word: UInt64) -> Bool {
        for index in 0..<250 where words[index] != word { return false }
        return true
    }
}

/// A value that shows whether it is whole: each part follows from the number. Its size is no multiple of a word.
struct StressPayload<Words: PayloadWords>: BitwiseCopyable, Sendable {
    var words: Words
    var low: UInt32
    var lowest: UInt8

    init(_ number: UInt64) {
        words = Words(repeating: number)
        low = UInt32(truncatingIfNeeded: number)
        lowest = UInt8(truncatingIfNeeded: number)
    }

    /// The number this value was made from; nil when its parts disagree.
    func number(first: UInt64) -> UInt64? {
        let whole =
            words.all(equal: first) && low == UInt32(truncatingIfNeeded: first)
            && lowest == UInt8(truncatingIfNeeded: first)
        return whole ? first : nil
    }
}
