import Foundation
public import Numerics
public import Policies
import Synchronization

/// Evaluates a policy on a thread of its own, so that the inference loop never waits for it.
///
/// One request at a time: a newer request replaces one that has not been started. In lockstep the same interface evaluates
/// at once, on the caller's thread (``Mode/immediate``).
public final class PolicyWorker: Sendable {
    /// Where the policy is evaluated.
    public enum Mode: Sendable {
        /// On the caller's thread, before ``PolicyWorker/request(_:random:)`` returns.
        case immediate
        /// On the worker's own thread.
        case ownThread
    }

    private struct Order {
        var request: ChunkRequest
        var random: RandomStream
        var generation: UInt64
    }

    private struct State {
        var order: Order?
        var answer: Result<ActionChunk, any Error>?
        var generation: UInt64 = 0
        var finished = false
    }

    private let policy: any ChunkPolicy
    private let mode: Mode
    private let state = Mutex(State())
    private let wakeUp = DispatchSemaphore(value: 0)

    /// - Parameters:
    ///   - policy: evaluated by this worker alone.
    ///   - mode: where.
    public init(policy: any ChunkPolicy, mode: Mode) {
        self.policy = policy
        self.mode = mode
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
    public func request(_ request: ChunkRequest, random: RandomStream) {
        let order = state.withLock { state in
            state.generation += 1
            state.answer = nil
            let order = Order(request: request, random: random, generation: state.generation)
            if mode == .ownThread { state.order = order }
            return order
        }
        switch mode {
        case .immediate: answer(order)
        case .ownThread: wakeUp.signal()
        }
    }

    /// The answer to the last request, once; nil while there is none.
    public func poll() -> Result<ActionChunk, any Error>? {
        state.withLock { state in
            defer { state.answer = nil }
            return state.answer
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
        state.withLock { state in
            if state.generation == order.generation { state.answer = result }
        }
    }
}
