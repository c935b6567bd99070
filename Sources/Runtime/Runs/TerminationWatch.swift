import Foundation
import Realtime
import Synchronization

/// SIGINT, SIGTERM and SIGHUP as an exit status to end a run with.
enum TerminationWatch {
    /// Counts termination signals from now on, in place of dying of them. Installing again changes nothing.
    static func install() throws(RealtimeError) {
        try installed.withLock { installed throws(RealtimeError) in
            guard !installed else { return }
            try TerminationSignals.install()
            installed = true
        }
    }

    private static let installed = Mutex(false)

    /// The exit status of the first signal, if one has come. The second signal ends the process at once.
    static func status() -> ExitStatus? {
        guard let signal = TerminationSignals.first else { return nil }
        let status: ExitStatus =
            switch signal {
            case SIGTERM: .terminated
            case SIGHUP: .hungUp
            default: .interrupted
            }
        if TerminationSignals.count > 1 { exit(status.rawValue) }
        return status
    }
}

extension TerminationWatch {
    /// Ends what can be begun anew without a loss.
    ///
    /// - Throws: ``JobError`` if a signal has come.
    static func throwIfSignalled() throws(JobError) {
        if let signal = status() { throw JobError(signal, "stopped by a signal before learning began") }
    }
}
