import Foundation
import Numerics
import Testing

@testable import Learning

/// Everything ever told to a lane, kept without limit, to compare the replay with.
private struct Story {
    var states: [Float] = []
    var actions: [Float?] = []
    var ends: [Int: ReplayBuffer.Outcome] = [:]
    var abandoned: Set<Int> = []
}

struct ReplayTests {
    private func open(_ buffer: ReplayBuffer, _ lane: Int, _ value: Float, baseKnown: Bool = true) {
        [value, baseKnown ? value : 0].withUnsafeBufferPointer {
            buffer.open(lane: lane, state: $0, baseKnown: baseKnown)
        }
    }

    private func complete(_ buffer: ReplayBuffer, _ lane: Int, _ value: Float) {
        [value].withUnsafeBufferPointer { buffer.completeBase(lane: lane, offset: 1, $0) }
    }

    private func act(_ buffer: ReplayBuffer, _ lane: Int, _ value: Float, version: UInt64 = 1) {
        [value].withUnsafeBufferPointer { buffer.act(lane: lane, action: $0, version: version) }
    }

    private func buffer(_ capacity: Int, lanes: Int = 1, steps: Int) throws -> ReplayBuffer {
        try ReplayBuffer(
            shape: .init(capacity: capacity, lanes: lanes, stateSize: 2, actionSize: 1, returnSteps: steps))
    }

    @Test func knownEpisode() throws {
        let buffer = try buffer(50, steps: 3)
        for step in 0..<4 {
            open(buffer, 0, Float(step))
            act(buffer, 0, Float(10 + step), version: UInt64(step))
            #expect(buffer.sampleableCount == max(0, step - 2))
        }
        open(buffer, 0, 4)
        #expect(buffer.sampleableCount == 2)
        buffer.end(lane: 0, .success)
        #expect(buffer.sampleableCount == 4)
        #expect(buffer.makeReturn(of: 0) == .init(steps: 3, final: 3, success: false))
        #expect(buffer.makeReturn(of: 1) == .init(steps: 3, final: 4, success: true))
        #expect(buffer.makeReturn(of: 3) == .init(steps: 1, final: 4, success: true))
        #expect(buffer.makeWholeReturn(of: 0) == .init(steps: 4, final: 4, success: true))
        #expect(buffer.makeWholeReturn(of: 3) == buffer.makeReturn(of: 3))
        #expect(buffer.versions[2] == 2 && buffer.actions[2, 0] == 12)
    }

    /// A whole return ends where nobody knows how its episode went on, and never runs into the next one.
    @Test func wholeReturns() throws {
        let buffer = try buffer(50, steps: 3)
        for step in 0..<6 {
            open(buffer, 0, Float(step))
            act(buffer, 0, Float(10 + step))
        }
        buffer.abandon(lane: 0)
        for step in 6..<9 {
            open(buffer, 0, Float(step))
            act(buffer, 0, Float(10 + step))
        }
        open(buffer, 0, 9)
        buffer.end(lane: 0, .timeout)
        #expect(buffer.sampleable.prefix(buffer.sampleableCount).sorted() == [0, 1, 2, 6, 7, 8])
        #expect(buffer.makeWholeReturn(of: 0) == .init(steps: 5, final: 5, success: false))
        #expect(buffer.makeWholeReturn(of: 2) == .init(steps: 3, final: 5, success: false))
        #expect(buffer.makeWholeReturn(of: 6) == .init(steps: 3, final: 9, success: false))
    }

    /// At the end of a chunk the next base action is not known yet: the steps that need it wait for it.
    @Test func chunkBoundary() throws {
        let buffer = try buffer(50, steps: 1)
        open(buffer, 0, 1)
        act(buffer, 0, 1)
        open(buffer, 0, 2, baseKnown: false)
        #expect(buffer.sampleableCount == 0)
        complete(buffer, 0, 2)
        #expect(buffer.sampleableCount == 1)
        #expect(buffer.states[1, 1] == 2)
        act(buffer, 0, 2)
        open(buffer, 0, 3, baseKnown: false)
        buffer.end(lane: 0, .timeout)
        #expect(buffer.sampleableCount == 1 && buffer.unknownReturns == 1)
        // A success needs no base action behind it.
        open(buffer, 0, 4)
        act(buffer, 0, 4)
        open(buffer, 0, 5, baseKnown: false)
        buffer.end(lane: 0, .success)
        #expect(buffer.sampleableCount == 2 && buffer.episodeCount == 2)
    }

    /// Random stories over many seeds: what can be sampled is exactly what was told, complete, and not yet overwritten.
    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func agreesWithTheWholeStory(seed: UInt64) throws {
        var random = RandomStream(seed: seed)
        let steps = 1 + random.integer(below: 4)
        let lanes = 1 + random.integer(below: 3)
        let capacity = lanes * (2 * steps + 3 + random.integer(below: 40))
        let buffer = try buffer(capacity, lanes: lanes, steps: steps)
        var stories = Array(repeating: Story(), count: lanes)
        var known = Array(repeating: true, count: lanes)
        var running = Array(repeating: false, count: lanes)
        for _ in 0..<400 {
            let lane = random.integer(below: lanes)
            let last = stories[lane].states.count - 1
            let acted = running[lane] && stories[lane].actions[last] != nil
            if running[lane] && !acted && !known[lane] && random.uniform() < 0.7 {
                complete(buffer, lane, stories[lane].states[last])
                known[lane] = true
            } else if running[lane] && random.uniform() < 0.03 {
                buffer.abandon(lane: lane)
                stories[lane].abandoned.insert(last)
                running[lane] = false
            } else if running[lane] && !acted {
                if random.uniform() < 0.12, last > 0 {
                    let outcome: ReplayBuffer.Outcome = random.uniform() < 0.5 ? .success : .timeout
                    buffer.end(lane: lane, outcome)
                    if outcome == .timeout && !known[lane] {
                        stories[lane].abandoned.insert(last)
                    } else {
                        stories[lane].ends[last] = outcome
                    }
                    running[lane] = false
                } else if known[lane] {
                    act(buffer, lane, Float(last))
                    stories[lane].actions[last] = Float(last)
                }
            } else {
                let value = Float(stories[lane].states.count)
                known[lane] = random.uniform() < 0.8
                open(buffer, lane, value, baseKnown: known[lane])
                stories[lane].states.append(value)
                stories[lane].actions.append(nil)
                running[lane] = true
            }
            check(buffer, stories, known: known, running: running, steps: steps)
        }
    }

    private func check(
        _ buffer: ReplayBuffer, _ stories: [Story], known: [Bool], running: [Bool], steps: Int
    ) {
        var expected: Set<Int> = []
        let laneCapacity = buffer.slotCount / stories.count
        for (lane, story) in stories.enumerated() {
            let total = story.states.count
            for index in max(0, total - laneCapacity)..<total where story.actions[index] != nil {
                var complete = false
                for ahead in 1...steps {
                    let there = index + ahead
                    if there >= total || story.abandoned.contains(there - 1) { break }
                    if story.abandoned.contains(there) {
                        // Sampleable only if the state was known before the end, as the last of a full return.
                        complete = ahead == steps && (story.actions[there] != nil || wasKnown(buffer, lane, there))
                        break
                    }
                    if story.ends[there] != nil {
                        complete = true
                        break
                    }
                    if ahead == steps { complete = there < total - 1 || !running[lane] || known[lane] }
                }
                if complete { expected.insert(lane * laneCapacity + index % laneCapacity) }
            }
        }
        let found = Set((0..<buffer.sampleableCount).map { Int(buffer.sampleable[$0]) })
        #expect(found == expected)
        for slot in found {
            let number = buffer.states[slot, 0]
            #expect(buffer.actions[slot, 0] == number && buffer.states[slot, 1] == number)
            let story = stories[slot / laneCapacity]
            let way = buffer.makeReturn(of: slot)
            let final = Int(number) + way.steps
            #expect(buffer.states[way.final, 0] == Float(final))
            #expect(way.success == (story.ends[final] == .success))
            if way.steps < steps { #expect(story.ends[final] != nil) }
        }
    }

    private func wasKnown(_ buffer: ReplayBuffer, _ lane: Int, _ index: Int) -> Bool {
        buffer.flags[lane * buffer.laneCapacity + index % buffer.laneCapacity].contains(.baseKnown)
    }

    @Test func samplingIsUniform() throws {
        let buffer = try buffer(64, steps: 2)
        for step in 0..<200 {
            open(buffer, 0, Float(step))
            if step % 20 == 19 {
                buffer.end(lane: 0, step % 40 == 39 ? .success : .timeout)
            } else {
                act(buffer, 0, Float(step))
            }
        }
        var counts: [Int: Int] = [:]
        var random = RandomStream(seed: 1)
        let draws = 60_000
        for _ in 0..<draws { counts[buffer.sample(&random), default: 0] += 1 }
        #expect(counts.count == buffer.sampleableCount)
        let mean = Double(draws) / Double(buffer.sampleableCount)
        for (_, count) in counts { #expect(abs(Double(count) - mean) < 6 * mean.squareRoot()) }
    }

    @Test func badShapes() {
        #expect(throws: LearningError.self) { try buffer(5, steps: 3) }
        #expect(throws: LearningError.self) { try buffer(100, steps: 0) }
        #expect(throws: LearningError.self) { try buffer(1 << 25, steps: 1) }
    }
}
