import Configuration
import Glibc
import Robots
import Testing

/// The folder of the package.
let packageFolder = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
let pandaPath = packageFolder + "/robots/panda.yaml"

@Suite struct PandaTests {
    let robot: RobotDescription

    init() throws {
        robot = try RobotDescription.load(path: pandaPath)
    }

    /// Franka Control Interface documentation, "Joint space limits" of the Panda; libfranka's rate_limiting.h.
    @Test func jointLimitsAreThePublishedOnes() {
        #expect(robot.joints.map(\.name) == (1...7).map { "joint\($0)" })
        #expect(robot.joints.map(\.lower) == [-2.8973, -1.7628, -2.8973, -3.0718, -2.8973, -0.0175, -2.8973])
        #expect(robot.joints.map(\.upper) == [2.8973, 1.7628, 2.8973, -0.0698, 2.8973, 3.7525, 2.8973])
        #expect(robot.joints.map(\.velocity) == [2.175, 2.175, 2.175, 2.175, 2.61, 2.61, 2.61])
        #expect(robot.joints.map(\.acceleration) == [15, 7.5, 10, 12.5, 15, 20, 20])
        #expect(robot.joints.map(\.jerk) == [7500, 3750, 5000, 6250, 7500, 10_000, 10_000])
        #expect(robot.joints.map(\.torque) == [87, 87, 87, 87, 12, 12, 12])
        #expect(robot.joints.map(\.torqueRate) == [1000, 1000, 1000, 1000, 1000, 1000, 1000])
    }

    @Test func homeIsTheHandDownInFrontOfTheBase() {
        let home: [Double] = [0, .pi / 16, 0, -.pi / 2 - .pi / 3, 0, .pi - 0.2, .pi / 4]
        for (joint, angle) in zip(robot.joints, home) { #expect(abs(joint.home - angle) < 1e-15) }
        #expect(robot.home.array(count: 7) == robot.joints.map(\.home))
    }

    @Test func gainsAreThePublishedOnes() {
        let gains = robot.control.operationalSpace
        #expect(robot.control.rate == 500)
        #expect(robot.controlPeriod == 0.002)
        #expect([gains.positionStiffness, gains.orientationStiffness, gains.nullspaceStiffness] == [150, 150, 10])
        #expect([gains.dampingRatio, gains.nullspaceDampingRatio] == [1, 1])
        #expect([gains.jointLimitMargin, gains.jointLimitStiffness, gains.jointLimitDamping] == [0.3, 60, 4])
        #expect(robot.control.jointImpedance.stiffness == [600, 600, 600, 600, 250, 150, 50])
        #expect(robot.control.jointImpedance.damping == [50, 50, 50, 50, 30, 25, 15])
    }

    @Test func restOfTheFile() {
        #expect(robot.name == "panda")
        #expect(robot.path == pandaPath)
        #expect(robot.modelPath == packageFolder + "/.deps/robots/franka_emika_panda/panda.xml")
        #expect(robot.toolBody == "hand")
        #expect(robot.toolOffset == Pose(position: SIMD3(0, 0, 0.1034)))
        #expect(robot.supportedHardware == [.simulated])
        #expect(robot.gripper.joints == ["finger_joint1", "finger_joint2"])
        #expect([robot.gripper.minimumOpening, robot.gripper.maximumOpening] == [0, 0.08])
        #expect([robot.gripper.speed, robot.gripper.force] == [0.2, 20])
        #expect([robot.safety.commandAge, robot.safety.stateAge, robot.safety.holdDuration] == [0.15, 0.01, 0.5])
        #expect(robot.safety.workspace.contains(SIMD3(0.46, 0, 0.1)))
        #expect(!robot.safety.workspace.contains(SIMD3(0.46, 0, -0.2)))
        #expect(robot.safety.restPose == nil)
        #expect(robot.safety.torquePolicy == .hold)
        #expect(robot.realtime.cpu == nil)
        #expect(
            [robot.realtime.priority, robot.realtime.stackBytes, robot.realtime.overruns.limit] == [80, 524_288, 20])
        #expect(robot.realtime.spin == 0.00015)
        #expect(robot.realtime.onRefusal == .warn)
    }
}
