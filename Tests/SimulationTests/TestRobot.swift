import Foundation
import Robots

/// The Panda of the repository's robot file.
enum TestRobot {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static func panda() throws -> RobotDescription {
        try RobotDescription.load(path: root.appending(path: "robots/panda.yaml").path)
    }
}
