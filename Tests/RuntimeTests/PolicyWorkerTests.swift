import Foundation
import Numerics
import Policies
import Realtime
import Synchronization
import Testing

@testable import Runtime

@Suite struct PolicyWorkerTests {
    /// A policy that begins when the test knows of it and ends when the test lets it.
    private final class GatedPolicy: ChunkPolicy {
        let horizon = 1
        let actionSize = 7
        let version: UInt64 = 0
        let begun = DispatchSemaphore(value: 0)
        let gate = DispatchSemaphore(value: 0)
        let ended = DispatchSemaphore(value: 0)
        private let asked = Mutex<[Int]>([])

        var steps: [Int] { asked.withLock { $0 } }

        func propose(_ request: ChunkRequest, random: inout RandomStream) throws -> ActionChunk {
            let step = request.step
            asked.withLock { $0.append(step) }
            begun.signal()
            gate.wait()
            defer { ended.signal() }
            if step < 0 { throw JobError(.failure, "step \(step)") }
            return ActionChunk(step: step, policyVersion: 0, actions: [request.observation])
        }
    }

    private func request(_ worker: PolicyWorker, step: Int) {
        worker.request(
            ChunkRequest(observation: [Float(step)], step: step), random: RandomStream(seed: 1),
            now: MonotonicClock.now())
    }

    /// Waits for the answer; the test's time limit is its only limit.
    private func answer(of worker: PolicyWorker) -> Result<ActionChunk, any Error> {
        while true {
            if let answer = worker.poll(now: MonotonicClock.now()) { return answer }
            sched_yield()
        }
    }

    @Test func immediateAnswersAreThereAtOnceAndOnce() throws {
        let policy = ScriptedPolicy { [[Float($0)]] }
        let worker = PolicyWorker(policy: policy, mode: .immediate)
        #expect(worker.poll(now: MonotonicClock.now()) == nil)
        request(worker, step: 3)
        let chunk = try #require(worker.poll(now: MonotonicClock.now())).get()
        #expect(chunk.step == 3 && chunk.actions == [[3]] && chunk.policyVersion == 5)
        #expect(worker.poll(now: MonotonicClock.now()) == nil)
    }

    @Test func immediateErrorsComeBack() {
        let worker = PolicyWorker(
            policy: ScriptedPolicy { _ in throw PolicyError.actionNotFinite(step: 1, component: 2) }, mode: .immediate)
        request(worker, step: 0)
        #expect(throws: PolicyError.actionNotFinite(step: 1, component: 2)) {
            try worker.poll(now: MonotonicClock.now())?.get()
        }
    }

    @Test func theSameRandomStreamComesToThePolicyInBothModes() throws {
        final class Drawing: ChunkPolicy {
            let horizon = 1
            let actionSize = 1
            let version: UInt64 = 0
            func propose(_ request: ChunkRequest, random: inout RandomStream) -> ActionChunk {
                ActionChunk(step: request.step, policyVersion: 0, actions: [[Float(random.uniform(0, 1))]])
            }
        }
        let immediate = PolicyWorker(policy: Drawing(), mode: .immediate)
        let threaded = PolicyWorker(policy: Drawing(), mode: .ownThread)
        request(immediate, step: 0)
        request(threaded, step: 0)
        let expected = try #require(immediate.poll(now: MonotonicClock.now())).get().actions
        #expect(try answer(of: threaded).get().actions == expected)
    }

    @Test(.timeLimit(.minutes(1))) func itsOwnThreadAnswersWhileTheCallerGoesOn() throws {
        let policy = GatedPolicy()
        let worker = PolicyWorker(policy: policy, mode: .ownThread)
        request(worker, step: 4)
        policy.begun.wait()
        #expect(worker.poll(now: MonotonicClock.now()) == nil, "it is being evaluated")
        policy.gate.signal()
        #expect(try answer(of: worker).get().actions == [[4]])
        #expect(worker.poll(now: MonotonicClock.now()) == nil)
    }

    @Test(.timeLimit(.minutes(1))) func errorsOfItsOwnThreadComeBack() {
        let policy = GatedPolicy()
        let worker = PolicyWorker(policy: policy, mode: .ownThread)
        policy.gate.signal()
        request(worker, step: -1)
        #expect(throws: JobError(.failure, "step -1")) { try answer(of: worker).get() }
    }

    @Test(.timeLimit(.minutes(1))) func theNewestRequestThatHasNotBegunWins() throws {
        let policy = GatedPolicy()
        let worker = PolicyWorker(policy: policy, mode: .ownThread)
        request(worker, step: 1)
        policy.begun.wait()
        request(worker, step: 2)
        request(worker, step: 3)
        for _ in 0..<3 { policy.gate.signal() }
        #expect(try answer(of: worker).get().step == 3, "the answer is the last request's")
        #expect(policy.steps == [1, 3])
    }

    @Test(.timeLimit(.minutes(1))) func anAnswerToACancelledRequestIsLeftOut() throws {
        let policy = GatedPolicy()
        let worker = PolicyWorker(policy: policy, mode: .ownThread)
        request(worker, step: 1)
        policy.begun.wait()
        worker.cancel()
        policy.gate.signal()
        policy.ended.wait()
        request(worker, step: 2)
        policy.gate.signal()
        #expect(try answer(of: worker).get().step == 2)
        #expect(worker.poll(now: MonotonicClock.now()) == nil)
    }

    @Test func aCancelledAnswerThatWasThereIsLeftOut() {
        let worker = PolicyWorker(policy: ScriptedPolicy { _ in ScriptedPolicy.still() }, mode: .immediate)
        request(worker, step: 1)
        worker.cancel()
        #expect(worker.poll(now: MonotonicClock.now()) == nil)
    }

    /// On the virtual clock an answer is there when its time has come, however fast it was made.
    @Test func aLatencyHoldsAnswersBack() throws {
        let policy = ScriptedPolicy { [[Float($0)]] }
        let worker = PolicyWorker(policy: policy, mode: .immediate, latency: PolicyLatency(constant: 0.2))
        let start = MonotonicTime(nanoseconds: 5_000_000_000)
        worker.request(ChunkRequest(observation: [], step: 7), random: RandomStream(seed: 1), now: start)
        #expect(policy.steps == [7])
        #expect(worker.poll(now: start) == nil)
        #expect(worker.poll(now: start.advanced(byNanoseconds: 199_999_999)) == nil)
        #expect(try worker.poll(now: start.advanced(byNanoseconds: 200_000_000))?.get().step == 7)
        #expect(worker.poll(now: start.advanced(byNanoseconds: 300_000_000)) == nil, "once")
    }

    @Test func latenciesFollowFromTheStreamAndKeepToTheirRange() {
        let latency = PolicyLatency(constant: 0.1, jitter: 0.3, stall: 5, stallProbability: 0.2)
        func draw(_ seed: UInt64) -> [UInt64] {
            (0..<500).map { step in
                var random = RandomStream.derived(from: seed, UInt64(step))
                return latency.nanoseconds(&random)
            }
        }
        let values = draw(3)
        #expect(values == draw(3) && values != draw(4))
        let stalls = values.filter { $0 > 1_000_000_000 }
        #expect(stalls.count > 60 && stalls.count < 140, "\(stalls.count) of 500")
        #expect(stalls.allSatisfy { (5_100_000_000...5_400_000_000).contains($0) })
        let others = values.filter { $0 < 1_000_000_000 }
        #expect(others.allSatisfy { (100_000_000...400_000_000).contains($0) })
        #expect(others.max()! > 380_000_000 && others.min()! < 120_000_000)
        var random = RandomStream(seed: 1)
        #expect(PolicyLatency.none.nanoseconds(&random) == 0)
    }

    @Test(.timeLimit(.minutes(1))) func lettingGoOfAWorkerEndsItsThread() {
        let policy = GatedPolicy()
        weak var watched: PolicyWorker?
        do {
            let worker = PolicyWorker(policy: policy, mode: .ownThread)
            watched = worker
            request(worker, step: 1)
            policy.begun.wait()
            policy.gate.signal()
            policy.ended.wait()
        }
        while watched != nil { sched_yield() }
        #expect(policy.steps == [1])
    }
}
