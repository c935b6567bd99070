import Realtime
import Synchronization
import Testing

/// Twelve bytes and one: its last word is not full.
private struct Odd: BitwiseCopyable, Sendable, Equatable {
    var number: UInt64
    var half: UInt32
    var byte: UInt8
}

private final class SharedCounters: Sendable {
    let faults = Atomic<Int>(0)
    let received = Atomic<UInt64>(0)
    let stop = Atomic<Bool>(false)
}

/// Runs `body` on `count` threads while `work` runs here, and waits for all.
private func withThreads(_ count: Int, _ body: @escaping @Sendable () -> Void, whileRunning work: () -> Void) throws {
    let threads = try (0..<count).map { _ in
        try RealtimeThread.start(name: "test", options: .ordinary) { _ in body() }
    }
    work()
    for thread in threads { thread.join() }
}

@Suite struct LatestTests {
    @Test func holdsTheInitialValueAsVersionZero() {
        let latest = Latest(Odd(number: 1, half: 2, byte: 3))
        var value = Odd(number: 0, half: 0, byte: 0)
        #expect(latest.version == 0)
        #expect(latest.read(into: &value))
        #expect(value == Odd(number: 1, half: 2, byte: 3))
    }

    @Test func newestWins() {
        let latest = Latest(Odd(number: 0, half: 0, byte: 0))
        var value = Odd(number: 0, half: 0, byte: 0)
        for index in 1...300 {
            let published = Odd(number: .max - UInt64(index), half: .max - UInt32(index), byte: UInt8(index & 255))
            latest.publish(published)
            if index % 3 == 0 {
                #expect(latest.read(into: &value))
                #expect(value == published)
            }
        }
        #expect(latest.version == 300)
    }

    @Test func newerThanSkipsWhatWasSeen() {
        let latest = Latest(Odd(number: 0, half: 0, byte: 0))
        var value = Odd(number: 9, half: 9, byte: 9)
        var seen: UInt64 = 0
        #expect(!latest.read(into: &value, newerThan: &seen))
        #expect(value == Odd(number: 9, half: 9, byte: 9))
        latest.publish(Odd(number: 5, half: 6, byte: 7))
        #expect(latest.read(into: &value, newerThan: &seen))
        #expect(seen == 1)
        #expect(value == Odd(number: 5, half: 6, byte: 7))
        #expect(!latest.read(into: &value, newerThan: &seen))
    }

    @Test func sizesFromOneByteOn() {
        func roundTrip<Value: BitwiseCopyable & Sendable & Equatable>(_ first: Value, _ second: Value) {
            let latest = Latest(first)
            var value = second
            #expect(latest.read(into: &value) && value == first)
            latest.publish(second)
            #expect(latest.read(into: &value) && value == second)
        }
        roundTrip(UInt8(1), 255)
        roundTrip(UInt16(1), .max)
        roundTrip(UInt32(1), .max)
        roundTrip(UInt64(1), .max)
        roundTrip(Float80(1.5), -0.25)
        roundTrip(SIMD16<Double>(repeating: 1), SIMD16(repeating: 3))
    }

    @Test func largePayloadsAndTheRealTimePath() {
        var payload = LargePayload()
        payload.words[249] = 7
        payload.end = 9
        let latest = Latest(LargePayload())
        #expect(exchange(latest, &payload))
        #expect(payload.words[249] == 7 && payload.end == 9)
        var loop = ExampleLoop(latest: latest, ring: Ring(capacity: 1))
        #expect(loop.step(123) == true)
        #expect(loop.payload.tail == 123)
    }

    @Test func readersSeeOnlyWholeValuesInOrder() throws {
        let latest = Latest(Odd(number: 0, half: 0, byte: 0))
        let shared = SharedCounters()
        try withThreads(2) {
            var value = Odd(number: 0, half: 0, byte: 0)
            var last: UInt64 = 0
            while !shared.stop.load(ordering: .relaxed) {
                guard latest.read(into: &value) else { continue }
                let whole = UInt64(value.half) == value.number && value.byte == UInt8(truncatingIfNeeded: value.number)
                if !whole || value.number < last { shared.faults.add(1, ordering: .relaxed) }
                last = value.number
            }
        } whileRunning: {
            for number in 1...50_000 as ClosedRange<UInt64> {
                latest.publish(Odd(number: number, half: UInt32(number), byte: UInt8(truncatingIfNeeded: number)))
            }
            shared.stop.store(true, ordering: .relaxed)
        }
        #expect(shared.faults.load(ordering: .relaxed) == 0)
    }
}

@Suite struct RingTests {
    @Test func firstInFirstOutAndFullIsCounted() {
        let ring = Ring<Int>(capacity: 3)
        var value = -1
        #expect(!ring.pop(into: &value))
        #expect(value == -1)
        for number in 0..<5 { #expect(ring.push(number) == (number < 3)) }
        #expect(ring.dropped == 2)
        #expect(ring.count == 3)
        for number in 0..<3 {
            #expect(ring.pop(into: &value))
            #expect(value == number)
        }
        #expect(!ring.pop(into: &value))
        #expect(ring.count == 0)
    }

    @Test func wrapsAroundManyTimes() {
        let ring = Ring<UInt64>(capacity: 7)
        var next: UInt64 = 0
        var value: UInt64 = 0
        for number in 0..<1000 as Range<UInt64> {
            #expect(ring.push(number))
            if number % 7 >= 3 || ring.count == 7 {
                while ring.pop(into: &value) {
                    #expect(value == next)
                    next += 1
                }
            }
        }
        #expect(ring.dropped == 0)
    }

    @Test func largeElements() {
        let ring = Ring<LargePayload>(capacity: 2)
        var payload = LargePayload()
        payload.words[3] = 5
        payload.end = 4
        #expect(queue(ring, &payload))
        #expect(payload.words[3] == 5 && payload.end == 4)
    }

    @Test func everythingArrivesInOrderAcrossThreads() throws {
        let ring = Ring<Odd>(capacity: 31)
        let shared = SharedCounters()
        let sent: UInt64 = 20_000
        try withThreads(1) {
            var value = Odd(number: 0, half: 0, byte: 0)
            var next: UInt64 = 0
            while next < sent {
                guard ring.pop(into: &value) else { continue }
                if value != Odd(number: next, half: UInt32(next), byte: UInt8(truncatingIfNeeded: next)) {
                    shared.faults.add(1, ordering: .relaxed)
                }
                next += 1
            }
            shared.received.store(next, ordering: .relaxed)
        } whileRunning: {
            for number in 0..<sent {
                let element = Odd(number: number, half: UInt32(number), byte: UInt8(truncatingIfNeeded: number))
                while !ring.push(element) {}
            }
        }
        #expect(shared.faults.load(ordering: .relaxed) == 0)
        #expect(shared.received.load(ordering: .relaxed) == sent)
        #expect(ring.count == 0)
    }
}
