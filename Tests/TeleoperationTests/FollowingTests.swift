import Foundation
import Realtime
import Robots
import Testing

@testable import Teleoperation

enum TestRobots {
    static func load(_ name: String) throws -> RobotDescription {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try RobotDescription.load(path: root.appending(path: "robots/\(name).yaml").path)
    }
}

@Suite struct FollowingTests {
    let robot: RobotDescription
    let limits = Following.Limits(distance: 0.8, rampSpeed: 0.5, age: 0.05)

    init() throws {
        robot = try TestRobots.load("so101")
    }

    private func time(_ seconds: Double) -> MonotonicTime { MonotonicTime(nanoseconds: UInt64((1 + seconds) * 1e9)) }

    private func pose(_ positions: [Double], openness: Double = 0.5, at seconds: Double) -> LeaderPose {
        var pose = LeaderPose()
        pose.positions = JointVector(positions)
        pose.openness = openness
        pose.isComplete = true
        pose.time = time(seconds)
        return pose
    }

    private func state(_ positions: [Double], opening: Double) -> RobotState {
        var state = RobotState()
        state.jointPositions = JointVector(positions)
        state.gripper.opening = opening
        return state
    }

    private func goal(_ answer: Following.Answer) throws -> (positions: JointVector, opening: Double) {
        guard case .go(let positions, let opening) = answer else { throw NotGoing() }
        return (positions, opening)
    }
    private struct NotGoing: Error {}

    @Test func itBeginsWhereTheFollowerIsAndComesToTheLeaderAtTheRampsSpeed() throws {
        var following = Following(robot: robot, limits: limits)
        let follower = state([0.4, -0.2, 0, 0, 0], opening: 0)
        let leader = [0.0, 0.1, 0, 0.5, 0]
        var goal = try goal(following.step(leader: pose(leader, at: 0), follower: follower, now: time(0)))
        for joint in 0..<5 { #expect(abs(goal.positions[joint] - follower.jointPositions[joint]) < 1e-15) }
        #expect(abs(goal.opening) < 1e-15 && !following.hasArrived)
        for step in 1...100 {
            let now = Double(step) / 100
            goal = try self.goal(following.step(leader: pose(leader, at: now), follower: follower, now: time(now)))
            // Only the leader's pose and the time count from now on, not where the follower is.
            #expect(abs(goal.positions[0] - max(0, 0.4 - 0.5 * now)) < 1e-9)
            #expect(abs(goal.positions[1] - min(0.1, -0.2 + 0.5 * now)) < 1e-9)
            #expect(abs(goal.positions[3] - min(0.5, 0.5 * now)) < 1e-9)
            #expect(following.hasArrived == (now >= 1))
        }
        #expect(abs(goal.opening - 0.0605) < 1e-12)
    }

    @Test func theLeadersOwnMotionIsFollowedDuringTheRamp() throws {
        var following = Following(robot: robot, limits: limits)
        let follower = state([0.4, 0, 0, 0, 0], opening: 0)
        _ = try following.step(leader: pose([0, 0, 0, 0, 0], at: 0), follower: follower, now: time(0))
        let goal = try goal(
            following.step(leader: pose([0.3, 0, 0, 0, 0], at: 0.01), follower: follower, now: time(0.01)))
        #expect(abs(goal.positions[0] - (0.3 + 0.4 - 0.005)) < 1e-9)
    }

    @Test func aLeaderThatIsTooFarIsRefusedWithEveryJointNamed() throws {
        var following = Following(robot: robot, limits: limits)
        let follower = state([0, 0, 0, 0, 0], opening: 0)
        #expect {
            _ = try following.step(leader: pose([0, 1.1, 0.79, 0, -2], at: 0), follower: follower, now: time(0))
        } throws: { error in
            "\(error)"
                == "the leader is too far from its follower: shoulder_lift is at 63°, the follower's at 0°; wrist_roll is at "
                + "-115°, the follower's at 0°; bring every joint within 46° and begin again"
        }
        // Brought nearer, it is followed.
        let goal = try goal(
            following.step(leader: pose([0, 0.7, 0, 0, 0], at: 1), follower: follower, now: time(1)))
        #expect(goal.positions == JointVector([0, 0, 0, 0, 0]))
    }

    @Test func aPoseThatIsOldOrNotCompleteIsNotFollowed() throws {
        var following = Following(robot: robot, limits: limits)
        let follower = state([0, 0, 0, 0, 0], opening: 0)
        func waits(_ pose: LeaderPose, at seconds: Double) throws -> Bool {
            if case .wait = try following.step(leader: pose, follower: follower, now: time(seconds)) { return true }
            return false
        }
        #expect(try waits(LeaderPose(), at: 0))
        #expect(try waits(pose([0.1, 0, 0, 0, 0], at: 0), at: 0.06))
        #expect(try !waits(pose([0.1, 0, 0, 0, 0], at: 0.1), at: 0.14))
        #expect(try waits(pose([0.1, 0, 0, 0, 0], at: 0.1), at: 0.16))
        // After a pause of two seconds the ramp goes on where it was: by the age at most, not by two seconds.
        let goal = try goal(
            following.step(leader: pose([0.1, 0, 0, 0, 0], at: 2.1), follower: follower, now: time(2.1)))
        #expect(abs(goal.positions[0] - 0.5 * 0.05) < 1e-9)
    }

    @Test func aHandlesOpeningIsAPartOfItsRange() throws {
        let leader = try TestRobots.load("gello-panda")
        var state = RobotState()
        state.gripper.opening = 0.06
        state.gripper.time = time(0)
        for joint in 0..<leader.jointCount { state.jointTimes[joint] = time(1) }
        let pose = LeaderPose(state, of: leader)
        #expect(pose.openness == 0.75 && pose.isComplete && pose.time == time(0))
        state.jointTimes[3] = .zero
        #expect(!LeaderPose(state, of: leader).isComplete)
        state.jointTimes[3] = time(0)
        state.jointPositions[2] = .nan
        #expect(!LeaderPose(state, of: leader).isComplete)
    }
}
