extension Sequence<String> {
    /// Each text once, in the order in which they come first.
    var withoutRepetitions: [String] {
        var seen = Set<String>()
        return filter { seen.insert($0).inserted }
    }
}
