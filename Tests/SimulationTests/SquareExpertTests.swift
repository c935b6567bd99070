import Robots
import Testing

@testable import Simulation

@Suite("Square's expert, through the control loop")
struct SquareExpertTests {
    let robot: RobotDescription

    init() throws {
        robot = try TestRobot.panda()
    }

    @Test("It puts the nut onto the peg", arguments: [("d0", 20_000), ("d0", 20_001), ("d1", 20_002), ("d1", 20_003)])
    func succeeds(variant: String, seed: Int) throws {
        let episode = try ExpertEpisode(
            SquareTask(variant: variant, robot: robot), robot: robot, seed: UInt64(seed))
        let isSuccess = episode.isSuccess
        #expect(isSuccess)
        #expect(episode.actions.allSatisfy { $0.count == 7 && $0.allSatisfy { abs($0) <= 1 } })
        #expect(episode.actions.allSatisfy { abs($0[6]) == 1 })
        #expect(episode.phases.starts(with: ["approach", "descend", "grasp", "lift", "carry", "insert"]))
    }

    @Test("The same seed gives the same episode, byte for byte; another style gives another")
    func reproducible() throws {
        let task = try SquareTask(variant: "d0", robot: robot)
        let first = try ExpertEpisode(task, robot: robot, seed: 20_004)
        let second = try ExpertEpisode(task, robot: robot, seed: 20_004)
        #expect(first.actions == second.actions)
        #expect(first.ending.isIdentical(to: second.ending))
        let other = task.makeExpert(seed: 1, noise: 0)
        let another = task.makeExpert(seed: 2, noise: 0)
        let styles = [other, another].compactMap { ($0 as? SquareExpert)?.transfer.style }
        #expect(styles.count == 2 && styles[0].hoverHeight != styles[1].hoverHeight)
    }

    @Test("A nut that is lost on the way is taken again")
    func regrasps() throws {
        let task = try SquareTask(variant: "d0", robot: robot)
        var isLost = false
        let episode = try ExpertEpisode(task, robot: robot, seed: 20_005) { step, scene in
            guard !isLost, scene.pose(at: task.nutOffset).position.z > 0.9, step > 20 else { return false }
            isLost = true
            scene.setPose(
                Pose(position: SIMD3(-0.05, -0.15, 0.85), orientation: Quaternion(yaw: 2)), at: task.nutOffset)
            return true
        }
        #expect(isLost)
        #expect(episode.phases.filter { $0 == "grasp" }.count > 1)
        let isSuccess = episode.isSuccess
        #expect(isSuccess)
    }
}
