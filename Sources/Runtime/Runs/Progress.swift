import Foundation
import Synchronization

/// Shows how far a long job is, on standard error: as a bar on a terminal, as a plain line now and then elsewhere.
public final class Progress: Sendable {
    private struct State {
        var shownAt: Double = -.infinity
        var shownFraction = -1.0
        var width = 0
    }

    private let label: String
    private let total: Int
    private let isTerminal: Bool
    private let started: Double
    private let state = Mutex(State())

    /// - Parameters:
    ///   - label: what is being done, such as `recording`.
    ///   - total: how many things there are to do.
    public init(_ label: String, total: Int) {
        self.label = label
        self.total = max(1, total)
        isTerminal = isatty(STDERR_FILENO) == 1
        started = Self.seconds()
        if isTerminal { state.withLock { show(fraction: 0, done: 0, note: "", left: nil, state: &$0) } }
    }

    /// Shows that `done` things are done.
    ///
    /// - Parameters:
    ///   - done: how many things, the ones of an earlier call included.
    ///   - begun: how many of them a job that is gone on with had done before.
    ///   - note: anything else worth seeing, such as a loss.
    public func update(_ done: Int, since begun: Int = 0, note: String = "") {
        let now = Self.seconds()
        let fraction = min(1, Double(done) / Double(total))
        state.withLock { state in
            let interval = isTerminal ? 0.1 : 10
            guard now - state.shownAt >= interval || done >= total, fraction != state.shownFraction || isTerminal else {
                return
            }
            state.shownAt = now
            state.shownFraction = fraction
            let left = Self.secondsLeft(total: total, done: done, since: begun, elapsed: now - started)
            show(fraction: fraction, done: done, note: note, left: left, state: &state)
        }
    }

    /// How long the rest takes; nil as long as too little is done to say, and when nothing is left.
    static func secondsLeft(total: Int, done: Int, since begun: Int, elapsed: Double) -> Double? {
        let (lately, rest) = (done - begun, total - done)
        guard rest > 0, lately > 0, 100 * lately > total - begun else { return nil }
        return elapsed / Double(lately) * Double(rest)
    }

    /// Ends the bar with a closing line.
    public func finish(_ note: String) {
        state.withLock { state in
            let text = "\(label): \(note) (\(Self.duration(Self.seconds() - started)))"
            let padding = String(repeating: " ", count: max(0, state.width - text.count))
            write((isTerminal ? "\r" : "") + text + padding + "\n")
        }
    }

    private func show(fraction: Double, done: Int, note: String, left: Double?, state: inout State) {
        let left = left.map { ", \(Self.duration($0)) left" } ?? ""
        let tail = note.isEmpty ? "" : "  \(note)"
        if isTerminal {
            let filled = Int((fraction * 24).rounded(.down))
            let bar = String(repeating: "█", count: filled) + String(repeating: "·", count: 24 - filled)
            // A line that wraps could not be written over.
            let text = String("\(label) \(bar) \(done)/\(total)\(left)\(tail)".prefix(Self.columns() - 1))
            let padding = String(repeating: " ", count: max(0, state.width - text.count))
            state.width = text.count
            write("\r" + text + padding)
        } else {
            write("\(label): \(done)/\(total)\(left)\(tail)\n")
        }
    }

    private func write(_ text: String) {
        StandardError.write(text)
    }

    /// How wide the terminal is.
    private static func columns() -> Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 1 else { return 80 }
        return Int(size.ws_col)
    }

    private static func seconds() -> Double {
        ProcessInfo.processInfo.systemUptime
    }

    /// A length of time as people read it: `8 s`, `3 min 20 s`.
    static func duration(_ seconds: Double) -> String {
        let whole = Int(seconds.rounded())
        return whole < 60 ? "\(whole) s" : "\(whole / 60) min \(whole % 60) s"
    }
}
