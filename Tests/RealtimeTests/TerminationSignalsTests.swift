import Foundation
import Realtime
import Testing

@Suite(.serialized) struct TerminationSignalsTests {
    @Test func signalsAreCountedAndTheFirstIsKept() throws {
        try TerminationSignals.install()
        #expect(TerminationSignals.count == 0)
        #expect(TerminationSignals.first == nil)
        #expect(raise(SIGTERM) == 0)
        #expect(TerminationSignals.count == 1)
        #expect(TerminationSignals.first == SIGTERM)
        #expect(raise(SIGINT) == 0)
        #expect(TerminationSignals.count == 2)
        #expect(TerminationSignals.first == SIGTERM)
        #expect(throws: RealtimeError.noSignalHandler(EBUSY)) { try TerminationSignals.install() }
        try TerminationSignals.restore()
        #expect(throws: RealtimeError.noSignalHandler(EINVAL)) { try TerminationSignals.restore() }
    }
}
