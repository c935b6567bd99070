import Realtime
import Synchronization
import Testing

@Suite struct HeartbeatTests {
    @Test func aMovingCounterIsAlive() {
        var clock = VirtualClock()
        var watch = HeartbeatWatch(limit: 100, count: 0, at: clock.now)
        for count in 1...50 as ClosedRange<UInt64> {
            clock.advance(byNanoseconds: 99)
            #expect(watch.observe(count: count, at: clock.now) == .alive)
        }
    }

    @Test func aStandstillIsSaidOnceAndItsEndToo() {
        var clock = VirtualClock()
        var watch = HeartbeatWatch(limit: 100, count: 7, at: clock.now)
        clock.advance(byNanoseconds: 99)
        #expect(watch.observe(count: 7, at: clock.now) == .alive)
        clock.advance(byNanoseconds: 1)
        #expect(watch.observe(count: 7, at: clock.now) == .stopped(nanoseconds: 100))
        clock.advance(byNanoseconds: 30)
        #expect(watch.observe(count: 7, at: clock.now) == .stillStopped(nanoseconds: 130))
        clock.advance(byNanoseconds: 10)
        #expect(watch.observe(count: 8, at: clock.now) == .resumed(nanoseconds: 140))
        clock.advance(byNanoseconds: 50)
        #expect(watch.observe(count: 8, at: clock.now) == .alive)
        clock.advance(byNanoseconds: 50)
        #expect(watch.observe(count: 8, at: clock.now) == .stopped(nanoseconds: 100))
    }

    @Test func aCounterThatStartsAnewIsAlive() {
        var watch = HeartbeatWatch(limit: 100, count: 1000, at: .zero)
        #expect(watch.observe(count: 0, at: MonotonicTime(nanoseconds: 500)) == .alive)
    }

    @Test func theSupervisorCallsForAStoppedHeartAndForOneThatBeatsAgain() throws {
        let heartbeat = Heartbeat()
        let clock = Atomic64()
        let stopped = Atomic64()
        let resumed = Atomic64()
        let supervisor = try Supervisor.start(
            watching: heartbeat, limit: 1_000_000_000, interval: 200_000, options: .ordinary,
            clock: { MonotonicTime(nanoseconds: clock.value.load(ordering: .relaxed)) },
            onChange: { verdict in
                switch verdict {
                case .stopped(let nanoseconds): stopped.value.store(nanoseconds, ordering: .relaxed)
                case .resumed(let nanoseconds): resumed.value.store(nanoseconds, ordering: .relaxed)
                case .alive, .stillStopped: break
                }
            })
        clock.value.store(3_000_000_000, ordering: .relaxed)
        while stopped.value.load(ordering: .relaxed) == 0 { MonotonicClock.sleep(until: MonotonicClock.now()) }
        #expect(stopped.value.load(ordering: .relaxed) == 3_000_000_000)
        clock.value.store(5_000_000_000, ordering: .relaxed)
        heartbeat.beat()
        while resumed.value.load(ordering: .relaxed) == 0 { MonotonicClock.sleep(until: MonotonicClock.now()) }
        #expect(resumed.value.load(ordering: .relaxed) == 5_000_000_000)
        supervisor.stop()
        #expect(heartbeat.count == 1)
    }
}

/// An atomic that closures can share.
private final class Atomic64: Sendable {
    let value = Atomic<UInt64>(0)
}
