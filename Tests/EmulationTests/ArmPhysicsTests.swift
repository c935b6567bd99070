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

    /// Lets time pass in which somebody speaks to the motors.
    private func talk(_ physics: ArmPhysics, seconds: Double) { talk(physics, seconds: seconds) {} }

    /// The same, with a look ten times a second.
    private func talk(_ physics: ArmPhysics, seconds: Double, _ look: () throws -> Void) rethrows {
        let loose = drives(on: false) { _ in 0 }
        for _ in 0..<Int((seconds * 10).rounded()) {
            physics.noteRequest()
            physics.advance(by: 0.1, drives: loose)
            try look()
        }
    }

    @Test func aHandLeadsAnArmThroughPoses() throws {
        let poses = try physics(hand: Hand(.poses, robot: so101, seed: 3))
        let again = try physics(hand: Hand(.poses, robot: so101, seed: 3))
        let other = try physics(hand: Hand(.poses, robot: so101, seed: 4))
        talk(poses, seconds: 3)
        for joint in 0..<5 { #expect(abs(try position(joint, poses) - so101.safety.restPose![joint]) < 0.05) }
        talk(poses, seconds: 10) { for motion in poses.motions { #expect(abs(motion.velocity) < 0.8) } }
        talk(again, seconds: 13)
        talk(other, seconds: 13)
        #expect(
            poses.motions.map { ($0.position * 1000).rounded() } == again.motions.map { ($0.position * 1000).rounded() }
        )
        #expect(poses.motions != other.motions)
    }

    /// Whoever tries an arm takes any time between two commands.
    @Test func aHandWaitsUntilSomebodySpeaksToTheMotorsAndAfterwards() throws {
        let loose = drives(on: false) { _ in 0 }
        let rest = try #require(so101.safety.restPose)
        let poses = try physics(hand: Hand(.poses, robot: so101, seed: 3))
        func isAtRest() throws -> Bool {
            try (0..<5).allSatisfy { abs(try position($0, poses) - rest[$0]) < 0.05 }
        }
        poses.advance(by: 30, drives: loose)
        #expect(try isAtRest())
        talk(poses, seconds: 8)
        #expect(try !isAtRest())
        poses.advance(by: 4.5, drives: loose)
        #expect(try isAtRest())
        // In a sweep it is at home, twelve seconds after the first word too.
        let sweep = try physics(hand: Hand(.sweep, robot: so101, seed: 0))
        sweep.advance(by: 40, drives: loose)
        func isAtHome() throws -> Bool {
            try (0..<5).allSatisfy { abs(try position($0, sweep) - so101.joints[$0].home) < 0.05 }
        }
        #expect(try isAtHome())
        var leftHome = false
        try talk(sweep, seconds: 11.5) { leftHome = try leftHome || !isAtHome() }
        #expect(!leftHome)
        talk(sweep, seconds: 2)
        #expect(try !isAtHome())
        sweep.advance(by: 5, drives: loose)
        #expect(try isAtHome())
    }

    /// What holds it is stronger than its motor, which gives all that it has.
    @Test func aJointThatSomethingHoldsStays() throws {
        let physics = try physics(pose: so101.home)
        var push = drives(on: false) { _ in 0 }
        push[0].isOn = true
        push[0].goal = physics.motions[0].position + 0.5
        let before = try position(0, physics)
        physics.block(0, true)
        physics.advance(by: 1, drives: push)
        #expect(abs(try position(0, physics) - before) < 0.03)
        #expect(physics.motions[0].load == 1 && abs(physics.motions[0].velocity) < 0.01)
        physics.block(0, false)
        physics.advance(by: 2, drives: push)
        #expect(abs(try position(0, physics) - before - 0.5) < 0.05)
    }

    @Test func aCalibrationThatLacksAMotorIsRefused() throws {
        var calibration = calibration
        calibration.path = "/calibration/so101.yaml"
        calibration.motors.remove(at: 2)
        let error = #expect(throws: EmulatorError.self) {
            try EmulatedBus(device: so101.devices[0], robot: so101, calibration: calibration)
        }
        #expect(
            error?.description == "/calibration/so101.yaml: there is no motor for 'elbow_flex'; calibrate the arm anew")
    }

    @Test func aHandLeadsEachJointToBothOfItsEnds() throws {
        let sweep = try physics(hand: Hand(.sweep, robot: so101, seed: 0))
        var lowest = [Double](repeating: .infinity, count: 5)
        var highest = [Double](repeating: -.infinity, count: 5)
        try talk(sweep, seconds: 60) {
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
