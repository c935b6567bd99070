import Configuration
import Glibc
import Testing

@testable import Robots

/// The robot files of arms with servos on a bus.
@Suite struct ServoArmTests {
    static let names = [
        "so101", "so101-leader", "so100", "koch", "koch-leader", "viperx-300s", "gello-panda", "robotiq-2f85",
    ]

    static func load(_ name: String) throws -> RobotDescription {
        try RobotDescription.load(path: "\(packageFolder)/robots/\(name).yaml")
    }

    @Test(arguments: names) func everyRobotFileFitsItsModel(name: String) throws {
        let robot = try Self.load(name)
        var model = try ArmModel(robot: robot)
        #expect(robot.name == name)
        #expect(robot.control.mode == .position)
        model.update(positions: robot.home, velocities: .zero, gripperOpening: robot.gripper.minimumOpening)
        #expect(robot.safety.workspace.contains(model.toolPose.position), "\(model.toolPose.position)")
        #expect(model.jointCount == 0 || model.massMatrix.cholesky(count: model.jointCount) != nil)
        if let rest = robot.safety.restPose {
            model.update(positions: rest, velocities: .zero, gripperOpening: 0)
            #expect(robot.safety.workspace.contains(model.toolPose.position), "\(model.toolPose.position)")
            #expect(
                model.toolPose.position.z > 0.01, "the rest pose is inside of the table: \(model.toolPose.position)")
        }
        // A servo holds its arm against gravity wherever it is stretched out.
        for joint in 0..<model.jointCount { #expect(abs(model.bias[joint]) < robot.joints[joint].torque) }
    }

    @Test(arguments: names) func everyPartHasOneLeadingMotorOfItsBus(name: String) throws {
        let robot = try Self.load(name)
        for part in (0..<robot.jointCount).map(MotorDescription.Part.joint) + [.gripper] {
            let (device, motor) = try #require(robot.motor(of: part))
            #expect(motor.joint == robot.name(of: part))
            #expect(motor.model.bus == device.bus)
        }
        for device in robot.devices { #expect(Set(device.motors.map(\.id)).count == device.motors.count) }
    }

    /// Feetech's data sheet of the STS3215 (45 turns a minute, 19.5 kg·cm at 7.4 V) and its register for acceleration.
    @Test(arguments: ["so101", "so101-leader", "so100"]) func limitsAreTheMakersOnes(name: String) throws {
        let robot = try Self.load(name)
        for joint in robot.joints {
            #expect(joint.velocity <= 45 * 2 * .pi / 60 && joint.velocity > 4.5)
            #expect(abs(joint.torque - 0.195 * 9.81) < 0.01)
            #expect(joint.acceleration <= 254 * 100 * 2 * .pi / 4096)
        }
        #expect(robot.devices.map(\.baudRate) == [1_000_000])
        #expect(robot.devices[0].motors.map(\.id) == [1, 2, 3, 4, 5, 6])
        #expect(robot.devices[0].motors.allSatisfy { $0.model == .sts3215 && $0.gear == 1 })
    }

    @Test func theViperXSharesShoulderAndElbowBetweenTwoMotors() throws {
        let motors = try Self.load("viperx-300s").devices[0].motors
        #expect(motors.map(\.id) == Array(1...9))
        #expect(motors.filter { $0.leader != nil }.map { [$0.id, $0.leader ?? 0] } == [[3, 2], [5, 4]])
        #expect(motors.filter { $0.joint == "shoulder" }.map(\.direction) == [1, -1])
    }

    @Test func gelloTurnsAsItsSetUpSays() throws {
        let robot = try Self.load("gello-panda")
        #expect(robot.devices[0].motors.prefix(7).map(\.direction) == [1, -1, 1, 1, 1, -1, 1])
        let panda = try RobotDescription.load(path: pandaPath)
        #expect(robot.joints.map(\.lower) == panda.joints.map(\.lower))
        #expect(robot.joints.map(\.upper) == panda.joints.map(\.upper))
    }

    @Test func aJawsOpeningAndAngleGoTogether() throws {
        let gripper = try Self.load("so101").gripper
        let turn = try #require(gripper.turn)
        #expect(gripper.hasTurningJaw)
        #expect(abs(turn.opening(at: turn.closed)) < 1e-15)
        #expect(abs(turn.opening(at: turn.open) - 0.121) < 1e-15)
        // The model's own note: the finger pads are 40 mm apart at 0.46 rad.
        #expect(abs(turn.opening(at: 0.46) - 0.04) < 0.0005)
        for opening in [0, 0.03, 0.121] { #expect(abs(turn.opening(at: turn.angle(at: opening)) - opening) < 1e-15) }
        let viperx = try Self.load("viperx-300s").gripper
        #expect(viperx.turn != nil && !viperx.hasTurningJaw)
        #expect(viperx.fingerPosition(at: 0.1) == 0.05)
    }
}
