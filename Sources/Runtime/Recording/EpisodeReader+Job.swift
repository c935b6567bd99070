import Configuration
import Episodes
import Robots

extension EpisodeReader {
    /// The job that the episode was recorded in, from the episode itself.
    ///
    /// - Throws: `ConfigurationError` if what the file holds is none.
    func recordedJob() throws -> JobConfiguration {
        try JobConfiguration.decode(Document(text: header.configurationText, path: path))
    }

    /// The robot that the episode was recorded with, from the episode itself.
    ///
    /// - Throws: `ConfigurationError` if what the file holds is none.
    func recordedRobot() throws -> RobotDescription {
        try RobotDescription.decode(Document(text: header.robotText, path: recordedJob().robotPath))
    }
}
