import Configuration
import Foundation
import Robots
import Testing

@testable import Runtime

@Suite struct CalibrateJobTests {
    private let robot = packagePath + "/robots/so101.yaml"

    /// As LeRobot writes it.
    private func json(lift: Int = 2) -> String {
        """
        {
            "shoulder_pan": {"id": 1, "drive_mode": 0, "homing_offset": -1470, "range_min": 758, "range_max": 3292},
            "shoulder_lift": {"id": \(lift), "drive_mode": 0, "homing_offset": 157, "range_min": 870, "range_max": 3220},
            "elbow_flex": {"id": 3, "drive_mode": 0, "homing_offset": 1010, "range_min": 870, "range_max": 3080},
            "wrist_flex": {"id": 4, "drive_mode": 0, "homing_offset": -98, "range_min": 900, "range_max": 3110},
            "wrist_roll": {"id": 5, "drive_mode": 0, "homing_offset": 40, "range_min": 0, "range_max": 4095},
            "gripper": {"id": 6, "drive_mode": 0, "homing_offset": 1402, "range_min": 2030, "range_max": 3480}
        }
        """
    }

    @Test func lerobotsCalibrationBecomesAFileThatIsNotOverwritten() throws {
        let folder = try TemporaryFolder()
        let source = folder.path + "/follower.json"
        try json().write(toFile: source, atomically: true, encoding: .utf8)
        let out = folder.path + "/so101.yaml"
        let job = CalibrateJob(robotPath: robot, lerobot: source, out: out)
        let result = try job.run()
        #expect(result.calibration == out && result.motors == 6)
        let calibration = try Calibration.load(path: out, robot: RobotDescription.load(path: robot))
        #expect(calibration.motor(named: "gripper")?.upper == 3480 && calibration.source == .lerobot)
        #expect {
            try job.run()
        } throws: {
            Failure($0).status == .cannotCreate && Failure($0).message.hasPrefix("\(out): is there already")
        }
    }

    @Test func anotherArmsFileIsRefusedAtItsPlace() throws {
        let folder = try TemporaryFolder()
        let source = folder.path + "/follower.json"
        try json(lift: 7).write(toFile: source, atomically: true, encoding: .utf8)
        #expect {
            try CalibrateJob(robotPath: robot, lerobot: source, out: folder.path + "/a.yaml").run()
        } throws: {
            Failure($0).status == .badFile
                && Failure($0).message == "\(source):3:29: id is 7; the robot file has id 2 for 'shoulder_lift'"
        }
        #expect {
            try CalibrateJob(robotPath: packagePath + "/robots/panda.yaml", lerobot: source, out: nil).run()
        } throws: {
            Failure($0).message.hasSuffix("the robot 'panda' has no devices to calibrate")
        }
    }
}
