import Foundation
import Realtime
import Testing

@Suite(.serialized) struct TerminationSignalsTests {
    @Test func signalsAreCountedAndTheFirstIsKept() throws {
        try TerminationSignals.install()
        #expect(TerminationSignals.count == 0)
        #expect(TerminationSignals.first == nil)
        send(SIGTERM)
        #expect(TerminationSignals.count == 1)
        #expect(TerminationSignals.first == SIGTERM)
        send(SIGINT)
        #expect(TerminationSignals.count == 2)
        #expect(TerminationSignals.first == SIGTERM)
        #expect(throws: RealtimeError.noSignalHandler(EBUSY)) { try TerminationSignals.install() }
        try TerminationSignals.restore()
        #expect(throws: RealtimeError.noSignalHandler(EINVAL)) { try TerminationSignals.restore() }
    }

    /// Sends a signal to this process and waits until a thread has taken it.
    private func send(_ signal: Int32) {
        let before = TerminationSignals.count
        #expect(kill(getpid(), signal) == 0)
        let patience = MonotonicClock.now().advanced(byNanoseconds: 10_000_000_000)
        while TerminationSignals.count == before && MonotonicClock.now() < patience {
            MonotonicClock.sleep(until: MonotonicClock.now().advanced(byNanoseconds: 100_000))
        }
    }
}
