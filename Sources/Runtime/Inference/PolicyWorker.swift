import Foundation
public import Numerics
public import Policies
public import Realtime
import Synchronization

/// Evaluates a policy on a thread of its own, so that the inference loop never waits for it.
///
/// One request at a time: a newer request replaces one that has not been started. In lockstep the same interface evaluates
/// at once, on the caller's thread (``Mode/immediate``).
public final class PolicyWorker: Sendable {
    /// Where the policy is evaluated.
    public enum Mode: Sendable {
        /// On the caller's thread, before ``PolicyWorker/request(_:random:now:)`` returns.
        case immediate
        /// On the worker's own thread.
        case ownThread
    }

    private struct Order {
        var request: ChunkRequest
        var random: RandomStream
        /// When the answer may be there at the earliest.
        var readyAt: MonotonicTime
        var generation: UInt64
    }

    private struct Answer {
        var result: Result<ActionChunk, any Error>
        var readyAt: MonotonicTime
    }

    private struct State {
        var order: Order?
        var answer: Answer?
        var generation: UInt64 = 0
        var finished = false
    }

    /// What is evaluated.
    public let policy: any ChunkPolicy
    private let mode: Mode
    private let latency: PolicyLatency
    private let state = Mutex(State())
    private let wakeUp = DispatchSemaphore(value: 0)

    /// - Parameters:
    ///   - policy: evaluated by this worker alone.
    ///   - mode: where.
    ///   - latency: what answers are made to take.
    public init(policy: any ChunkPolicy, mode: Mode, latency: PolicyLatency = .none) {
        self.policy = policy
        self.mode = mode
        self.latency = latency
        guard mode == .ownThread else { return }
        let thread = Thread { [weak self, wakeUp] in
            while true {
                wakeUp.wait()
                guard let self, self.serve() else { return }
            }
        }
        thread.name = "policy"
        thread.stackSize = 8 << 20
        thread.start()
    }

    deinit {
        state.withLock { $0.finished = true }
        wakeUp.signal()
    }

    /// Asks for a chunk. An answer to an earlier request is no longer waited for.
    ///
    /// - Parameters:
    ///   - request: what is asked.
    ///   - random: where the policy's noise comes from, and the latency's.
    ///   - now: the present moment on the clock of the loop that asks.
    public func request(_ request: ChunkRequest, random: RandomStream, now: MonotonicTime) {
        var chance = random.derived(61)
        let readyAt = now.advanced(byNanoseconds: latency.nanoseconds(&chance))
        let order = state.withLock { state in
            state.generation += 1
            state.answer = nil
            let order = Order(request: request, random: random, readyAt: readyAt, generation: state.generation)
            if mode == .ownThread { state.order = order }
            return order
        }
        switch mode {
        case .immediate: answer(order)
        case .ownThread: wakeUp.signal()
        }
    }

    /// The answer to the last request, once; nil while there is none.
    ///
    /// - Parameter now: on the clock of ``request(_:random:now:)``.
    public func poll(now: MonotonicTime) -> Result<ActionChunk, any Error>? {
        state.withLock { state in
            guard let answer = state.answer, now >= answer.readyAt else { return nil }
            state.answer = nil
            return answer.result
        }
    }

    /// Forgets the request under way: its answer, when it comes, is left out.
    public func cancel() {
        state.withLock { state in
            state.generation += 1
            state.order = nil
            state.answer = nil
        }
    }

    /// Takes the waiting request, if any, and answers it; false when the worker is done with.
    private func serve() -> Bool {
        let (order, finished) = state.withLock { state in
            defer { state.order = nil }
            return (state.order, state.finished)
        }
        guard !finished else { return false }
        if let order { answer(order) }
        return true
    }

    private func answer(_ order: Order) {
        var random = order.random
        let result = Result { try policy.propose(order.request, random: &random) }
        if mode == .ownThread, latency != .none {
            // A policy that is slow is not free for the next request either.
            let rest = order.readyAt.nanoseconds(since: MonotonicClock.now())
            if rest > 0 { Thread.sleep(forTimeInterval: Double(rest) * 1e-9) }
        }
        state.withLock { state in
            guard state.generation == order.generation else { return }
            state.answer = Answer(result: result, readyAt: order.readyAt)
        }
    }
}
