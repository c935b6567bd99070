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
        queue.requested(at: step)
        queue.receive(chunk(step, version: version))
    }

    @Test func emptyQueueHasNoActionAndWantsAChunk() {
        var queue = ChunkQueue(executedSteps: 10, leadSteps: 1)
        #expect(queue.action(at: 0) == nil)
        #expect(queue.wantsChunk(at: 0))
        #expect(!queue.hasBegun)
        queue.requested(at: 0)
        #expect(!queue.wantsChunk(at: 0), "one request at a time")
        #expect(queue.action(at: 0) == nil)
    }

    @Test func actionsBelongToTheirSteps() {
        var queue = ChunkQueue(executedSteps: 10, leadSteps: 1)
        answer(&queue, at: 0)
        #expect(queue.hasBegun)
        for step in 0..<9 {
            #expect(queue.action(at: step)?.values == [Float(step)])
            #expect(!queue.wantsChunk(at: step), "step \(step)")
        }
    }

    @Test(arguments: 0...3) func aChunkTakesOverAfterItsLeadAndIsAskedForThatMuchBefore(lead: Int) {
        var queue = ChunkQueue(executedSteps: 10, leadSteps: lead)
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
        var queue = ChunkQueue(executedSteps: 4, leadSteps: 3)
        answer(&queue, at: 0)
        #expect(queue.action(at: 0)?.phase == 0, "the robot waited for it: nothing of it has gone by")
    }

    @Test func whatHasGoneByOfALateChunkIsLeftOut() {
        var queue = ChunkQueue(executedSteps: 10, leadSteps: 1)
        answer(&queue, at: 0, version: 1)
        for step in 0..<9 { _ = queue.action(at: step) }
        #expect(queue.wantsChunk(at: 9))
        queue.requested(at: 9)
        for step in 9..<13 {
            #expect(queue.action(at: step)?.policyVersion == 1, "the old chunk goes on")
            #expect(!queue.wantsChunk(at: step))
        }
        queue.receive(chunk(9, version: 2))
        let action = queue.action(at: 13)
        #expect(action?.policyVersion == 2 && action?.phase == 4 && action?.values == [13])
        #expect(!queue.wantsChunk(at: 21))
        #expect(queue.wantsChunk(at: 22), "ten steps from where it took over, less the lead")
    }

    @Test func whereAChunkEndsThereIsNoActionUntilTheNextComes() {
        var queue = ChunkQueue(executedSteps: 10, leadSteps: 1)
        answer(&queue, at: 0)
        queue.requested(at: 9)
        #expect(queue.action(at: 15)?.values == [15])
        #expect(queue.action(at: 16) == nil)
        #expect(queue.hasBegun)
        queue.receive(chunk(9))
        #expect(queue.action(at: 17)?.values == [17])
    }

    @Test func aChunkThatIsLaterThanItIsLongGivesNothingAndTheNextIsAskedFor() {
        var queue = ChunkQueue(executedSteps: 10, leadSteps: 1)
        answer(&queue, at: 0)
        queue.requested(at: 9)
        for step in 0..<30 { _ = queue.action(at: step) }
        queue.receive(chunk(9))
        #expect(queue.action(at: 30) == nil)
        #expect((31...60).contains { queue.wantsChunk(at: $0) })
    }

    @Test func anAnswerThatNobodyAskedForIsLeftOut() {
        var queue = ChunkQueue(executedSteps: 10, leadSteps: 1)
        #expect(queue.receive(chunk(0)) == false)
        queue.requested(at: 0)
        queue.reset()
        #expect(queue.receive(chunk(0)) == false, "it was asked for before the reset")
        #expect(!queue.hasBegun && queue.action(at: 0) == nil)
        queue.requested(at: 1)
        #expect(queue.receive(chunk(0)) == false, "another step was asked for")
        #expect(queue.receive(chunk(1)) == true)
        #expect(queue.receive(chunk(1)) == false, "an answer comes once")
    }

    @Test func aResetForgetsWhatWasScheduled() {
        var queue = ChunkQueue(executedSteps: 10, leadSteps: 1)
        answer(&queue, at: 0)
        _ = queue.action(at: 0)
        queue.reset()
        #expect(queue.action(at: 1) == nil && queue.wantsChunk(at: 0))
    }
}
