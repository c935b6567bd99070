import Control
import Drivers
import Foundation
import Glibc
import Realtime
import Robots
import Teleoperation

/// A leader that is connected and read, and the terminal at which the person who moves it says when an episode begins and
/// ends: by Enter.
final class LeaderDesk {
    private let reader: LeaderReader
    private let leader: RobotDescription
    private let marks = PersonMarks()
    private let robot: RobotDescription
    private let limits: Following.Limits
    private let isAtTerminal: Bool
    private let watch: BusWatch?
    private let emulatedEpisode: Int?

    /// How long the episodes last of an emulated leader at which no person sits, s.
    static var emulatedSeconds: Double { 12 }

    /// Connects the leader of a job: the one at its port, or an emulated one beside an emulated robot.
    ///
    /// - Throws: ``JobError`` where the job has none, or one that does not fit; what connecting throws.
    convenience init(context: JobContext) throws {
        let (leader, settings) = try Self.leader(of: context)
        let isAtTerminal = isatty(0) == 1
        var emulatedEpisode: Int?
        let watch = BusWatch()
        let driver: BusRobot
        if let emulated = context.emulatedLeader, context.leaderConnection.ports.isEmpty {
            // Where its follower is when it begins.
            driver = try emulated.connect(
                leader, pose: context.robot.safety.restPose ?? context.robot.home, watch: watch)
            if !isAtTerminal {
                emulatedEpisode = Int(Self.emulatedSeconds * context.job.inference.rate)
                StandardError.write("the emulated leader ends each episode after \(Self.emulatedSeconds) s\n")
            }
        } else {
            driver = try context.leaderConnection.connect(leader, option: "--leader-port", watch: watch)
        }
        let reader = try Self.read(driver, leader: leader, follower: context.robot)
        self.init(
            reader: reader, leader: leader, robot: context.robot, limits: settings.limits, isAtTerminal: isAtTerminal,
            watch: watch, emulatedEpisode: emulatedEpisode)
    }

    init(
        reader: LeaderReader, leader: RobotDescription, robot: RobotDescription, limits: Following.Limits,
        isAtTerminal: Bool, watch: BusWatch? = nil, emulatedEpisode: Int? = nil
    ) {
        self.reader = reader
        self.leader = leader
        self.robot = robot
        self.limits = limits
        self.isAtTerminal = isAtTerminal
        self.watch = watch
        self.emulatedEpisode = emulatedEpisode
        guard isAtTerminal else { return }
        StandardError.write("press Enter to begin an episode, and again when its task is done; Ctrl-C ends\n")
        let marks = marks
        // Reading a line cannot be called off: the thread is left to the end of the process.
        let thread = Thread { while readLine() != nil { marks.markDone() } }
        thread.name = "terminal"
        thread.start()
    }

    /// Starts reading a connected leader, as often as its robot file says that it is controlled.
    static func read<Driver: RobotDriver & SendableMetatype & ~Copyable>(
        _ driver: consuming Driver, leader: RobotDescription, follower: RobotDescription
    ) throws -> LeaderReader {
        // Below the control loop: a leader that is read late is a leader that is followed late, and no more.
        let options = RealtimeOptions(
            priority: max(0, follower.realtime.priority - 10), cpu: nil, lockMemory: false, onRefusal: .warn)
        return try LeaderReader.start(
            driver, robot: leader, rate: leader.control.rate, options: options)
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
        let rate = leader.control.rate
        // A pose is taken when its reading is over, and is followed until the next one is.
        let oldest = 1.6 / rate
        guard settings.age > oldest else {
            // One that is missed lets nothing stop.
            let wanted = Int((2.6 / rate * 100).rounded(.up)) * 10
            throw JobError(
                .badFile,
                "\(context.job.path): the leader '\(leader.name)' is read \(Results.rounded(rate)) times a second, so that its "
                    + "pose is up to \(Results.rounded(oldest * 1000)) ms old, and teleoperation.age is "
                    + "\(Results.rounded(settings.age * 1000)) ms: write age: \(wanted) ms, or a higher rate into the leader's "
                    + "robot file, which its bus must have time for")
        }
        return (leader, settings)
    }

    /// Where actions come from.
    var source: ActionSource {
        let (state, leader) = (reader.state, leader)
        return .leader(
            LeaderSource(
                pose: reader.pose, marks: marks, robot: robot, limits: limits, emulatedEpisode: emulatedEpisode
            ) { now in
                var newest = RobotState()
                _ = state.read(into: &newest)
                return FaultDiagnosis.text(newest, faults: .stateAge, robot: leader, now: now)
            })
    }

    /// Where the person says when an episode begins; nil where there is no terminal to say it at.
    var gate: PersonMarks? { isAtTerminal ? marks : nil }

    /// What reading the leader has come to.
    var counts: LeaderReader.Counts { reader.counts }

    /// What happened on the leader's buses.
    var buses: [BusReport] { watch.map(BusReport.all) ?? [] }

    /// Ends reading and disconnects the leader.
    func stop() { reader.stop() }
}
