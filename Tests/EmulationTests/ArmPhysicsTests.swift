import Drivers
import Emulation
import Robots
import Testing

/// A robot of `robots/`.
func robot(_ name: String) throws -> RobotDescription {
    let folder = String(#filePath.prefix(upTo: #filePath.range(of: "Tests/EmulationTests")!.lowerBound))
    return try RobotDescription.load(path: "\(folder)robots/\(name).yaml")
}

@Suite struct ArmPhysicsTests {
    private let so101: RobotDescription
    private let calibration: Calibration

    init() throws {
        so101 = try robot("so101")
        calibration = EmulatedBus.standardCalibration(of: so101)
    }

    private func physics(pose: JointVector? = nil, hand: Hand? = nil) throws -> ArmPhysics {
        try ArmPhysics(
            device: so101.devices[0], robot: so101, calibration: calibration, pose: pose, hand: hand)
    }

    /// Where a joint is, rad.
    private func position(_ joint: Int, _ physics: ArmPhysics) throws -> Double {
        let scale = try so101.scale(of: .joint(joint), calibration: calibration)
        return scale.position(at: Int((physics.motions[joint].position * 4096 / (2 * .pi)).rounded()))
    }

    private func drives(on: Bool, goal: (Int) throws -> Double) rethrows -> [MotorDrive] {
        try (0..<6).map {
            var drive = MotorDrive()
            drive.isOn = on
            drive.goal = try goal($0)
            return drive
        }
    }

    @Test func anArmThatIsLetGoLiesStillInItsRestPose() throws {
        let physics = try physics()
        let rest = try #require(so101.safety.restPose)
        // All but the wrist, which sinks onto the table.
        for joint in [0, 1, 2, 4] { #expect(abs(try position(joint, physics) - rest[joint]) < 0.15) }
        let before = physics.motions
        physics.advance(by: 1, drives: drives(on: false) { _ in 0 })
        for (first, second) in zip(before, physics.motions) {
            #expect(abs(first.position - second.position) < 0.01)
            #expect(second.load == 0 && second.current == 0)
        }
    }

    @Test func motorsLiftTheArmAndDrawCurrentAndWarmUp() throws {
        let physics = try physics()
        let cold = physics.motions[1].warmth
        // The upper arm a bit forward of upright, and the forearm ahead.
        let drives = try drives(on: true) { motor in
            let scale = try so101.scale(of: motor < 5 ? .joint(motor) : .gripper, calibration: calibration)
            return Double(scale.counts(at: motor < 5 ? [0, 0.3, 0, 0, 0][motor] : 0.05)) * 2 * .pi / 4096
        }
        physics.advance(by: 3, drives: drives)
        #expect(abs(try position(1, physics) - 0.3) < 0.06)
        // Something is left to go: that is what holds the weight.
        let lift = physics.motions[1]
        #expect(abs(lift.velocity) < 0.02)
        #expect(abs(lift.load) > 0.02 && abs(lift.load) < 0.7)
        #expect(abs(lift.current - lift.load * 2.7) < 0.02)
        #expect(lift.warmth > cold)
        #expect(abs(physics.motions[0].load) < abs(lift.load) / 4)
        // Without supply it falls, until its hand lies on the table.
        physics.advance(by: 2, drives: self.drives(on: false) { _ in 0 })
        #expect(try position(1, physics) > 0.45 && position(2, physics) > 0.1)
        #expect(physics.motions.allSatisfy { abs($0.velocity) < 0.05 })
    }

    @Test func aJointStopsAtItsEndAndAtLessTorqueBeforeIt() throws {
        let physics = try physics()
        func pan(_ goal: Double, effort: Double) throws -> Double {
            var drives = drives(on: false) { _ in 0 }
            drives[0].isOn = true
            drives[0].effort = effort
            drives[0].goal = physics.motions[0].position + goal
            physics.advance(by: 3, drives: drives)
            return try position(0, physics)
        }
        #expect(abs(try pan(4, effort: 1) - so101.joints[0].upper) < 0.05)
        #expect(physics.motions[0].load == 1)
        // A hundredth of the torque does not overcome the friction.
        let before = try position(0, physics)
        #expect(abs(try pan(-1, effort: 0.01) - before) < 0.05)
    }

    @Test func aHandLeadsAnArmThroughPoses() throws {
        let poses = try physics(hand: Hand(.poses, robot: so101, seed: 3))
        let again = try physics(hand: Hand(.poses, robot: so101, seed: 3))
        let other = try physics(hand: Hand(.poses, robot: so101, seed: 4))
        let loose = drives(on: false) { _ in 0 }
        poses.advance(by: 3, drives: loose)
        for joint in 0..<5 { #expect(abs(try position(joint, poses) - so101.safety.restPose![joint]) < 0.05) }
        for _ in 0..<100 {
            poses.advance(by: 0.1, drives: loose)
            for motion in poses.motions { #expect(abs(motion.velocity) < 0.8) }
        }
        again.advance(by: 13, drives: loose)
        other.advance(by: 13, drives: loose)
        #expect(
            poses.motions.map { ($0.position * 1000).rounded() } == again.motions.map { ($0.position * 1000).rounded() }
        )
        #expect(poses.motions != other.motions)
    }

    @Test func aHandLeadsEachJointToBothOfItsEnds() throws {
        let loose = drives(on: false) { _ in 0 }
        let sweep = try physics(hand: Hand(.sweep, robot: so101, seed: 0))
        var lowest = [Double](repeating: .infinity, count: 5)
        var highest = [Double](repeating: -.infinity, count: 5)
        for _ in 0..<600 {
            sweep.advance(by: 0.1, drives: loose)
            for joint in 0..<5 {
                lowest[joint] = min(lowest[joint], try position(joint, sweep))
                highest[joint] = max(highest[joint], try position(joint, sweep))
            }
        }
        for (joint, description) in so101.joints.enumerated() {
            #expect(abs(lowest[joint] - description.lower) < 0.05, "\(description.name)")
            #expect(abs(highest[joint] - description.upper) < 0.05, "\(description.name)")
        }
    }

    /// Two motors on one joint, fingers that slide, motors of both directions.
    @Test(arguments: ["koch", "koch-leader", "viperx-300s", "gello-panda", "so100", "so101-leader"])
    func everyServoArmHoldsWhatItIsTold(name: String) throws {
        let robot = try robot(name)
        let calibration = EmulatedBus.standardCalibration(of: robot)
        let physics = try ArmPhysics(device: robot.devices[0], robot: robot, calibration: calibration, pose: robot.home)
        let hold = physics.motions.map { motion in
            var drive = MotorDrive()
            drive.isOn = true
            drive.goal = motion.position
            return drive
        }
        physics.advance(by: 2, drives: hold)
        for (motor, motion) in physics.motions.enumerated() {
            #expect(abs(motion.position - hold[motor].goal) < 0.15, "\(name), motor \(motor)")
            #expect(abs(motion.velocity) < 0.05, "\(name), motor \(motor)")
        }
    }
}
