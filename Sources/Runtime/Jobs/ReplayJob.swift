import Configuration
import Episodes
import Foundation
public import Robots

/// Carries out the recorded actions of an episode on the robot.
public struct ReplayJob: Sendable {
    let path: String
    let episode: Int
    let hardware: HardwareKind
    let schedule: ScheduleKind
    let out: String?
    let connection: RobotConnection
    let faults: String?

    /// - Parameters:
    ///   - path: a run folder, a folder of episodes, or one episode file.
    ///   - episode: which episode of the run.
    ///   - hardware: how much of the robot is real.
    ///   - schedule: how the loops are run.
    ///   - out: the run folder to make; nil chooses one.
    ///   - connection: where a real robot is plugged in.
    ///   - faults: what goes wrong with an emulated one; nil lets nothing go wrong.
    public init(
        path: String, episode: Int, hardware: HardwareKind, schedule: ScheduleKind, out: String?,
        connection: RobotConnection = RobotConnection(), faults: String? = nil
    ) {
        self.path = path
        self.episode = episode
        self.hardware = hardware
        self.schedule = schedule
        self.out = out
        self.connection = connection
        self.faults = faults
    }

    /// Replays the episode.
    public func run() throws -> OperateResult {
        guard let file = try EpisodeFiles.paths(at: path, episode: episode).first else {
            throw JobError(.missingFile, "\(path): there is no episode")
        }
        let reader = try EpisodeReader(path: file)
        let document = try Document(text: reader.header.configurationText, path: file)
        var context = try JobContext(job: .decode(document), hardware: hardware)
        context.connection = connection
        context.emulate(faults: faults)
        let actions = try reader.steps().map(\.action)
        // Bringing the robot to where the recording begins takes time of its own.
        context.job.teleoperation?.duration = Double(actions.count) / context.job.inference.rate + 60
        let run = try RunFolder(creating: out, name: context.job.name, command: "replay")
        try RunManifest(command: "replay", context: context, policy: "recorded", schedule: schedule).write(to: run)
        var driving = Driving(
            context: context, run: run, policy: "recorded: \(file)", schedule: schedule, label: "replaying")
        // What a leader showed was judged by a person, who is not there now.
        driving.isJudged = context.task.needsScene
        return try driving.run(
            [EpisodeRequest(index: 0, seed: reader.header.seed)],
            source: .recorded(recording(of: actions, context)))
    }

    private func recording(of actions: [[Float]], _ context: JobContext) -> RecordedSource {
        let isInPlace = context.setting.beginsInPlace && context.job.action.space == .joints
        return RecordedSource(
            actions,
            // A task that only a person judges says nothing of when it is done.
            endsEpisode: !context.task.needsScene, robot: isInPlace ? context.robot : nil,
            rampSpeed: context.job.teleoperation?.rampSpeed ?? 0.5)
    }
}
