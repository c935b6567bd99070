import Control
import Drivers
import Episodes
import Foundation
import Learning
import Policies
import Realtime
import Robots
import Simulation

extension JobContext {
    /// A simulated robot in the task's scene, connected, under its control loop.
    ///
    /// - Throws: ``SceneError``, ``DriverError``, or what the control loop's model says.
    func makeControl(channels: ControlChannels, timing: StageTiming) throws -> ControlLoop<SimulatedRobot> {
        var driver = try SimulatedRobot(task: task, robot: robot)
        try driver.connect()
        return try ControlLoop(
            driver: driver, robot: robot, channels: channels, mode: robot.control.commandMode, timing: timing)
    }

    /// Runs a session on the hardware that the job is for.
    ///
    /// - Throws: as `RealtimeSession.run`, and what connecting throws.
    func run(
        _ session: RealtimeSession, _ episodes: [EpisodeRequest], source: consuming ActionSource,
        recording: RealtimeSession.Recording?, report: (EpisodeResult) -> Void
    ) throws -> RealtimeSession.Summary {
        let rig = try CameraRig(self, channels: session.channels)
        defer { rig.stop() }
        var session = session
        session.cameras = rig.feeds
        switch hardware {
        case .simulated:
            return try session.run(
                episodes, control: try makeControl(channels: session.channels, timing: .measured), source: source,
                recording: recording, signal: TerminationWatch.status, report: report)
        case .real, .emulated:
            let watch = BusWatch()
            let driver = try connect(watch: watch)
            let control = try ControlLoop(
                driver: driver, robot: robot, channels: session.channels, mode: robot.control.commandMode,
                timing: .measured)
            var summary = try session.run(
                episodes, control: control, source: source, recording: recording, signal: TerminationWatch.status,
                report: report)
            summary.buses = BusReport.all(of: watch)
            summary.ending = watch.ending.settle()
            return summary
        }
    }

    /// Connects to the robot that is plugged in, or emulated.
    private func connect(watch: BusWatch) throws -> BusRobot {
        if let emulated { return try emulated.connect(robot, watch: watch) }
        return try connection.connect(robot, option: "--port", watch: watch)
    }

    /// Channels with the room that the job asks for.
    func makeChannels() -> ControlChannels {
        ControlChannels(cycleCapacity: job.recording.cycleRing)
    }

    /// Where actions come from.
    ///
    /// - Parameters:
    ///   - policy: what drives.
    ///   - mode: where a learned policy is evaluated.
    ///   - noise: of the expert, as a fraction of a full action.
    /// - Throws: ``JobError`` or ``PolicyError`` if a checkpoint is not there or does not fit the task.
    func makeSource(_ policy: PolicyChoice, mode: PolicyWorker.Mode, noise: Double) throws -> ActionSource {
        guard let places = try policy.places(job: job) else { return try makeExpert(noise: noise) }
        let base = try loadBase(places.base)
        let worker = try makeWorker(base, mode: mode)
        guard let path = places.small else { return .policy(worker, seed: job.seed) }
        let small = try SmallPolicy(checkpoint: path, for: purpose)
        try small.check(fits: base, path: path)
        return .composed(
            worker, seed: job.seed, actor: SmallPolicyActor(small, behaviour: .mode, seed: job.seed))
    }

    /// A worker of this job for a policy.
    ///
    /// - Throws: ``JobError`` where the job asks for a seam that the policy knows nothing of.
    func makeWorker(_ policy: any ChunkPolicy, mode: PolicyWorker.Mode) throws(JobError) -> PolicyWorker {
        guard job.policy.seam != .realTimeChunking || policy.continuesChunks else {
            throw JobError(
                .badFile,
                "\(job.path): policy.seam is \(job.policy.seam.rawValue), but this policy cannot go on from a chunk under way; write cross-fade"
            )
        }
        return PolicyWorker(policy: policy, mode: mode, latency: job.policy.latency)
    }

    /// The task's expert.
    ///
    /// - Throws: ``JobError`` where the task has none, or the job's actions are not of the kind that experts make.
    func makeExpert(noise: Double) throws(JobError) -> ActionSource {
        guard task.hasExpert else {
            throw JobError(
                .badFile, "\(job.path): the task '\(job.task.name)' has no expert; lead the robot with --from leader")
        }
        guard job.action.space == .tool else {
            throw JobError(
                .badFile, "\(job.path): experts move the tool; write action.space: tool, or lead the robot by hand")
        }
        return .expert(of: task, noise: noise)
    }

    /// What a base policy of this job is for.
    var purpose: PolicyPurpose {
        PolicyPurpose(
            layout: policyLayout, actionSize: setting.actionSize, task: taskName, robot: robot.name,
            encoder: images?.fingerprint)
    }

    /// Loads a base policy, if it fits the job: a checkpoint, an ONNX model, or one behind a server, which is connected to.
    func loadBase(_ place: BasePlace) throws -> any ChunkPolicy {
        let path: String
        switch (place, job.policy.remote) {
        case (.file(let file), _): path = file
        case (.server, let remote?): return try makeRemotePolicy(remote)
        case (.server, nil): preconditionFailure("only a job that names a server has a base policy there")
        }
        let policy: any ChunkPolicy =
            place.isTrainedHere
            ? try FlowPolicy(checkpoint: path, for: purpose).guided(job.policy.guidance)
            : try OnnxPolicy(path: path, layout: policyLayout, actionSize: setting.actionSize)
        try check(policy, path)
        return policy
    }

    private func check(_ policy: any ChunkPolicy, _ path: String) throws(JobError) {
        guard policy.horizon >= job.policy.execute + job.policy.lead else {
            throw JobError(
                .badFile,
                "\(job.path): policy.execute and policy.lead ask for \(job.policy.execute + job.policy.lead) actions of a chunk; \(path) proposes \(policy.horizon)"
            )
        }
    }

    /// A lockstep session of its own.
    ///
    /// - Parameter makeWriter: opens the file of an episode; nil records nothing.
    func makeLockstepSession(
        source: consuming ActionSource, makeWriter: ((EpisodeRequest) throws -> EpisodeWriter)? = nil
    ) throws -> LockstepSession {
        // The recorder runs once in every inference period: all of its cycles have to fit.
        let channels = ControlChannels(cycleCapacity: max(job.recording.cycleRing, 2 * cyclesPerStep))
        let events = makeWriter == nil ? nil : RecorderQueue(capacity: job.recording.stepRing)
        let recorder = makeWriter.flatMap { make in
            events.map { Recorder(cycles: channels.cycles, events: $0, makeWriter: make) }
        }
        let feeds = makeFeeds()
        return LockstepSession(
            control: try makeControl(channels: channels, timing: .off),
            inference: InferenceLoop(
                setting: setting, source: source, channels: channels, events: events, cameras: feeds),
            cameras: try makeSceneCameras(feeds), recorder: recorder, channels: channels, cyclesPerStep: cyclesPerStep,
            cyclePeriod: cyclePeriod)
    }

    /// What is known of an episode before it begins.
    func header(seed: UInt64, policy: String, schedule: ScheduleKind) -> EpisodeHeader {
        EpisodeHeader(
            robotName: robot.name, robotText: robot.text, jointCount: robot.jointCount, task: job.task.name,
            variant: job.task.variant, seed: seed, schedule: schedule.rawValue, hardware: hardware.rawValue,
            policy: policy, configurationText: job.yaml.document, versions: Versions.all,
            layout: task.observationLayout, cameras: episodeCameras, actionSize: setting.actionSize,
            // Only the simulator knows the whole scene.
            sceneSize: hardware == .simulated ? task.layout.count : 0,
            stepRate: job.inference.rate, cycleRate: robot.control.rate,
            startWallClock: schedule == .lockstep ? nil : Date().timeIntervalSince1970)
    }
}
