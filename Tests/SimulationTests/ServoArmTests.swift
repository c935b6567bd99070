import Realtime
import Robots
import Testing

@testable import Simulation

/// Arms with servos, in the scene of the free task.
@Suite("Simulated arms with servos")
struct ServoArmTests {
    static let names = [
        "so101", "so101-leader", "so100", "koch", "koch-leader", "viperx-300s", "gello-panda", "robotiq-2f85",
    ]

    static func load(_ name: String) throws -> RobotDescription {
        try RobotDescription.load(path: TestRobot.root.appending(path: "robots/\(name).yaml").path)
    }

    @Test("Every arm goes where its servos are told, and so does its gripper", arguments: names)
    func follows(name: String) throws {
        let robot = try Self.load(name)
        let task = try FreeTask(variant: "table", robot: robot)
        var driver = try SimulatedRobot(task: task, robot: robot)
        var command = RobotCommand()
        command.mode = .position
        command.jointPositions = robot.home
        let range = robot.gripper.maximumOpening - robot.gripper.minimumOpening
        for goal in [0.8, 0.3] {
            for (joint, limits) in robot.joints.enumerated() {
                let step = 0.15 * (goal > 0.5 ? 1 : -1)
                command.jointPositions[joint] = min(max(robot.home[joint] + step, limits.lower), limits.upper)
            }
            command.gripperOpening = robot.gripper.minimumOpening + goal * range
            for _ in 0..<150 { driver.write(command) }
            var measurement = Measurement()
            driver.read(into: &measurement, now: MonotonicTime(nanoseconds: 1))
            for joint in 0..<robot.jointCount {
                let error = measurement.state.jointPositions[joint] - command.jointPositions[joint]
                #expect(abs(error) < 0.12, "joint \(joint): \(error)")
                #expect(abs(measurement.state.jointVelocities[joint]) < 0.05)
                #expect(measurement.state.jointFaults[joint].isEmpty)
            }
            let error = measurement.state.gripper.opening - command.gripperOpening
            #expect(abs(error) < 0.05 * range, "gripper: \(error)")
        }
    }

    @Test("The free task shows what any robot measures")
    func observation() throws {
        let robot = try Self.load("so101")
        let task = try FreeTask(variant: "table", robot: robot)
        var driver = try SimulatedRobot(task: task, robot: robot)
        var measurement = Measurement()
        driver.read(into: &measurement, now: MonotonicTime(nanoseconds: 1))
        let observation = task.observe(measurement, toolPose: Pose(position: SIMD3(1, 2, 3)))
        #expect(observation.count == task.observationLayout.size)
        #expect(observation.suffix(8) == [1, 2, 3, 0, 0, 0, 1, Float(robot.gripper.maximumOpening)])
        #expect(!task.isSuccess(measurement, toolPose: Pose()) && !task.hasExpert)
        #expect(try TaskCatalogue.task(named: "free", variant: "table", robot: robot) is FreeTask)
    }
}
