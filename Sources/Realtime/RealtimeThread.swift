internal import CRealtime
internal import Glibc
internal import Synchronization

/// A thread with real-time rights: `SCHED_FIFO`, one processor, locked memory, a stack already in memory.
///
/// Signals sent to the process are left to the other threads.
///
/// Each right is asked for by itself, and what the kernel then answers is reported, so "real time" is never merely
/// believed.
public final class RealtimeThread: Sendable {
    /// What the kernel granted.
    public let rights: GrantedRights

    /// What the thread's entry point needs; it lives until the body has returned.
    private final class Context: @unchecked Sendable {
        let body: @Sendable (GrantedRights) -> Void
        /// Written before the thread is let go, and read by it afterwards.
        var rights: GrantedRights?

        init(body: @escaping @Sendable (GrantedRights) -> Void) {
            self.body = body
        }
    }

    private struct State: ~Copyable, @unchecked Sendable {
        var running: OpaquePointer?
        var allocations: UInt64 = 0
    }

    private let state: Mutex<State>

    private init(running: OpaquePointer, rights: GrantedRights) {
        self.rights = rights
        state = Mutex(State(running: running))
    }

    deinit {
        // The thread refers to nothing of this object, but its memory is freed by joining it.
        _ = waitForEnd()
    }

    /// Starts a thread and returns when its rights are settled, while it begins to run `body`.
    ///
    /// The body's last return ends the thread. Letting go of the last reference to the object waits for that end.
    ///
    /// - Parameters:
    ///   - name: what `ps` and `top` show; cut to 15 bytes.
    ///   - options: the rights to ask for.
    ///   - body: is called once on the new thread with what was granted.
    /// - Throws: ``RealtimeError/invalidOption(_:)``; ``RealtimeError/refused(_:)`` when `options.onRefusal` is strict
    ///   and something was refused (`body` is then not called); ``RealtimeError/noThread(_:)``.
    public static func start(
        name: String, options: RealtimeOptions, body: @escaping @Sendable (GrantedRights) -> Void
    ) throws(RealtimeError) -> RealtimeThread {
        let wanted = try options.wanted()
        let context = Context(body: body)
        let reference = Unmanaged.passRetained(context)
        var thread: OpaquePointer?
        var answer = steadyhand_rights_granted()
        let error = withUnsafePointer(to: wanted) { wanted in
            steadyhand_thread_create(&thread, name, wanted, &answer, enter, reference.toOpaque())
        }
        guard error == 0, let thread else {
            reference.release()
            throw .noThread(error)
        }
        let rights = GrantedRights(answer, to: options)
        if options.onRefusal == .strict && !rights.refusals.isEmpty {
            steadyhand_thread_decide(thread, false)
            _ = steadyhand_thread_join(thread)
            reference.release()
            throw .refused(rights.refusals)
        }
        context.rights = rights
        let result = RealtimeThread(running: thread, rights: rights)
        steadyhand_thread_decide(thread, true)
        return result
    }

    /// Waits until the body has returned. May be called again.
    public func join() {
        _ = waitForEnd()
    }

    /// Waits until the body has returned, and says how often it called the allocator; nil when this process does not
    /// count.
    public func allocations() -> UInt64? {
        let count = waitForEnd()
        return steadyhand_allocations_are_counted() ? count : nil
    }

    private func waitForEnd() -> UInt64 {
        state.withLock { state in
            if let running = state.running {
                state.allocations = steadyhand_thread_join(running)
                state.running = nil
            }
            return state.allocations
        }
    }

    /// The thread's entry point.
    private static let enter: @convention(c) (UnsafeMutableRawPointer?) -> Void = { pointer in
        guard let pointer else { return }
        let context = Unmanaged<Context>.fromOpaque(pointer).takeRetainedValue()
        guard let rights = context.rights else { return }
        context.body(rights)
    }
}

/// The system's words for an error number.
func errorText(_ number: Int32) -> String {
    String(cString: strerror(number))
}
