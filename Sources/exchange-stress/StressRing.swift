import Realtime
import Synchronization

/// One producer, one consumer, a small ring: what was accepted must come out, once and in order; the rest must be
/// counted.
func stressRing(seconds: Double) throws -> Outcome {
    let ring = Ring<StressPayload<Words3>>(capacity: 61)
    let tally = Tally()
    let consumer = try startThread("consumer") {
        var payload = StressPayload<Words3>(0)
        var next: UInt64 = 0
        while true {
            let stopping = tally.stop.load(ordering: .acquiring)
            guard ring.pop(into: &payload) else {
                if stopping { break }
                continue
            }
            tally.read.add(1, ordering: .relaxed)
            let number = payload.words.words[0]
            if payload.number(first: number) == nil { tally.torn.add(1, ordering: .relaxed) }
            if number != next { tally.disordered.add(1, ordering: .relaxed) }
            next = number &+ 1
        }
    }
    let end = MonotonicClock.now().advanced(byNanoseconds: UInt64(seconds * 1e9))
    var number: UInt64 = 0
    var refused: UInt64 = 0
    while MonotonicClock.now() < end {
        // Only an accepted value uses up its number, so the consumer sees an unbroken sequence.
        for _ in 0..<100 {
            if ring.push(StressPayload<Words3>(number)) { number += 1 } else { refused += 1 }
        }
    }
    tally.stop.store(true, ordering: .releasing)
    consumer.join()
    let read = tally.read.load(ordering: .relaxed)
    let lost = (number > read ? number - read : read - number) + (refused == ring.dropped ? 0 : 1)
    return Outcome(
        name: "ring", written: number, read: read, clashes: refused, torn: tally.torn.load(ordering: .relaxed),
        lost: lost,
        disordered: tally.disordered.load(ordering: .relaxed))
}
