internal import Synchronization

/// A thread outside the loop that notices when the loop hangs.
///
/// It reads a counter at a fixed interval and lets a ``HeartbeatWatch`` judge. To notice a loop that spins for ever on
/// the supervisor's own processor, it needs a higher real-time priority than the loop has.
public final class Supervisor: Sendable {
    private let thread: RealtimeThread
    private let ending: Ending

    private final class Ending: Sendable {
        let requested = Atomic<Bool>(false)
    }

    private init(thread: RealtimeThread, ending: Ending) {
        self.thread = thread
        self.ending = ending
    }

    deinit {
        ending.requested.store(true, ordering: .relaxed)
    }

    /// Starts to watch.
    ///
    /// - Parameters:
    ///   - heartbeat: the counter.
    ///   - limit: nanoseconds without a beat that make a standstill. It is noticed up to one interval later.
    ///   - interval: nanoseconds between two readings of the counter.
    ///   - options: the rights of the watching thread.
    ///   - clock: tells the time by which a standstill is measured; the monotonic clock, or a virtual one.
    ///   - onChange: is called on the watching thread when the counter has stopped, and when it moves again.
    /// - Throws: what ``RealtimeThread/start(name:options:body:)`` throws.
    public static func start(
        watching heartbeat: Heartbeat, limit: UInt64, interval: UInt64, options: RealtimeOptions,
        clock: @escaping @Sendable () -> MonotonicTime = MonotonicClock.now,
        onChange: @escaping @Sendable (HeartbeatWatch.Verdict) -> Void
    ) throws(RealtimeError) -> Supervisor {
        let ending = Ending()
        let first = HeartbeatWatch(limit: limit, count: heartbeat.count, at: clock())
        let thread = try RealtimeThread.start(name: "supervisor", options: options) { _ in
            var watch = first
            var next = MonotonicClock.now()
            while !ending.requested.load(ordering: .relaxed) {
                let verdict = watch.observe(count: heartbeat.count, at: clock())
                switch verdict {
                case .alive, .stillStopped: break
                case .stopped, .resumed: onChange(verdict)
                }
                next = max(next.advanced(byNanoseconds: interval), MonotonicClock.now())
                MonotonicClock.sleep(until: next)
            }
        }
        return Supervisor(thread: thread, ending: ending)
    }

    /// What the kernel granted to the watching thread.
    public var rights: GrantedRights { thread.rights }

    /// Ends the watch and waits for the thread's end, at most one interval and the time `onChange` takes.
    public func stop() {
        ending.requested.store(true, ordering: .relaxed)
        thread.join()
    }
}
