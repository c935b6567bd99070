import Realtime
import Robots
import Synchronization
import Testing

@testable import Teleoperation

/// A leader in memory: its shoulder moves by a milliradian in every reading, and every fourth reading gets no reply.
private struct MovingLeader: RobotDriver, ~Copyable {
    final class Log: Sendable {
        let isDisconnected = Atomic(false)
        let writes = Atomic(0)
    }

    let log: Log
    var readings = 0

    mutating func connect() throws(DriverError) {}

    mutating func read(into measurement: inout Robots.Measurement, now: MonotonicTime) {
        readings += 1
        if readings % 4 == 0 { return }
        measurement.state.jointPositions[0] = Double(readings) * 0.001
        for joint in 0..<5 { measurement.state.jointTimes[joint] = now }
        measurement.state.gripper.time = now
    }

    mutating func write(_ command: borrowing RobotCommand) { log.writes.add(1, ordering: .relaxed) }
    mutating func reset(to scene: borrowing SceneSnapshot) -> Bool { false }
    mutating func disconnect() { log.isDisconnected.store(true, ordering: .relaxed) }
}

@Suite struct LeaderReaderTests {
    @Test func aLeaderIsReadOnItsOwnThreadAndNeverCommanded() throws {
        let log = MovingLeader.Log()
        let reader = try LeaderReader.start(
            MovingLeader(log: log), robot: TestRobots.load("so101"), rate: 500,
            options: RealtimeOptions(priority: 0, cpu: nil, lockMemory: false, onRefusal: .warn))
        var pose = LeaderPose()
        // As long as it takes: this is not about the machine's speed.
        while reader.counts.readings < 40 { _ = reader.pose.read(into: &pose) }
        reader.stop()
        _ = reader.pose.read(into: &pose)
        let counts = reader.counts
        #expect(pose.isComplete && pose.positions[0] > 0.03)
        #expect(counts.incomplete == counts.readings / 4)
        let (isDisconnected, writes) = (
            log.isDisconnected.load(ordering: .relaxed), log.writes.load(ordering: .relaxed)
        )
        #expect(isDisconnected && writes == 0)
    }
}
