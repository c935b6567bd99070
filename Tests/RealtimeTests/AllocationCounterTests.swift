import Realtime
import Testing

// The counts are taken outside of #expect and #require, which allocate themselves.
@Suite struct AllocationCounterTests {
    @Test func anArrayThatGrowsIsCounted() throws {
        let before = AllocationCounter.threadCount()
        let releasesBefore = try #require(AllocationCounter.threadReleaseCount())
        var numbers: [Int] = []
        for number in 0..<1000 { numbers.append(number) }
        let after = AllocationCounter.threadCount()
        #expect(numbers.count == 1000)
        let counted = try #require(after) - #require(before)
        #expect(counted >= 5)
        #expect(counted <= 100)
        numbers = []
        #expect(try #require(AllocationCounter.threadReleaseCount()) > releasesBefore)
    }

    @Test func mathematicsAllocatesNothing() {
        let before = AllocationCounter.threadCount()
        var sum = 0.0
        for number in 0..<10_000 { sum += Double(number).squareRoot() }
        let after = AllocationCounter.threadCount()
        #expect(sum > 0)
        #expect(before != nil)
        #expect(after == before)
    }

    @Test func aThreadsAllocationsAreItsOwn() throws {
        let thread = try RealtimeThread.start(name: "allocator", options: .ordinary) { _ in
            var total = 0
            for size in 1...50 { total += Array(repeating: size, count: size).count }
            precondition(total == 1275)
        }
        let counted = try #require(thread.allocations())
        #expect(counted >= 50)
        #expect(counted <= 500)
        #expect(thread.allocations() == counted)
    }

    @Test func theExchangeAndThePacerAllocateNothing() {
        let latest = Latest(LargePayload())
        let ring = Ring<LargePayload>(capacity: 4)
        var loop = ExampleLoop(latest: latest, ring: ring)
        var pacer = CyclePacer(period: 100_000, spin: 10_000, overrunBudget: OverrunBudget(limit: 5))
        let before = AllocationCounter.threadCount()
        let good = runCycles(1000, &pacer, &loop)
        let after = AllocationCounter.threadCount()
        #expect(good == 1000)
        #expect(before != nil)
        #expect(after == before)
        #expect(pacer.cycles == 1000)
        #expect(pacer.lateness.count == 1000)
    }
}
