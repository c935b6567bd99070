import Realtime
import Synchronization

/// One writer, two readers: values must be whole, and their numbers must not go back.
func stressLatest<Words: PayloadWords>(
    _: StressPayload<Words>.Type, name: String, seconds: Double
) throws -> Outcome {
    let latest = Latest(StressPayload<Words>(0))
    let tally = Tally()
    let readers = try (0..<2).map { reader in
        try startThread("reader \(reader)") {
            var payload = StressPayload<Words>(0)
            var last: UInt64 = 0
            tally.running.add(1, ordering: .relaxed)
            while !tally.stop.load(ordering: .relaxed) {
                guard latest.read(into: &payload) else {
                    tally.clashes.add(1, ordering: .relaxed)
                    continue
                }
                tally.read.add(1, ordering: .relaxed)
                let number = UInt64(payload.low)
                if payload.number(first: number) == nil { tally.torn.add(1, ordering: .relaxed) }
                if number < last { tally.disordered.add(1, ordering: .relaxed) }
                last = number
            }
        }
    }
    while tally.running.load(ordering: .relaxed) < 2 {}
    let end = MonotonicClock.now().advanced(byNanoseconds: UInt64(seconds * 1e9))
    var number: UInt64 = 0
    var rested = MonotonicClock.now()
    while number < UInt64(UInt32.max) && rested < end {
        for _ in 0..<8 {
            number += 1
            latest.publish(StressPayload<Words>(number))
        }
        // A writer that never rests leaves a reader no gap; a real one rests nearly all of the time. This one half of
        // it.
        let published = MonotonicClock.now()
        let rest = published.advanced(byNanoseconds: published.nanoseconds(since: rested))
        repeat { rested = MonotonicClock.now() } while rested < rest
    }
    tally.stop.store(true, ordering: .relaxed)
    for reader in readers { reader.join() }
    var final = StressPayload<Words>(0)
    let lost: UInt64 =
        latest.read(into: &final) && final.number(first: number) != nil && latest.version == number ? 0 : 1
    return Outcome(
        name: name, written: number, read: tally.read.load(ordering: .relaxed),
        clashes: tally.clashes.load(ordering: .relaxed), torn: tally.torn.load(ordering: .relaxed), lost: lost,
        disordered: tally.disordered.load(ordering: .relaxed))
}
