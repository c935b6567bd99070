import Robots
import Testing

@testable import Simulation

@Suite("The experts of Coffee, Hammer Cleanup and Mug Cleanup, through the control loop")
struct TaskExpertTests {
    let robot: RobotDescription

    init() throws {
        robot = try TestRobot.panda()
    }

    @Test(
        "Each does its task",
        arguments: [
            ("coffee", "d0", 20_000), ("coffee", "d1", 20_001), ("hammer-cleanup", "d0", 20_000),
            ("hammer-cleanup", "d1", 20_002), ("mug-cleanup", "d0", 20_000), ("mug-cleanup", "d1", 20_002),
        ])
    func succeeds(name: String, variant: String, seed: Int) throws {
        let task = try TaskCatalogue.task(named: name, variant: variant, robot: robot)
        let episode = try ExpertEpisode(task, robot: robot, seed: UInt64(seed))
        let isSuccess = episode.isSuccess
        #expect(isSuccess, "\(episode.phases)")
        #expect(episode.actions.allSatisfy { $0.count == 7 && $0.allSatisfy { abs($0) <= 1 } })
        #expect(episode.actions.allSatisfy { abs($0[6]) == 1 })
    }

    @Test("The same seed gives the same bytes, another seed another style")
    func reproducible() throws {
        let task = try CoffeeTask(variant: "d1", robot: robot)
        let first = try ExpertEpisode(task, robot: robot, seed: 20_004)
        let second = try ExpertEpisode(task, robot: robot, seed: 20_004)
        #expect(first.actions == second.actions)
        #expect(first.ending.isIdentical(to: second.ending))
        let pods = [1, 2].compactMap { (task.makeExpert(seed: $0, noise: 0) as? CoffeeExpert)?.style.carryHeight }
        #expect(pods.count == 2 && pods[0] != pods[1])
        let mugs = try MugCleanupTask(variant: "d0", robot: robot)
        let styles = [1, 2].compactMap { (mugs.makeExpert(seed: $0, noise: 0) as? CleanupExpert)?.style.carryHeight }
        #expect(styles.count == 2 && styles[0] != styles[1])
    }

    @Test("A pod that is lost on the way is taken again")
    func podIsTakenAgain() throws {
        let task = try CoffeeTask(variant: "d0", robot: robot)
        var isLost = false
        let episode = try ExpertEpisode(task, robot: robot, seed: 20_005) { _, scene in
            guard !isLost, scene.pose(at: task.podOffset).position.z > 0.95 else { return false }
            isLost = true
            scene.setPose(Pose(position: SIMD3(-0.15, 0.2, 0.8231)), at: task.podOffset)
            return true
        }
        #expect(isLost)
        #expect(episode.phases.filter { $0 == "grasp" }.count > 1)
        let isSuccess = episode.isSuccess
        #expect(isSuccess)
    }

    @Test("A drawer that springs shut is opened again")
    func drawerIsOpenedAgain() throws {
        let task = try HammerCleanupTask(variant: "d0", robot: robot)
        var isShut = false
        let episode = try ExpertEpisode(task, robot: robot, seed: 20_006) { _, scene in
            guard !isShut, task.cabinet.drawer.position(in: scene) < -0.08 else { return false }
            isShut = true
            scene[task.cabinet.drawer.jointOffset] = 0
            return true
        }
        #expect(isShut)
        #expect(episode.phases.filter { $0 == "pull" }.count > 1)
        let isSuccess = episode.isSuccess
        #expect(isSuccess)
    }
}
