import Realtime
import Robots
import Testing

@testable import Runtime

@Suite struct RecordedSourceTests {
    private let robot: RobotDescription
    private let joints: JointActions
    private let recorded: [[Float]]

    init() throws {
        robot = try RobotDescription.load(path: packagePath + "/robots/so101.yaml")
        joints = JointActions(robot: robot)
        var steps: [[Float]] = []
        for step in 0..<4 {
            steps.append(
                joints.action(positions: JointVector([0.5 + 0.01 * Double(step), -0.2, 0, 0, 0]), opening: 0.06))
        }
        recorded = steps
    }

    private func time(_ step: Int) -> MonotonicTime {
        MonotonicTime(nanoseconds: 1_000_000_000 + UInt64(step) * 10_000_000)
    }

    private func state(_ positions: [Double]) -> RobotState {
        var state = RobotState()
        state.jointPositions = JointVector(positions)
        state.gripper.opening = 0.06
        return state
    }

    @Test func aRobotThatBeginsWhereItIsIsBroughtToTheBeginningSlowly() throws {
        let source = RecordedSource(recorded, endsEpisode: true, robot: robot, rampSpeed: 0.5)
        source.begin()
        let here = state([0, 0.1, 0, 0, 0])
        var last = 0.0
        var step = 0
        while let action = try source.action(at: step, state: here, now: time(step)), action != recorded[0] {
            let pan = joints.goal(of: action).positions[0]
            // From where it is, at the ramp's speed.
            #expect(pan >= last - 1e-6 && pan - last < 0.0051, "step \(step): \(pan)")
            last = pan
            step += 1
            #expect(!source.isOver(at: step))
        }
        #expect(step >= 99 && step <= 102, "half a radian at half a radian a second: \(step)")
        for index in 1..<4 {
            #expect(try source.action(at: step + index, state: here, now: time(step + index)) == recorded[index])
        }
        #expect(!source.isOver(at: step + 3) && source.isOver(at: step + 4))
        #expect(try source.action(at: step + 4, state: here, now: time(step + 4)) == nil)
    }

    @Test func whereTheWorldBeginsWithTheEpisodeItBeginsAtOnce() throws {
        let source = RecordedSource(recorded, endsEpisode: false)
        source.begin()
        for step in 0..<4 {
            #expect(try source.action(at: step, state: state([1, 1, 1, 1, 1]), now: time(step)) == recorded[step])
        }
        #expect(!source.isOver(at: 4) && source.last == recorded[3])
    }
}
