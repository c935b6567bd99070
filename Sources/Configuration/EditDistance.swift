/// How many single-character insertions, deletions, substitutions and swaps of neighbours turn one word into another.
///
/// The optimal string alignment distance: no part of a word is edited twice.
public func editDistance(_ first: String, _ second: String) -> Int {
    let left = Array(first)
    let right = Array(second)
    var beforePrevious = [Int](repeating: 0, count: right.count + 1)
    var previous = Array(0...right.count)
    for (row, leftCharacter) in left.enumerated() {
        var current = [row + 1]
        current.reserveCapacity(right.count + 1)
        for (column, rightCharacter) in right.enumerated() {
            let substitution = previous[column] + (leftCharacter == rightCharacter ? 0 : 1)
            var best = min(substitution, previous[column + 1] + 1, current[column] + 1)
            if row > 0, column > 0, leftCharacter == right[column - 1], left[row - 1] == rightCharacter {
                best = min(best, beforePrevious[column - 1] + 1)
            }
            current.append(best)
        }
        beforePrevious = previous
        previous = current
    }
    return previous[right.count]
}

/// The candidate that `word` was probably meant to be: the nearest one, if no more than a third of the word is off.
///
/// Among equally near ones the first.
public func nearestWord(to word: String, among candidates: [String]) -> String? {
    let length = word.count
    guard length <= 64 else { return nil }
    var best: (word: String, distance: Int)?
    for candidate in candidates {
        let distance = editDistance(word.lowercased(), candidate.lowercased())
        guard distance <= max(1, max(length, candidate.count) / 3) else { continue }
        if let found = best, found.distance <= distance { continue }
        best = (candidate, distance)
    }
    return best?.word
}
