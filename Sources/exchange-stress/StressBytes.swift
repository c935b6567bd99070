import Realtime
import Synchronization

/// One writer that never rests, two readers: blocks must be whole, and their numbers must not go back.
func stressLatestBytes(size: Int, seconds: Double) throws -> Outcome {
    let latest = LatestBytes(byteCount: size)
    let tally = Tally()
    let readers = try (0..<2).map { reader in
        try startThread("reader \(reader)") {
            var block = [UInt8](repeating: 0, count: size)
            var time = MonotonicTime.zero
            var last: UInt64 = 0
            tally.running.add(1, ordering: .relaxed)
            while !tally.stop.load(ordering: .relaxed) {
                guard let number = block.withUnsafeMutableBytes({ latest.read(into: $0, time: &time) }) else {
                    tally.clashes.add(1, ordering: .relaxed)
                    continue
                }
                tally.read.add(1, ordering: .relaxed)
                let byte = UInt8(truncatingIfNeeded: number)
                if time.nanoseconds != number || !block.allSatisfy({ $0 == byte }) {
                    tally.torn.add(1, ordering: .relaxed)
                }
                if number < last { tally.disordered.add(1, ordering: .relaxed) }
                last = number
            }
        }
    }
    while tally.running.load(ordering: .relaxed) < 2 {}
    let end = MonotonicClock.now().advanced(byNanoseconds: UInt64(seconds * 1e9))
    var block = [UInt8](repeating: 0, count: size)
    var number: UInt64 = 0
    while MonotonicClock.now() < end {
        number += 1
        for index in block.indices { block[index] = UInt8(truncatingIfNeeded: number) }
        block.withUnsafeBytes { latest.publish($0, time: MonotonicTime(nanoseconds: number)) }
    }
    tally.stop.store(true, ordering: .relaxed)
    for reader in readers { reader.join() }
    return Outcome(
        name: "latest bytes, \(size)", written: number, read: tally.read.load(ordering: .relaxed),
        clashes: tally.clashes.load(ordering: .relaxed), torn: tally.torn.load(ordering: .relaxed),
        lost: latest.version == number ? 0 : 1, disordered: tally.disordered.load(ordering: .relaxed))
}
