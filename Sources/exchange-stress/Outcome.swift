import Realtime
import Synchronization

/// What a test saw.
struct Outcome: CustomStringConvertible {
    var name: String
    var written: UInt64
    var read: UInt64
    var clashes: UInt64
    var torn: UInt64
    var lost: UInt64
    var disordered: UInt64

    /// Whether no fault was seen, and enough happened to have seen one.
    var isClean: Bool { torn == 0 && lost == 0 && disordered == 0 && written > 100 && read > 100 }

    var description: String {
        "\(name): \(written) written, \(read) read, \(clashes) clashes or full, \(torn) torn, \(lost) lost,"
            + " \(disordered) out of order: \(isClean ? "ok" : "FAILED")"
    }
}

/// Counters that all threads of a test add to.
final class Tally: Sendable {
    let read = Atomic<UInt64>(0)
    let clashes = Atomic<UInt64>(0)
    let torn = Atomic<UInt64>(0)
    let disordered = Atomic<UInt64>(0)
    let running = Atomic<UInt32>(0)
    let stop = Atomic<Bool>(false)
}

/// An ordinary thread, with a body.
func startThread(_ name: String, _ body: @escaping @Sendable () -> Void) throws -> RealtimeThread {
    let options = RealtimeOptions(priority: 0, cpu: nil, lockMemory: false, onRefusal: .warn)
    return try RealtimeThread.start(name: name, options: options) { _ in body() }
}
