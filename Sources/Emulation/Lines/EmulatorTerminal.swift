internal import CSerialPort
internal import Foundation
internal import Realtime
internal import Synchronization

/// An emulated bus on a pseudo-terminal, in real time, served by a thread of its own.
///
/// ``path`` is a link that stays the same when the port disappears and comes back as another pseudo-terminal, as
/// `/dev/serial/by-id` has them.
public final class EmulatorTerminal: @unchecked Sendable {
    /// What a program opens.
    public let path: String
    private let bus: EmulatedBus
    private let isStopping = Atomic(false)
    /// What is to happen as soon as the thread looks.
    private let sudden = Mutex<[ScheduledFault.Kind]>([])
    private var thread: RealtimeThread?
    /// The thread's alone while it runs.
    private var pair: (host: Int32, device: Int32) = (-1, -1)
    private var coming: [EmulatedBus.Delivery] = []
    private var failure: EmulatorError?

    /// Puts a bus on a pseudo-terminal and begins to serve it.
    ///
    /// - Parameters:
    ///   - bus: From now on this object's alone, until ``stop()``.
    ///   - link: Where to put the link. One that leads nowhere is replaced, such as an emulator leaves that was killed.
    ///   - priority: Of its thread; 0 for the ordinary scheduler. Wire time is kept the better the higher it is.
    /// - Throws: ``EmulatorError``.
    public init(_ bus: EmulatedBus, link: String, priority: Int = 0) throws(EmulatorError) {
        self.bus = bus
        path = link
        guard !FileManager.default.fileExists(atPath: link) else {
            throw EmulatorError(
                "\(link): is there already; if another emulator is running, end it, else remove the link or name another"
            )
        }
        try plugIn()
        do {
            let options = RealtimeOptions(priority: priority, cpu: nil, lockMemory: false, onRefusal: .warn)
            thread = try RealtimeThread.start(name: "emulator", options: options) { [self] _ in serve() }
        } catch {
            unplug()
            throw EmulatorError("\(error)")
        }
    }

    deinit { stop() }

    /// Ends the service and takes the port away.
    ///
    /// - Returns: What went through the wire, and why the port could not come back, if it could not.
    @discardableResult
    public func stop() -> (injected: InjectedFaults, failure: EmulatorError?) {
        isStopping.store(true, ordering: .releasing)
        thread?.join()
        thread = nil
        unplug()
        return (bus.injected, failure)
    }

    /// Lets something happen at once, beside what the bus's faults have planned.
    public func suffer(_ kind: ScheduledFault.Kind) { sudden.withLock { $0.append(kind) } }

    private func plugIn() throws(EmulatorError) {
        var number: Int32 = 0
        let host = steadyhand_terminal_make(&number)
        guard host >= 0 else { throw EmulatorError("no pseudo-terminal: \(String(cString: strerror(-host)))") }
        let name = "/dev/pts/\(number)"
        // Held open, so that the host's end does not see a hang-up between two programs.
        let device = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard device >= 0, steadyhand_line_make_raw(device, UInt32(bus.baudRate)) == 0 else {
            let reason = String(cString: strerror(errno))
            close(device)
            close(host)
            throw EmulatorError("\(name): \(reason)")
        }
        // A link that leads nowhere is nobody's; anything else that has come to be here in between is left alone.
        if !FileManager.default.fileExists(atPath: path) { unlink(path) }
        guard symlink(name, path) == 0 else {
            let reason = String(cString: strerror(errno))
            close(device)
            close(host)
            throw EmulatorError("\(path): \(reason)")
        }
        pair = (host, device)
    }

    private func unplug() {
        guard pair.host >= 0 else { return }
        unlink(path)
        close(pair.device)
        close(pair.host)
        pair = (-1, -1)
        coming = []
    }

    private func serve() {
        let origin = MonotonicClock.now()
        func seconds() -> Double { Double(MonotonicClock.now().nanoseconds(since: origin)) * 1e-9 }
        var buffer = [UInt8](repeating: 0, count: 4096)
        while !isStopping.load(ordering: .acquiring) {
            let now = seconds()
            let happened = sudden.withLock { sudden in
                defer { sudden = [] }
                return sudden
            }
            if !happened.isEmpty {
                bus.advance(to: now)
                for kind in happened { bus.suffer(kind, at: now) }
            }
            guard bus.isPresent(at: now) else {
                unplug()
                bus.advance(to: now)
                MonotonicClock.sleep(until: MonotonicClock.now().advanced(byNanoseconds: 5_000_000))
                continue
            }
            if pair.host < 0 {
                do {
                    try plugIn()
                } catch {
                    failure = error
                    return
                }
            }
            let count = buffer.withUnsafeMutableBytes { bytes in
                bytes.baseAddress.map { steadyhand_line_read(pair.host, $0, bytes.count) } ?? 0
            }
            if count > 0 {
                bus.devices.hostBaudRate = Int(steadyhand_line_speed(pair.host))
                coming += bus.send(Array(buffer[..<count]), at: now)
                coming.sort { $0.time < $1.time }
            } else {
                bus.advance(to: now)
            }
            deliver(at: seconds())
            // Up to a millisecond, so that the arm moves on while nobody asks, and no request waits for that.
            let pause = min(0.001, max(0, (coming.first?.time ?? .infinity) - seconds()))
            if pause > 0, count <= 0 { _ = steadyhand_line_wait(pair.host, 0, UInt64(pause * 1e9)) }
        }
    }

    private func deliver(at time: Double) {
        while let next = coming.first, next.time <= time {
            coming.removeFirst()
            next.bytes.withUnsafeBytes { bytes in
                guard let start = bytes.baseAddress else { return }
                _ = steadyhand_line_write(pair.host, start, bytes.count)
            }
        }
    }
}

/// Why an emulator could not be started.
public struct EmulatorError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What is wrong.
    public var description: String

    /// An error with this message.
    public init(_ description: String) { self.description = description }
}
