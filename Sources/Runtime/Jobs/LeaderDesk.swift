import Control
import Foundation
import Glibc
import Realtime
import Robots
import Teleoperation

/// A leader that is connected and read, and the terminal at which the person who moves it says when an episode begins and
/// ends: by Enter.
final class LeaderDesk {
    private let reader: LeaderReader
    private let marks = PersonMarks()
    private let robot: RobotDescription
    private let limits: Following.Limits
    private let isAtTerminal: Bool

    /// Connects the leader of a job.
    ///
    /// - Throws: ``JobError`` where the job has none, or one that does not fit; what connecting throws.
    convenience init(context: JobContext) throws {
        let (leader, settings) = try Self.leader(of: context)
        let driver = try context.leaderConnection.connect(leader, option: "--leader-port")
        let reader = try Self.read(driver, leader: leader, follower: context.robot)
        self.init(reader: reader, robot: context.robot, limits: settings.limits, isAtTerminal: isatty(0) == 1)
    }

    init(reader: LeaderReader, robot: RobotDescription, limits: Following.Limits, isAtTerminal: Bool) {
        self.reader = reader
        self.robot = robot
        self.limits = limits
        self.isAtTerminal = isAtTerminal
        guard isAtTerminal else { return }
        StandardError.write("press Enter to begin an episode, and again when its task is done; Ctrl-C ends\n")
        let marks = marks
        // Reading a line cannot be called off: the thread is left to the end of the process.
        let thread = Thread { while readLine() != nil { marks.markDone() } }
        thread.name = "terminal"
        thread.start()
    }

    /// Starts reading a connected leader, as often as its follower is controlled and no less than 100 times a second.
    static func read<Driver: RobotDriver & SendableMetatype & ~Copyable>(
        _ driver: consuming Driver, leader: RobotDescription, follower: RobotDescription
    ) throws -> LeaderReader {
        // Below the control loop: a leader that is read late is a leader that is followed late, and no more.
        let options = RealtimeOptions(
            priority: max(0, follower.realtime.priority - 10), cpu: nil, lockMemory: false, onRefusal: .warn)
        return try LeaderReader.start(
            driver, robot: leader, rate: max(100, follower.control.rate), options: options)
    }

    /// The leader that a job names.
    ///
    /// - Throws: ``JobError`` where it has none, or one with other joints; `ConfigurationError` with the faults of its file.
    static func leader(
        of context: JobContext
    ) throws -> (robot: RobotDescription, settings: JobConfiguration.TeleoperationSettings) {
        guard let settings = context.job.teleoperation else {
            throw JobError(
                .badFile,
                "\(context.job.path): the job has no leader; write teleoperation: with the leader's robot file")
        }
        guard context.job.action.space == .joints else {
            throw JobError(.badFile, "\(context.job.path): a leader moves joints; write action: with space: joints")
        }
        let leader = try RobotDescription.load(path: settings.leaderPath)
        guard leader.jointCount == context.robot.jointCount else {
            throw JobError(
                .badFile,
                "\(context.job.path): the leader '\(leader.name)' has \(leader.jointCount) joints, the robot "
                    + "'\(context.robot.name)' has \(context.robot.jointCount): they must have the same")
        }
        return (leader, settings)
    }

    /// Where actions come from.
    var source: ActionSource {
        .leader(LeaderSource(pose: reader.pose, marks: marks, robot: robot, limits: limits))
    }

    /// Where the person says when an episode begins; nil where there is no terminal to say it at.
    var gate: PersonMarks? { isAtTerminal ? marks : nil }

    /// What reading the leader has come to.
    var counts: LeaderReader.Counts { reader.counts }

    /// Ends reading and disconnects the leader.
    func stop() { reader.stop() }
}
