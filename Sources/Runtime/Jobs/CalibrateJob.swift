import Configuration
import Foundation
import Robots

/// Makes the calibration of one physical arm.
public struct CalibrateJob: Sendable {
    /// What `calibrate` prints.
    public struct Result: Codable, Sendable {
        /// The file that was written.
        public var calibration: String
        /// The motors in it.
        public var motors: Int

        /// The result for people.
        public var text: String { "\(motors) motors in \(calibration)" }
    }

    let robotPath: String
    let lerobot: String
    let out: String?

    /// - Parameters:
    ///   - robotPath: the robot file.
    ///   - lerobot: LeRobot's calibration of that arm, to be taken over.
    ///   - out: the file to write; nil takes the one in `calibration/` beside the robot files that has the robot's name.
    public init(robotPath: String, lerobot: String, out: String?) {
        self.robotPath = robotPath
        self.lerobot = lerobot
        self.out = out
    }

    /// Writes the calibration. One that is there already is not overwritten.
    ///
    /// - Throws: `ConfigurationError` with the faults of either file; ``JobError`` where the file cannot be written.
    public func run() throws -> Result {
        let robot = try RobotDescription.load(path: robotPath)
        guard !robot.devices.isEmpty else {
            throw JobError(.badFile, "\(robotPath): the robot '\(robot.name)' has no devices to calibrate")
        }
        let time = Date().formatted(.iso8601)
        let calibration = try Calibration.importLeRobot(Document.load(path: lerobot), robot: robot, time: time)
        let path = out ?? RobotConnection().calibrationPath(of: robot)
        guard !FileManager.default.fileExists(atPath: path) else {
            throw JobError(.cannotCreate, "\(path): is there already; move it away, or write --out with another name")
        }
        try WholeFile.write(Data(calibration.yaml.document.utf8), to: path)
        return Result(calibration: path, motors: calibration.motors.count)
    }
}
