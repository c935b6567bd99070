/// Two threads add to a plain variable. Only for showing that the thread sanitizer sees such a thing.
func raceOnPurpose() throws {
    final class Unguarded: @unchecked Sendable { var count = 0 }
    let shared = Unguarded()
    let threads = try (0..<2).map { number in
        try startThread("racer \(number)") { for _ in 0..<1000 { shared.count += 1 } }
    }
    for thread in threads { thread.join() }
    print("planted race: \(shared.count) of 2000")
}
