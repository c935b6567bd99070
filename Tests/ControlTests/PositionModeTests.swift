import Control
import Foundation
import Realtime
import Robots
import Testing

/// An arm whose motors take positions, as one with servos on a bus.
@Suite struct PositionModeTests {
    let robot: RobotDescription

    init() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        robot = try RobotDescription.load(path: root.appending(path: "robots/so101.yaml").path())
    }

    private func makeBench() throws -> Bench { try Bench(robot: robot, mode: robot.control.commandMode) }

    @Test func whateverALeaderDoesTheJointsStayWithinTheirLimits() throws {
        // No table to run into: this is about the joints.
        var robot = robot
        robot.safety.workspace = WorkspaceBox(lower: SIMD3(repeating: -2), upper: SIMD3(repeating: 2))
        var bench = try Bench(robot: robot, mode: robot.control.commandMode)
        var random = TestRandom(seed: 7)
        bench.publish(.beginInPlace)
        bench.step()
        var last = bench.loop.driver.state.jointPositions
        var lastVelocity = JointVector.zero
        var farthest = 0.0
        var asked = JointVector.zero
        for cycle in 0..<4000 {
            // A leader that is thrown about: jumps of any size, far beyond the ranges too, and not a number now and then.
            if cycle % 40 == 0 {
                for joint in 0..<5 { asked[joint] = random.uniform(-4...4) }
                if cycle % 400 == 200 { asked[2] = .nan }
            }
            bench.publish(.jointPositions) {
                $0.jointPositions = asked
                $0.gripperOpening = 0.05
            }
            bench.step()
            let now = bench.loop.driver.state.jointPositions
            for (joint, limits) in robot.joints.enumerated() {
                let velocity = (now[joint] - last[joint]) / robot.controlPeriod
                #expect(
                    now[joint] >= limits.lower && now[joint] <= limits.upper,
                    "cycle \(cycle), joint \(joint): \(now[joint]), before \(last[joint]) at \(lastVelocity[joint]) rad/s"
                )
                #expect(abs(velocity) <= limits.velocity * (1 + 1e-9))
                let acceleration = (velocity - lastVelocity[joint]) / robot.controlPeriod
                #expect(abs(acceleration) <= limits.acceleration * (1 + 1e-6))
                lastVelocity[joint] = velocity
                farthest = max(farthest, abs(velocity))
            }
            last = now
        }
        #expect(farthest > 3, "the limits were never tried: \(farthest)")
        #expect(bench.outcome.faults.isEmpty, "\(bench.outcome.faults)")
    }

    @Test func whatWasAskedStandsBesideWhatWasSent() throws {
        var bench = try makeBench()
        bench.publish(.beginInPlace)
        bench.step()
        bench.publish(.jointPositions) { $0.jointPositions = JointVector([1, 0.2, 3, 0, 0]) }
        bench.step()
        var record = CycleRecord()
        while bench.channels.cycles.pop(into: &record) {}
        #expect(record.requested.mode == .position && record.executed.mode == .position)
        #expect(record.requested.jointPositions == JointVector([1, 0.2, 3, 0, 0]))
        #expect(record.executed.jointPositions[0] > 0 && record.executed.jointPositions[0] < 0.1)
        #expect(record.interventions.contains(.setpointRange))
        #expect(bench.loop.driver.lastCommand.jointPositions == record.executed.jointPositions)
    }

    @Test func anEpisodeInPlaceBeginsAnywhereAndOneFromHomeDoesNot() throws {
        for kind in [Setpoint.Kind.beginInPlace, .beginEpisode] {
            var bench = try makeBench()
            bench.loop.driver.state.jointPositions[0] = 1.2
            bench.loop.driver.hasReset = kind == .beginInPlace
            bench.publish(kind)
            bench.step()
            if kind == .beginInPlace {
                #expect(bench.outcome.beganEpisode && bench.outcome.faults.isEmpty)
                // The world is left as it is, though this backend could put it back.
                #expect(!bench.outcome.resetScene && bench.loop.driver.state.jointPositions[0] == 1.2)
            } else {
                #expect(bench.outcome.faults == .startupMismatch)
            }
        }
    }

    @Test func aJointThatPushesAgainstSomethingIsStoppedByWhatItsMotorMeasures() throws {
        var bench = try makeBench()
        bench.run(2)
        bench.loop.driver.isJammed = true
        bench.loop.driver.state.jointTorques[1] = -0.95 * robot.joints[1].torque
        bench.run(99)
        #expect(bench.outcome.faults.isEmpty)
        bench.run(10)
        #expect(bench.outcome.faults == .stall)
    }
}
