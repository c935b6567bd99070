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
    let replaces: Bool

    /// - Parameters:
    ///   - robotPath: the robot file.
    ///   - lerobot: LeRobot's calibration of that arm, to be taken over.
    ///   - out: the file to write; nil takes the one in `calibration/` beside the robot files that has the robot's name.
    ///   - replaces: whether a file that is there already is written over.
    public init(robotPath: String, lerobot: String, out: String?, replaces: Bool = false) {
        self.robotPath = robotPath
        self.lerobot = lerobot
        self.out = out
        self.replaces = replaces
    }

    /// Writes the calibration.
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
        try Self.refuse(writingOver: path, unless: replaces)
        try WholeFile.write(Data(calibration.yaml.document.utf8), to: path)
        return Result(calibration: path, motors: calibration.motors.count)
    }

    /// An arm's calibration is not lost by accident.
    static func refuse(writingOver path: String, unless replaces: Bool) throws(JobError) {
        guard !replaces, FileManager.default.fileExists(atPath: path) else { return }
        throw JobError(.cannotCreate, "\(path): is there already; write --replace, or --out with another name")
    }
}
