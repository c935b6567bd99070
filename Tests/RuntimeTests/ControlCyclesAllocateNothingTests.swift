import Control
import Realtime
import Robots
import Simulation
import Testing

@testable import Runtime

/// What the control thread does in every cycle, on a virtual clock. Compiling it is the proof for the code that is ours;
/// running it counts what physics and the C library do.
@_noLocks @_noExistentials @_noObjCBridging
private func runCycles(
    _ loop: inout ControlLoop<SimulatedRobot>, _ step: inout LatencyHistogram, count: Int, from cycle: UInt64,
    period: UInt64
) {
    for index in 0..<UInt64(count) {
        let now = MonotonicTime(nanoseconds: (cycle + index) * period)
        _ = loop.step(now: now, wakeLateness: index)
        step.record(nanoseconds: index)
    }
}

@Suite struct ControlCyclesAllocateNothingTests {
    /// The whole cycle, reading, control, safety, writing with its physics, publishing, under setpoints that change at
    /// 20 Hz; a recorder takes the records between two setpoints.
    @Test func aHundredThousandCyclesAllocateNothing() throws {
        let context = try TestJob.context(horizon: 400)
        let channels = context.makeChannels()
        var loop = try context.makeControl(channels: channels, timing: .measured)
        var histogram = LatencyHistogram()
        let (period, perStep) = (context.cyclePeriod, context.cyclesPerStep)
        let scene = context.task.initialScene(seed: 1)
        var setpoint = Setpoint()
        var record = CycleRecord()
        var taken: UInt64 = 0

        let before = AllocationCounter.threadCount()
        for step in 0..<4000 {
            let cycle = UInt64(step * perStep)
            setpoint.sequence += 1
            setpoint.time = MonotonicTime(nanoseconds: cycle * period)
            // An episode of 8 s after the other, in which the hand goes to and fro, turns and closes.
            if step % 160 == 0 {
                setpoint.kind = .beginEpisode
                setpoint.scene = scene
                channels.operatorRequest.requestReset()
            } else {
                setpoint.kind = .toolDelta
                let sign = step / 20 % 2 == 0 ? 1.0 : -1.0
                setpoint.translation = SIMD3(0.02 * sign, 0.03 * sign, -0.02 * sign)
                setpoint.rotation = SIMD3(0, 0, 0.2 * sign)
                setpoint.gripperOpening = step / 40 % 2 == 0 ? 0.08 : 0
            }
            channels.setpoint.publish(setpoint)
            runCycles(&loop, &histogram, count: perStep, from: cycle, period: period)
            while channels.cycles.pop(into: &record) { taken += 1 }
        }
        let after = AllocationCounter.threadCount()

        #expect(before != nil, "without a counter this proves nothing")
        #expect(after == before)
        #expect(taken == 100_000 && channels.cycles.dropped == 0)
        #expect(histogram.count == 100_000)
        #expect(record.phase == .running && record.faults == [], "\(record.faults.activeNames)")
    }

    /// The same for an arm that is sent positions, as a leader asks for them: jumps, some out of range.
    @Test func cyclesOfAnArmThatFollowsALeaderAllocateNothing() throws {
        let context = try JobContext(
            job: .load(path: packagePath + "/configs/so101-leader.yaml"), hardware: .simulated)
        let channels = context.makeChannels()
        var loop = try context.makeControl(channels: channels, timing: .measured)
        var histogram = LatencyHistogram()
        var setpoint = Setpoint()
        var record = CycleRecord()
        setpoint.scene = context.task.initialScene(seed: 1)
        setpoint.kind = .beginEpisode
        let before = AllocationCounter.threadCount()
        for cycle in 0..<UInt64(2000) {
            setpoint.sequence += 1
            setpoint.time = MonotonicTime(nanoseconds: cycle * context.cyclePeriod)
            channels.setpoint.publish(setpoint)
            runCycles(&loop, &histogram, count: 1, from: cycle, period: context.cyclePeriod)
            while channels.cycles.pop(into: &record) {}
            setpoint.kind = .jointPositions
            let sign = cycle / 50 % 2 == 0 ? 1.0 : -1.0
            setpoint.jointPositions = JointVector(repeating: 0.3 * sign)
            setpoint.jointPositions[4] = 5 * sign
            setpoint.gripperOpening = 0.06 + 0.04 * sign
        }
        let after = AllocationCounter.threadCount()
        #expect(before != nil && after == before)
        #expect(histogram.count == 2000)
        #expect(record.phase == .running && record.faults == [], "\(record.faults.activeNames)")
    }

    /// The counter sees what it is to see: a cycle with an allocation in it would not pass.
    @Test func anAllocationIsCounted() throws {
        let before = AllocationCounter.threadCount()
        let memory = UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: 8)
        let after = AllocationCounter.threadCount()
        memory.deallocate()
        #expect(try #require(after) == #require(before) + 1)
    }
}
