import Drivers
import Emulation
import Foundation
import Realtime
import Robots
import Testing

@testable import Runtime

/// An arm without hardware, and a person who does with it what they are told.
final class BenchArm {
    let robot: RobotDescription
    /// Where the encoder of each motor stands when its joint is at zero, rad.
    let assembled: [Double]
    /// Motors that turn the other way than the robot file says.
    var reversed: Set<Int> = []
    /// Where the joints are moved to in turn, as parts of their range from the middle.
    var ends = [-1.0, 1.0, 0.0]
    let joints: FirstOrderJoints
    let bus: EmulatedBus
    let clock = EmulatedClock()
    var told: [String] = []
    private var path: [[Double]] = []

    init(_ name: String, assembled: [Double], models: [Int]? = nil) throws {
        robot = try RobotDescription.load(path: "\(packagePath)/robots/\(name).yaml")
        self.assembled = assembled
        let motors = robot.devices[0].motors
        joints = FirstOrderJoints(positions: assembled)
        let devices: any EmulatedDevices =
            robot.devices[0].bus == .feetech
            ? FeetechDevices(
                zip(motors, assembled).map { .init(id: UInt8($0.id), model: $0.model.number ?? 0, position: $1) })
            : DynamixelDevices(
                zip(motors, assembled).map { .init(id: UInt8($0.id), model: $0.model.number ?? 0, position: $1) })
        bus = EmulatedBus(devices: devices, physics: joints, baudRate: 1_000_000)
    }

    var opening: DeviceBench.Opening {
        { [bus, clock] kind, _, rate in
            switch kind {
            case .feetech:
                try LineBench<FeetechCodec, EmulatedLine>(kind, baudRate: rate) {
                    EmulatedLine(bus, clock: clock, baudRate: $0)
                }
            default:
                try LineBench<DynamixelCodec, EmulatedLine>(kind, baudRate: rate) {
                    EmulatedLine(bus, clock: clock, baudRate: $0)
                }
            }
        }
    }

    /// Turns the motors to where they are with the arm in this pose: rad, the gripper's last.
    func put(_ pose: [Double]) {
        for (index, motor) in robot.devices[0].motors.enumerated() {
            let direction = reversed.contains(index) ? -motor.direction : motor.direction
            joints.move(index, to: assembled[index] + Double(direction) * pose[index])
        }
        // The servos notice within the next step of the physics.
        clock.advance(to: clock.now.advanced(byNanoseconds: 20_000_000))
        bus.advance(to: clock.seconds)
    }

    private func middles() -> [Double] {
        robot.devices[0].motors.map { robot.middle(of: $0.part) }
    }

    private func pose(_ part: Double) -> [Double] {
        zip(robot.devices[0].motors, middles()).map { motor, middle in
            middle + part * (robot.span(of: motor.part) ?? 1) / 2
        }
    }

    /// Answers every question; `poses` are what is put where a pose is asked for, the first one at home.
    func dialogue(_ poses: [[Double]]) -> Dialogue {
        var poses = poses
        return Dialogue(
            tell: { self.told.append($0) },
            ask: { question in
                self.told.append(question)
                if !poses.isEmpty { self.put(poses.removeFirst()) }
                var from = 0.0
                self.path = self.ends.flatMap { end -> [[Double]] in
                    defer { from = end }
                    return stride(from: 0.1, through: 1, by: 0.1).map { self.pose(from + (end - from) * $0) }
                }
            },
            isAnswered: {
                if self.path.isEmpty { return true }
                self.put(self.path.removeFirst())
                return false
            })
    }

    var homePose: [Double] { robot.joints.map(\.home) + [robot.middle(of: .gripper)] }
}

@Suite struct MeasureCalibrationTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private func job(_ arm: BenchArm, _ poses: [[Double]], out: String = "arm.yaml") -> MeasureCalibrationJob {
        var job = MeasureCalibrationJob(
            robotPath: arm.robot.path, connection: RobotConnection(ports: ["/dev/arm"]), dialogue: arm.dialogue(poses))
        job.out = "\(folder.path)/\(out)"
        job.open = arm.opening
        job.pause = {}
        return job
    }

    private func message(_ body: () throws -> Void) -> String {
        do {
            try body()
            return ""
        } catch {
            return Failure(error).message
        }
    }

    /// Each motor is built in with another angle, some so that their counts go round within the range.
    @Test(arguments: ["so101", "koch"]) func anArmIsMeasuredAndCanBeUsed(name: String) throws {
        let arm = try BenchArm(name, assembled: [0.1, 6.2, 3.1, 1.5, 4.7, 0.4])
        let result = try job(arm, [arm.homePose]).run()
        #expect(result.motors == 6)
        let calibration = try Calibration.load(path: folder.path + "/arm.yaml", robot: arm.robot)
        #expect(calibration.source == .measured && calibration.motors.allSatisfy { $0.firmware != nil })
        arm.put([0.3, -0.2, 0.5, -0.4, 0.1, arm.robot.middle(of: .gripper)])
        func check<Motors: MotorBus & ~Copyable>(_ motors: consuming Motors) throws {
            var driver = try ServoArm(
                motors: motors, robot: arm.robot, device: arm.robot.devices[0], calibration: calibration)
            try driver.connect()
            var measurement = Measurement()
            driver.read(into: &measurement, now: arm.clock.now)
            for (joint, wanted) in [0.3, -0.2, 0.5, -0.4, 0.1].enumerated() {
                #expect(abs(measurement.state.jointPositions[joint] - wanted) < 0.01, "\(joint)")
            }
            let half = (arm.robot.gripper.minimumOpening + arm.robot.gripper.maximumOpening) / 2
            #expect(abs(measurement.state.gripper.opening - half) < 0.002)
        }
        let line = EmulatedLine(arm.bus, clock: arm.clock)
        if name == "so101" {
            try check(FeetechMotors(transport: line))
        } else {
            try check(DynamixelMotors(transport: line))
        }
    }

    @Test func whatIsThereAlreadyStays() throws {
        let arm = try BenchArm("so101", assembled: [3, 3, 3, 3, 3, 3])
        try Data("old".utf8).write(to: URL(fileURLWithPath: folder.path + "/arm.yaml"))
        var job = job(arm, [arm.homePose])
        #expect(
            message { _ = try job.run() }.hasSuffix(
                "arm.yaml: is there already; write --replace, or --out with another name"))
        #expect(arm.told.isEmpty)
        job.replaces = true
        #expect(try job.run().motors == 6)
    }

    @Test func whatDoesNotFitIsToldAndNothingIsWritten() throws {
        let short = try BenchArm("so101", assembled: [3, 3, 3, 3, 3, 3])
        short.ends = [-0.6, 1.0, 0.0]
        let lines = message { _ = try job(short, [short.homePose]).run() }.split(separator: "\n")
        #expect(lines.count == 5 && lines.allSatisfy { $0.hasPrefix("/dev/arm: arm, ") }, "\(lines)")
        #expect(lines.first?.contains("shoulder_pan: it was moved by 176.0°, the robot file's range is 220.0°") == true)
        let wrong = try BenchArm("so101", assembled: [3, 3, 3, 3, 3, 3])
        var away = wrong.homePose
        away[1] = 1.2
        let pose = message { _ = try job(wrong, [away]).run() }
        #expect(pose.contains("shoulder_lift: "), "\(pose)")
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/arm.yaml"))
    }

    @Test func aReversedJointShowsInAPose() throws {
        let arm = try BenchArm("so101", assembled: [3, 3, 3, 3, 3, 3])
        arm.reversed = [2]
        var job = job(arm, [arm.homePose, [0, -1.65, 1.6, 0.6, 0, 0.8]])
        job.pose = try MeasureCalibrationJob.pose("rest", robotPath: arm.robot.path)
        #expect(
            message { _ = try job.run() }
                == "/dev/arm: arm, elbow_flex: it is at -92.0°, the pose has it at 92.0°: it looks reversed: check its direction "
                + "in the robot file")
        #expect(arm.told.contains { $0.hasPrefix("put it into this pose: shoulder_pan 0°, shoulder_lift -95°") })
        #expect(
            message { _ = try MeasureCalibrationJob.pose("0,1,x", robotPath: arm.robot.path) }
                == "--pose 0,1,x: write rest, or 5 angles in degrees, as in 0,0,0,0,0")
    }

    @Test func aLeaderIsComparedWithItsFollower() throws {
        let follower = try BenchArm("so101", assembled: [3, 3, 3, 3, 3, 3])
        _ = try job(follower, [follower.homePose], out: "so101.yaml").run()
        for slip in [0.0, 0.5] {
            let leader = try BenchArm("so101-leader", assembled: [2, 3, 4, 5, 6, 1])
            let pose = [0.5, -0.4, 0.6, 0.3, -0.7, 0.8]
            follower.put(pose)
            var shifted = pose
            shifted[3] += slip
            var job = job(leader, [leader.homePose, shifted], out: "leader-\(slip).yaml")
            job.other = .init(calibration: folder.path + "/so101.yaml", ports: ["/dev/other"])
            let (own, others) = (leader.opening, follower.opening)
            job.open = { bus, path, rate in try path == "/dev/other" ? others(bus, path, rate) : own(bus, path, rate) }
            let said = message { _ = try job.run() }
            #expect(
                slip == 0
                    ? said.isEmpty
                    : said.hasPrefix(
                        "/dev/arm: arm, wrist_flex: 'so101-leader' is at 46.0°, 'so101' at 17.0°: that is 2 of"),
                "\(said)")
        }
    }

    /// What is said of something that happens while the joints are moved.
    private func message(of fault: ScheduledFault.Kind) throws -> String {
        let arm = try BenchArm("so101", assembled: [3, 3, 3, 3, 3, 3])
        var job = job(arm, [arm.homePose])
        let dialogue = job.dialogue
        var readings = 0
        job.dialogue.isAnswered = {
            readings += 1
            if readings == 5 { arm.bus.suffer(fault, at: arm.clock.seconds) }
            return readings > 5 ? false : try dialogue.isAnswered()
        }
        return message { _ = try job.run() }
    }

    @Test func aMotorThatFallsSilentIsNamedAndAnAdapterThatIsUnplugged() throws {
        #expect(
            try message(of: .unplugged(seconds: 1000))
                == "/dev/arm: arm, motor 1 (shoulder_pan): the port is gone: was the adapter unplugged?")
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/arm.yaml"))
        #expect(
            try message(of: .device(.silent(true), motor: 4))
                == "/dev/arm: arm, motor 4 (wrist_flex): no reply at 1000000 baud: check its power and its cable, and that its id "
                + "is 4")
    }
}
