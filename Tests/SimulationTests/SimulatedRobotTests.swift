import Realtime
import Robots
import Testing

@testable import Simulation

@Suite("The simulated robot")
struct SimulatedRobotTests {
    let robot: RobotDescription
    let task: SquareTask

    init() throws {
        robot = try TestRobot.panda()
        task = try SquareTask(variant: "d0", robot: robot)
    }

    /// A scene with the nut somewhere and the arm at home, at rest.
    private func scene(nut: SIMD3<Double>, yaw: Double = 0) -> SceneSnapshot {
        var scene = task.initialScene(seed: 0)
        for joint in 0..<7 { scene[1 + joint] = robot.joints[joint].home }
        scene.setPose(Pose(position: nut, orientation: Quaternion(yaw: yaw)), at: task.nutOffset)
        return scene
    }

    private func measure(_ driver: inout SimulatedRobot, at nanoseconds: UInt64 = 0) -> Measurement {
        var measurement = Measurement()
        driver.read(into: &measurement, now: MonotonicTime(nanoseconds: nanoseconds))
        return measurement
    }

    private func run(_ driver: inout SimulatedRobot, cycles: Int, _ command: RobotCommand = RobotCommand()) {
        for _ in 0..<cycles { driver.write(command) }
    }

    @Test("A nut in the air falls by half of g times the time squared")
    func freeFall() throws {
        var driver = try SimulatedRobot(task: task, robot: robot)
        let wasReset1 = driver.reset(to: scene(nut: SIMD3(0, 0.2, 1.3)))
        #expect(wasReset1)
        run(&driver, cycles: 30)
        let time = 0.06
        // A semi-implicit integrator falls half a step further; air and damping take off less than a per cent.
        let fallen = 9.81 * time * (time + 0.002) / 2
        let nut = measure(&driver).scene.pose(at: task.nutOffset).position
        #expect(abs(1.3 - nut.z - fallen) < 0.01 * fallen)
        #expect(abs(nut.x) < 1e-4 && abs(nut.y - 0.2) < 1e-4)
    }

    @Test("A dropped nut comes to rest on the table")
    func nutRests() throws {
        var driver = try SimulatedRobot(task: task, robot: robot)
        let wasReset2 = driver.reset(to: scene(nut: SIMD3(-0.11, 0.2, 0.89), yaw: 1))
        #expect(wasReset2)
        run(&driver, cycles: 500)
        let after = measure(&driver).scene
        let nut = after.pose(at: task.nutOffset)
        #expect(abs(nut.position.z - SquareTask.restHeight) < 0.0005)
        #expect(abs(nut.orientation.yaw - 1) < 0.05)
        let velocities = (0..<6).map { abs(after[driver.layout.velocityOffset + 9 + $0]) }
        #expect(velocities.allSatisfy { $0 < 0.01 })
    }

    @Test(
        "The peg goes through the hole up to the published clearance, and not beyond", arguments: [0.0, 0.005, 0.0065])
    func clearance(offset: Double) throws {
        #expect(try restHeight(droppedAside: offset) < SquareTask.restHeight + 0.001)
        #expect(try restHeight(droppedAside: offset + 0.008) > 0.9)
    }

    /// Where a nut comes to rest that is dropped over the peg, this far off its axis.
    private func restHeight(droppedAside offset: Double) throws -> Double {
        var driver = try SimulatedRobot(task: task, robot: robot)
        let peg = task.initialScene(seed: 0).pose(at: task.pegOffset).position
        let wasReset3 = driver.reset(to: scene(nut: SIMD3(peg.x + offset, peg.y - offset, 0.963)))
        #expect(wasReset3)
        run(&driver, cycles: 250)
        return measure(&driver).scene.pose(at: task.nutOffset).position.z
    }

    @Test("With its brakes closed the arm stays where it is; as a servo it goes where it is told")
    func holdsAndFollows() throws {
        var driver = try SimulatedRobot(task: task, robot: robot)
        let wasReset4 = driver.reset(to: scene(nut: SIMD3(0, 0.2, 0.83)))
        #expect(wasReset4)
        run(&driver, cycles: 500)
        for joint in 0..<7 {
            let measured5 = measure(&driver)
            #expect(abs(measured5.state.jointPositions[joint] - robot.joints[joint].home) < 0.02)
        }
        var command = RobotCommand()
        command.mode = .position
        for joint in 0..<7 { command.jointPositions[joint] = robot.joints[joint].home + 0.1 }
        run(&driver, cycles: 500, command)
        for joint in 0..<7 {
            let measured6 = measure(&driver)
            #expect(abs(measured6.state.jointPositions[joint] - robot.joints[joint].home - 0.1) < 0.02)
        }
    }

    @Test("A torque moves a joint the way it points, and is measured")
    func torque() throws {
        var driver = try SimulatedRobot(task: task, robot: robot)
        let wasReset7 = driver.reset(to: scene(nut: SIMD3(0, 0.2, 0.83)))
        #expect(wasReset7)
        var command = RobotCommand()
        command.mode = .torque
        command.jointTorques[0] = 3
        run(&driver, cycles: 50, command)
        let state = measure(&driver).state
        #expect(state.jointPositions[0] > 0.001)
        #expect(state.jointTorques[0] == 3)
        command.jointTorques[0] = 1000
        run(&driver, cycles: 1, command)
        let measured8 = measure(&driver)
        #expect(measured8.state.jointTorques[0] == 87)
    }

    @Test("The fingers go to the asked opening and push with the described force")
    func gripper() throws {
        var driver = try SimulatedRobot(task: task, robot: robot)
        let wasReset9 = driver.reset(to: scene(nut: SIMD3(0, 0.2, 0.83)))
        #expect(wasReset9)
        var command = RobotCommand()
        command.gripperOpening = 0.03
        run(&driver, cycles: 300, command)
        let measured10 = measure(&driver)
        #expect(abs(measured10.state.gripper.opening - 0.03) < 0.001)
        command.gripperOpening = 1
        run(&driver, cycles: 300, command)
        let measured11 = measure(&driver)
        #expect(abs(measured11.state.gripper.opening - robot.gripper.maximumOpening) < 0.001)
        command.gripperOpening = -1
        run(&driver, cycles: 1, command)
        let measured12 = measure(&driver)
        #expect(abs(measured12.state.gripper.force - robot.gripper.force) < 0.01 * robot.gripper.force)
    }

    @Test("A reset is exact, and the future of a scene does not depend on the past")
    func canonicalReset() throws {
        var first = try SimulatedRobot(task: task, robot: robot)
        var second = try SimulatedRobot(task: task, robot: robot)
        var command = RobotCommand()
        command.mode = .torque
        let wasReset13 = second.reset(to: task.initialScene(seed: 77))
        #expect(wasReset13)
        run(&second, cycles: 123, command)
        let start = task.initialScene(seed: 5)
        let wasReset14 = first.reset(to: start)
        #expect(wasReset14)
        let wasReset15 = second.reset(to: start)
        #expect(wasReset15)
        let measured16 = measure(&first)
        #expect(measured16.scene.isIdentical(to: start))
        for cycle in 0..<1000 {
            command.jointTorques[cycle % 7] = Double(cycle % 13) - 6
            command.gripperOpening = Double(cycle % 80) * 0.001
            first.write(command)
            second.write(command)
        }
        let measured17 = measure(&first)
        let measured18 = measure(&second)
        #expect(measured17.scene.isIdentical(to: measured18.scene))
        let measured19 = measure(&first)
        #expect(!measured19.scene.isIdentical(to: start))
    }

    @Test("A scene in the middle of a motion is restored with all of it")
    func resetMidway() throws {
        var driver = try SimulatedRobot(task: task, robot: robot)
        run(&driver, cycles: 60)
        let midway = measure(&driver).scene
        #expect(midway[0] > 0.1)
        run(&driver, cycles: 60)
        let wasReset20 = driver.reset(to: midway)
        #expect(wasReset20)
        let measured21 = measure(&driver)
        #expect(measured21.scene.isIdentical(to: midway))
    }

    @Test("A scene of another layout is refused")
    func wrongLayout() throws {
        var driver = try SimulatedRobot(task: task, robot: robot)
        let before = measure(&driver).scene
        var other = before
        other.count -= 1
        let wasReset22 = driver.reset(to: other)
        #expect(!wasReset22)
        let measured23 = measure(&driver)
        #expect(measured23.scene.isIdentical(to: before))
    }

    @Test("A command that is not a number shows as a sensor fault and stale values until the next reset")
    func divergence() throws {
        var driver = try SimulatedRobot(task: task, robot: robot)
        var measurement = Measurement()
        driver.read(into: &measurement, now: MonotonicTime(nanoseconds: 1))
        var command = RobotCommand()
        command.mode = .torque
        command.jointTorques[3] = .nan
        driver.write(command)
        let before = measurement.state.jointPositions
        driver.read(into: &measurement, now: MonotonicTime(nanoseconds: 2))
        #expect(measurement.state.jointFaults[0] == .sensor)
        #expect(measurement.state.gripper.fault == .sensor)
        #expect(measurement.state.jointTimes[0] == MonotonicTime(nanoseconds: 1))
        #expect(measurement.state.jointPositions == before)
        let wasReset24 = driver.reset(to: task.initialScene(seed: 1))
        #expect(wasReset24)
        driver.read(into: &measurement, now: MonotonicTime(nanoseconds: 3))
        #expect(measurement.state.jointFaults[0] == [])
        #expect(measurement.state.time == MonotonicTime(nanoseconds: 3))
    }

    @Test("A robot file that does not fit its model is refused with the reason")
    func wrongRobot() throws {
        var missing = robot
        missing.modelPath = "/nowhere/arm.xml"
        #expect(throws: SceneError.self) { _ = try SimulatedRobot(task: task, robot: missing).stepsPerCycle }
        var renamed = robot
        renamed.joints[2].name = "elbow"
        let error = #expect(throws: SceneError.self) {
            _ = try SimulatedRobot(task: task, robot: renamed).stepsPerCycle
        }
        #expect(error?.description.contains("no joint 'elbow'") == true)
        var swapped = robot
        swapped.joints.swapAt(0, 1)
        let order = #expect(throws: SceneError.self) {
            _ = try SimulatedRobot(task: task, robot: swapped).stepsPerCycle
        }
        #expect(order?.description.contains("in the order of") == true)
        var handless = robot
        handless.toolBody = "tentacle"
        let hand = #expect(throws: SceneError.self) {
            _ = try SimulatedRobot(task: task, robot: handless).stepsPerCycle
        }
        #expect(hand?.description.contains("no body 'tentacle'") == true)
    }

    @Test(
        "A control period is a whole number of physics steps of at most 2 ms", arguments: [100.0, 250, 500, 800, 1000])
    func timestep(rate: Double) {
        let step = CompiledScene.timestep(controlPeriod: 1 / rate)
        #expect(step < 0.002 + 1e-12)
        #expect(abs((1 / rate / step).rounded() - 1 / rate / step) < 1e-9)
    }
}
