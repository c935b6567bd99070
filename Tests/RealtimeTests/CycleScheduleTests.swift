import Realtime
import Testing

@Suite struct CycleScheduleTests {
    private let origin = MonotonicTime(nanoseconds: 1_000_000)

    private func schedule(period: UInt64 = 100, limit: Int = 3) -> CycleSchedule {
        CycleSchedule(period: period, overrunBudget: OverrunBudget(limit: limit), startingAt: origin)
    }

    @Test func latenessDoesNotAddUp() {
        var schedule = schedule()
        for cycle in 1...1000 {
            let deadline = origin.advanced(byNanoseconds: UInt64(cycle) * 100)
            #expect(schedule.deadline == deadline)
            let wake = schedule.wake(at: deadline.advanced(byNanoseconds: 60))
            #expect(wake.lateness == 60)
            #expect(wake.missed == 0)
            #expect(!wake.exhausted)
        }
        #expect(schedule.cycles == 1000)
        #expect(schedule.missed == 0)
    }

    @Test func aLateWakeSkipsWholePeriodsAndKeepsThePhase() {
        var schedule = schedule()
        let wake = schedule.wake(at: origin.advanced(byNanoseconds: 100 + 250))
        #expect(wake.scheduled == origin.advanced(byNanoseconds: 100))
        #expect(wake.lateness == 250)
        #expect(wake.missed == 2)
        #expect(schedule.deadline == origin.advanced(byNanoseconds: 400))
    }

    @Test func aWakeExactlyOnePeriodLateHasMissedOne() {
        var schedule = schedule()
        #expect(schedule.wake(at: origin.advanced(byNanoseconds: 200)).missed == 1)
        #expect(schedule.deadline == origin.advanced(byNanoseconds: 300))
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func phaseHoldsForAnyLateness(seed: UInt64) {
        var schedule = schedule(period: 977, limit: .max)
        var clock = VirtualClock(startingAt: origin)
        var state = seed
        var accounted: UInt64 = 0
        for _ in 0..<500 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            clock.advance(byNanoseconds: schedule.deadline.nanoseconds(since: clock.now) + (state >> 33) % 4000)
            let wake = schedule.wake(at: clock.now)
            accounted += 1 + UInt64(wake.missed)
            #expect(schedule.deadline > clock.now)
            #expect(schedule.deadline.nanoseconds(since: clock.now) <= 977)
            #expect(schedule.deadline == origin.advanced(byNanoseconds: (accounted + 1) * 977))
        }
        #expect(schedule.cycles + schedule.missed == accounted)
    }

    @Test func missesBeyondTheBudgetAreReported() {
        var schedule = schedule(limit: 3)
        #expect(!schedule.wake(at: schedule.deadline.advanced(byNanoseconds: 210)).exhausted)
        #expect(!schedule.wake(at: schedule.deadline).exhausted)
        #expect(!schedule.wake(at: schedule.deadline.advanced(byNanoseconds: 110)).exhausted)
        #expect(schedule.wake(at: schedule.deadline.advanced(byNanoseconds: 110)).exhausted)
        #expect(!schedule.wake(at: schedule.deadline).exhausted)
    }
}
