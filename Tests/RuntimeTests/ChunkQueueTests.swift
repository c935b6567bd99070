import Policies
import Testing

@testable import Runtime

@Suite struct ChunkQueueTests {
    /// A chunk whose actions say which step they are for.
    private func chunk(_ step: Int, count: Int = 16, version: UInt64 = 0) -> ActionChunk {
        ActionChunk(step: step, policyVersion: version, actions: (0..<count).map { [Float(step + $0)] })
    }

    /// Asks and answers in the same step, as a run on the virtual clock does.
    private func answer(_ queue: inout ChunkQueue, at step: Int, version: UInt64 = 0) {
        _ = queue.request(at: step)
        queue.receive(chunk(step, version: version), at: step, delay: 0)
    }

    @Test func emptyQueueHasNoActionAndWantsAChunk() {
        var queue = ChunkQueue(.init(executedSteps: 10, leadSteps: 1))
        #expect(queue.action(at: 0) == nil)
        #expect(queue.wantsChunk(at: 0))
        #expect(!queue.hasBegun)
        _ = queue.request(at: 0)
        #expect(!queue.wantsChunk(at: 0), "one request at a time")
        #expect(queue.action(at: 0) == nil)
    }

    @Test func actionsBelongToTheirSteps() {
        var queue = ChunkQueue(.init(executedSteps: 10, leadSteps: 1))
        answer(&queue, at: 0)
        #expect(queue.hasBegun)
        for step in 0..<9 {
            #expect(queue.action(at: step)?.values == [Float(step)])
            #expect(!queue.wantsChunk(at: step), "step \(step)")
        }
    }

    @Test(arguments: 0...3) func aChunkTakesOverAfterItsLeadAndIsAskedForThatMuchBefore(lead: Int) {
        var queue = ChunkQueue(.init(executedSteps: 10, leadSteps: lead))
        var asked: [Int] = []
        var versions: [UInt64] = []
        for step in 0..<35 {
            if queue.wantsChunk(at: step) {
                asked.append(step)
                answer(&queue, at: step, version: UInt64(asked.count))
            }
            let action = queue.action(at: step)
            #expect(action?.values == [Float(step)], "step \(step)")
            versions.append(action?.policyVersion ?? 0)
        }
        #expect(asked == [0, 10 - lead, 20 - lead, 30 - lead])
        let expected = (0..<35).map { UInt64($0 / 10 + 1) }
        #expect(versions == expected, "each chunk drives ten steps")
    }

    @Test func theFirstChunkOfALongLeadIsNotTrimmed() {
        var queue = ChunkQueue(.init(executedSteps: 4, leadSteps: 3))
        answer(&queue, at: 0)
        #expect(queue.action(at: 0)?.phase == 0, "the robot waited for it: nothing of it has gone by")
    }

    @Test func whatHasGoneByOfALateChunkIsLeftOut() {
        var queue = ChunkQueue(.init(executedSteps: 10, leadSteps: 1))
        answer(&queue, at: 0, version: 1)
        for step in 0..<9 { _ = queue.action(at: step) }
        #expect(queue.wantsChunk(at: 9))
        _ = queue.request(at: 9)
        for step in 9..<13 {
            #expect(queue.action(at: step)?.policyVersion == 1, "the old chunk goes on")
            #expect(!queue.wantsChunk(at: step))
        }
        queue.receive(chunk(9, version: 2), at: 13, delay: 4)
        let action = queue.action(at: 13)
        #expect(action?.policyVersion == 2 && action?.phase == 4 && action?.values == [13])
        #expect(!queue.wantsChunk(at: 18))
        #expect(queue.wantsChunk(at: 19), "ten steps from where it took over, less what the last one took")
    }

    @Test func whereAChunkEndsThereIsNoActionUntilTheNextComes() {
        var queue = ChunkQueue(.init(executedSteps: 10, leadSteps: 1))
        answer(&queue, at: 0)
        _ = queue.request(at: 9)
        #expect(queue.action(at: 15)?.values == [15])
        #expect(queue.action(at: 16) == nil)
        #expect(queue.hasBegun)
        queue.receive(chunk(9), at: 17, delay: 8)
        #expect(queue.action(at: 17)?.values == [17])
    }

    @Test func aChunkThatIsLaterThanItIsLongGivesNothingAndTheNextIsAskedFor() {
        var queue = ChunkQueue(.init(executedSteps: 10, leadSteps: 1))
        answer(&queue, at: 0)
        _ = queue.request(at: 9)
        for step in 0..<30 { _ = queue.action(at: step) }
        queue.receive(chunk(9), at: 30, delay: 21)
        #expect(queue.wantsChunk(at: 30), "at once")
        #expect(queue.action(at: 30) == nil)
        #expect(queue.expectedDelay == 8, "no more than half of a chunk is reckoned with")
    }

    @Test func anAnswerThatNobodyAskedForIsLeftOut() {
        var queue = ChunkQueue(.init(executedSteps: 10, leadSteps: 1))
        #expect(queue.receive(chunk(0), at: 0, delay: 0) == false)
        _ = queue.request(at: 0)
        queue.reset()
        #expect(queue.receive(chunk(0), at: 0, delay: 0) == false, "it was asked for before the reset")
        #expect(!queue.hasBegun && queue.action(at: 0) == nil)
        _ = queue.request(at: 1)
        #expect(queue.receive(chunk(0), at: 0, delay: 0) == false, "another step was asked for")
        #expect(queue.receive(chunk(1), at: 1, delay: 0) == true)
        #expect(queue.receive(chunk(1), at: 1, delay: 0) == false, "an answer comes once")
    }

    @Test func aResetForgetsWhatWasScheduled() {
        var queue = ChunkQueue(.init(executedSteps: 10, leadSteps: 1))
        answer(&queue, at: 0)
        _ = queue.action(at: 0)
        queue.reset()
        #expect(queue.action(at: 1) == nil && queue.wantsChunk(at: 0))
    }

    @Test func theLongestRecentDelayIsReckonedWith() {
        var delays = RecentDelays()
        #expect(delays.longest == nil)
        for delay in [1, 7, 2] { delays.add(delay) }
        #expect(delays.longest == 7)
        for _ in 0..<8 { delays.add(3) }
        #expect(delays.longest == 7, "it is one of the last ten")
        delays.add(3)
        #expect(delays.longest == 3)
    }

    /// Asks when the queue wants to, and answers `delay` steps later; the action of each step, and when chunks were asked for.
    private func run(
        _ queue: inout ChunkQueue, steps: Int, delay: (Int) -> Int
    ) -> (actions: [Float?], phases: [Int?], asked: [Int], told: [ChunkContinuation?]) {
        var open: (step: Int, ready: Int)?
        var (actions, phases): ([Float?], [Int?]) = ([], [])
        var (asked, told): ([Int], [ChunkContinuation?]) = ([], [])
        for step in 0..<steps {
            if let request = open, step >= request.ready {
                queue.receive(chunk(request.step), at: step, delay: step - request.step)
                open = nil
            }
            if queue.wantsChunk(at: step) {
                asked.append(step)
                told.append(queue.request(at: step))
                let answer = asked.count == 1 ? step : step + delay(asked.count)
                open = (step, answer)
                if answer == step {
                    queue.receive(chunk(step), at: step, delay: 0)
                    open = nil
                }
            }
            let action = queue.action(at: step)
            actions.append(action?.values[0])
            phases.append(action?.phase)
        }
        return (actions, phases, asked, told)
    }

    @Test(arguments: [ChunkSeam.swap, .crossFade, .realTimeChunking], 1...8)
    func whatEveryAnswerTakesIsAskedForEarlierAndLeavesNoGap(seam: ChunkSeam, delay: Int) {
        var queue = ChunkQueue(.init(executedSteps: 10, leadSteps: 1, seam: seam))
        let (actions, phases, asked, _) = run(&queue, steps: 200) { _ in delay }
        // The second chunk was reckoned to take one step; then the delay is known.
        let known = asked[2]
        for step in (known + delay)..<200 {
            // A mixture of two equal numbers may differ from them in the last place.
            #expect(abs((actions[step] ?? .nan) - Float(step)) < 1e-4, "step \(step)")
        }
        let executed = min(10, 16 - delay)
        for (request, next) in zip(asked.dropFirst(2), asked.dropFirst(3)) {
            #expect(next - request == executed, "each chunk drives as far as it can")
            #expect(phases[request + delay] == delay, "it takes over where it was reckoned to")
        }
    }

    @Test func whatComesEarlierThanReckonedWithTakesOverNoEarlier() {
        var queue = ChunkQueue(.init(executedSteps: 10, leadSteps: 1))
        let delays = [0, 0, 4, 1, 2, 4, 0, 3]
        let (actions, phases, asked, _) = run(&queue, steps: 90) { delays[$0 % 8] }
        let steady = asked[2] + 4
        for step in steady..<90 { #expect(actions[step] == Float(step)) }
        for request in asked.dropFirst(3).dropLast() { #expect(phases[request + 4] == 4 && phases[request + 3] != 3) }
    }

    @Test func aCrossFadeGoesFromOneChunkToTheNext() throws {
        var queue = ChunkQueue(.init(executedSteps: 4, leadSteps: 1, seam: .crossFade, fadeSteps: 3))
        _ = queue.request(at: 0)
        queue.receive(
            ActionChunk(step: 0, policyVersion: 1, actions: Array(repeating: [1, -1], count: 16)), at: 0, delay: 0)
        for step in 0..<4 { #expect(queue.action(at: step)?.values == [1, -1]) }
        _ = queue.request(at: 3)
        queue.receive(
            ActionChunk(step: 3, policyVersion: 2, actions: Array(repeating: [0, 1], count: 16)), at: 3, delay: 0)
        #expect(queue.action(at: 3)?.values == [1, -1], "it has not taken over yet")
        let faded = (4..<9).map { queue.action(at: $0)?.values ?? [] }
        #expect(faded == [[0.75, -0.5], [0.5, 0], [0.25, 0.5], [0, 1], [0, 1]])
        #expect(queue.action(at: 4)?.policyVersion == 2)
    }

    @Test func aCrossFadeIsNoLongerThanTheOldChunk() {
        var queue = ChunkQueue(.init(executedSteps: 4, leadSteps: 1, seam: .crossFade, fadeSteps: 9))
        _ = queue.request(at: 0)
        queue.receive(ActionChunk(step: 0, policyVersion: 1, actions: Array(repeating: [1], count: 6)), at: 0, delay: 0)
        for step in 0..<4 { _ = queue.action(at: step) }
        _ = queue.request(at: 3)
        queue.receive(ActionChunk(step: 3, policyVersion: 2, actions: Array(repeating: [0], count: 6)), at: 3, delay: 0)
        let faded = (4..<7).map { queue.action(at: $0)?.values[0] ?? .nan }
        #expect(abs(faded[0] - 2 / 3) < 1e-6 && abs(faded[1] - 1 / 3) < 1e-6 && faded[2] == 0)
    }

    @Test func inRealTimeChunkingThePolicyIsToldWhatIsScheduled() throws {
        var queue = ChunkQueue(.init(executedSteps: 10, leadSteps: 1, seam: .realTimeChunking))
        let (_, _, asked, told) = run(&queue, steps: 60) { _ in 3 }
        #expect(asked.prefix(4) == [0, 9, 19, 29] || asked.prefix(3) == [0, 9, 19])
        #expect(told[0] == nil, "there is nothing to continue")
        let first = try #require(told[1])
        #expect(first.previous == (9..<16).map { [Float($0)] } && first.delay == 1 && first.executionHorizon == 9)
        let second = try #require(told[2])
        #expect(second.previous.first == [Float(asked[2])] && second.delay == 3)
        #expect(second.executionHorizon == asked[2] - asked[1])
        #expect(second.previous.count == 16 - second.executionHorizon)
    }

    @Test(arguments: [ChunkSeam.swap, .crossFade, .holdAndWait]) func otherSeamsTellThePolicyNothing(seam: ChunkSeam) {
        var queue = ChunkQueue(.init(executedSteps: 10, leadSteps: 1, seam: seam))
        #expect(run(&queue, steps: 60) { _ in 2 }.told.allSatisfy { $0 == nil })
    }

    @Test func whoeverHoldsAndWaitsCarriesOutEveryChunkFromItsFirstAction() {
        var queue = ChunkQueue(.init(executedSteps: 4, leadSteps: 1, seam: .holdAndWait))
        let (_, phases, asked, _) = run(&queue, steps: 24) { _ in 3 }
        #expect(asked == [0, 4, 11, 18])
        let pause: [Int?] = [nil, nil, nil]
        #expect(phases == [0, 1, 2, 3] + pause + [0, 1, 2, 3] + pause + [0, 1, 2, 3] + pause + [0, 1, 2])
    }

    @Test func theRobotIsHeldOnlyWhileItWaits() {
        var queue = ChunkQueue(.init(executedSteps: 2, leadSteps: 1, seam: .holdAndWait))
        answer(&queue, at: 0)
        #expect(queue.action(at: 0)?.phase == 0)
        #expect(!queue.isHeld && queue.action(at: 1)?.phase == 1)
        #expect(queue.wantsChunk(at: 2) && queue.action(at: 2) == nil, "it has more actions, but waits for newer ones")
        _ = queue.request(at: 2)
        #expect(queue.isHeld)
        var swapping = ChunkQueue(.init(executedSteps: 2, leadSteps: 1))
        _ = swapping.request(at: 0)
        #expect(!swapping.isHeld)
    }
}
