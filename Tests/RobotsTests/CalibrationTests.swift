import Configuration
import Testing

@testable import Robots

@Suite struct CalibrationTests {
    let robot: RobotDescription

    init() throws {
        robot = try ServoArmTests.load("so101")
    }

    /// An arm whose joints are zero at 2048 and whose spans are the robot file's.
    private func exact() -> Calibration {
        let motors = robot.devices[0].motors.map { motor in
            let half = Int(((robot.span(of: motor.part) ?? 0) / 2 * 4096 / (2 * .pi)).rounded())
            let entry = MotorCalibration(
                joint: motor.joint, id: motor.id, model: motor.model, firmware: "3.10", homingOffset: -12, zero: 0,
                lower: 2048 - half, upper: 2048 + half)
            return entry.centred(on: robot.middle(of: motor.part), motor: motor)
        }
        return Calibration(robot: "so101", time: "2026-11-24T15:20:00Z", source: .measured, motors: motors)
    }

    @Test func aFileComesBackAsItWasWritten() throws {
        var calibration = exact()
        calibration.path = "/c/arm.yaml"
        let text = calibration.yaml.document
        #expect(try Calibration.decode(Document(text: text, path: "/c/arm.yaml"), robot: robot) == calibration)
    }

    @Test(arguments: [
        (
            "robot: so101", "robot: koch",
            "LINE:8: robot is 'koch'; this is the calibration of another robot than 'so101'"
        ),
        ("id: 2", "id: 3", "LINE:9: id is 3; the robot file has id 2 for 'shoulder_lift'"),
        (
            "joint: wrist_flex", "joint: wrist",
            "LINE:12: joint names 'wrist', which the robot file has no motor for; it has shoulder_pan, shoulder_lift, "
                + "elbow_flex, wrist_flex, wrist_roll, gripper"
        ),
        ("joint: wrist_flex", "joint: elbow_flex", "LINE:5: motors[3] is a second motor for 'elbow_flex'; remove one"),
        (
            "homing_offset: -12", "homing_offset: none",
            "LINE:20: homing_offset is 'none'; write a whole number from -1048576 to 1048576"
        ),
        ("    zero: 2048\n", "", "-5:5: missing key 'zero'; write zero: a whole number from -1048576 to 1048576"),
        (
            "model: sts3215", "model: sts3250",
            "LINE:12: model is sts3250; the robot file has sts3215 for 'shoulder_pan'"
        ),
    ])
    func oneFault(old: String, new: String, fault: String) throws {
        let text = exact().yaml.document
        let range = try #require(text.firstRange(of: old))
        let line = text[..<range.lowerBound].count { $0 == "\n" } + 1
        do throws(ConfigurationError) {
            let changed = text.replacing(old, with: new, maxReplacements: 1)
            _ = try Calibration.decode(Document(text: changed, path: "/c/arm.yaml"), robot: robot)
            Issue.record("no fault")
        } catch {
            let found = error.faults.map { fault in
                let place = fault.position.line == line ? "LINE" : "\(fault.position.line - line)"
                return "\(place):\(fault.position.column): \(fault.message)"
            }
            #expect(found.contains(fault), "\(found)")
        }
    }

    @Test func countsBecomePositionsAndComeBack() throws {
        for name in ["so101", "gello-panda"] {
            let robot = try ServoArmTests.load(name)
            for (index, joint) in robot.joints.enumerated() {
                let motor = try #require(robot.motor(of: .joint(index))?.motor)
                // A zero near the place where counts go round.
                let entry = MotorCalibration(
                    joint: joint.name, id: motor.id, model: motor.model, firmware: nil, homingOffset: 0, zero: 4000,
                    lower: 4000 - 1900, upper: 4000 + 1900)
                let scale = MotorScale(joint: motor, calibration: entry)
                #expect(scale.position(at: 4000) == 0)
                let quarter = Double(motor.direction) * .pi / 2
                #expect(abs(scale.position(at: 4000 + 1024 - 4096) - quarter) < 1e-12)
                #expect(scale.counts(at: quarter) == 5024)
                for counts in stride(from: 2100, through: 5900, by: 7) {
                    #expect(scale.counts(at: scale.position(at: counts & 4095)) == counts)
                }
                #expect(abs(scale.velocity(4096) - Double(motor.direction) * 2 * .pi) < 1e-12)
            }
        }
    }

    @Test func aGrippersEndsAreTheEndsOfItsSpan() throws {
        let so101 = try #require(robot.motor(of: .gripper)?.motor)
        let entry = MotorCalibration(
            joint: "gripper", id: 6, model: .sts3215, firmware: nil, homingOffset: 0, zero: 0, lower: 2000, upper: 3300)
        let scale = MotorScale(gripper: so101, of: robot.gripper, calibration: entry)
        #expect(scale.position(at: 2000) == 0)
        #expect(abs(scale.position(at: 3300) - 0.121) < 1e-12)
        #expect(scale.counts(at: 0.0605) == 2650)

        let robotiq = try ServoArmTests.load("robotiq-2f85")
        let motor = try #require(robotiq.motor(of: .gripper)?.motor)
        let ends = MotorCalibration(
            joint: "gripper", id: 9, model: .robotiq2F85, firmware: nil, homingOffset: 0, zero: 0, lower: 3, upper: 228)
        let grip = MotorScale(gripper: motor, of: robotiq.gripper, calibration: ends)
        #expect(grip.position(at: 228) == 0)
        #expect(abs(grip.position(at: 3) - 0.085) < 1e-12)
    }

    /// The form and numbers are those of a file that LeRobot 0.4 writes for an SO-101.
    @Test func lerobotsFileIsTakenOver() throws {
        let json = """
            {
                "shoulder_pan": {"id": 1, "drive_mode": 0, "homing_offset": -1470, "range_min": 758, "range_max": 3292},
                "shoulder_lift": {"id": 2, "drive_mode": 0, "homing_offset": 157, "range_min": 870, "range_max": 3220},
                "elbow_flex": {"id": 3, "drive_mode": 0, "homing_offset": 1010, "range_min": 870, "range_max": 3080},
                "wrist_flex": {"id": 4, "drive_mode": 0, "homing_offset": -98, "range_min": 900, "range_max": 3110},
                "wrist_roll": {"id": 5, "drive_mode": 0, "homing_offset": 40, "range_min": 0, "range_max": 4095},
                "gripper": {"id": 6, "drive_mode": 0, "homing_offset": 1402, "range_min": 2030, "range_max": 3480}
            }
            """
        let document = try Document(text: json, path: "/c/follower.json")
        let calibration = try Calibration.importLeRobot(document, robot: robot, time: "2026-11-24T15:20:00Z")
        #expect(calibration.motors.map(\.joint) == robot.devices[0].motors.map(\.joint))
        #expect(calibration.source == .lerobot)
        let pan = try #require(calibration.motor(named: "shoulder_pan"))
        #expect([pan.zero, pan.homingOffset, pan.lower, pan.upper] == [2025, -1470, 758, 3292])
        let text = calibration.yaml.document
        var again = try Calibration.decode(Document(text: text, path: "/c/a.yaml"), robot: robot)
        again.path = calibration.path
        #expect(again == calibration)

        let wrong = json.replacing("\"id\": 2", with: "\"id\": 7").replacing(
            "range_max\": 3080", with: "range_max\": 80")
        #expect {
            _ = try Calibration.importLeRobot(Document(text: wrong, path: "/c/f.json"), robot: robot, time: "")
        } throws: { error in
            "\(error)".contains("/c/f.json:3:29: id is 7; the robot file has id 2 for 'shoulder_lift'")
                && "\(error)".contains("range_max is not above range_min; calibrate the arm anew")
        }
    }
}
