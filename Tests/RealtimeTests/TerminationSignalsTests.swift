import Foundation
import Realtime
import Testing

/// In a process of its own: signals are the whole process's, and others of it may be watching for them.
@Suite struct TerminationSignalsTests {
    @Test func signalsAreCountedAndTheFirstIsKept() async {
        await #expect(processExitsWith: .success) {
            // Whoever started this process may have had it ignored, as nohup does.
            signal(SIGHUP, SIG_DFL)
            try TerminationSignals.install()
            check(TerminationSignals.count == 0 && TerminationSignals.first == nil, "nothing has come")
            for (index, number) in [SIGTERM, SIGINT, SIGHUP].enumerated() {
                send(number)
                check(TerminationSignals.count == index + 1, "signal \(number) is counted")
                check(TerminationSignals.first == SIGTERM, "the first is kept")
            }
            #expect(throws: RealtimeError.noSignalHandler(EBUSY)) { try TerminationSignals.install() }
            try TerminationSignals.restore()
            #expect(throws: RealtimeError.noSignalHandler(EINVAL)) { try TerminationSignals.restore() }
        }
    }

    @Test func whatIsToBeIgnoredStaysIgnored() async {
        await #expect(processExitsWith: .success) {
            signal(SIGHUP, SIG_IGN)
            try TerminationSignals.install()
            kill(getpid(), SIGHUP)
            send(SIGTERM)
            check(TerminationSignals.count == 1 && TerminationSignals.first == SIGTERM, "SIGHUP does not count")
        }
    }
}

/// Ends the process as failed where something does not hold.
private func check(_ holds: Bool, _ what: String) {
    guard !holds else { return }
    FileHandle.standardError.write(Data("does not hold: \(what)\n".utf8))
    exit(EXIT_FAILURE)
}

/// Sends a signal to this process and waits until a thread has taken it.
private func send(_ number: Int32) {
    let before = TerminationSignals.count
    kill(getpid(), number)
    let patience = MonotonicClock.now().advanced(byNanoseconds: 10_000_000_000)
    while TerminationSignals.count == before && MonotonicClock.now() < patience {
        MonotonicClock.sleep(until: MonotonicClock.now().advanced(byNanoseconds: 100_000))
    }
}
