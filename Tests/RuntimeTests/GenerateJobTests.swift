import Episodes
import Foundation
import Realtime
import Robots
import Simulation
import Teleoperation
import Testing

@testable import Runtime

@Suite struct GenerateJobTests {
    /// Six demonstrations by the expert, for all tests.
    private static let source = Result {
        let folder = try TemporaryFolder()
        let context = try TestJob.context(horizon: 400) { job in
            job.record.episodes = 6
            job.record.keep = .successes
        }
        _ = try RecordJob(context: context, schedule: .lockstep, out: folder.path + "/run").run()
        return folder
    }

    private func generate(
        _ episodes: Int, _ out: String, from source: String, horizon: Int = 400, resume: Bool = false, workers: Int = 2
    ) throws -> GenerateJob.Result {
        let context = try TestJob.context(horizon: horizon) { job in
            job.record.episodes = episodes
            job.record.workers = workers
        }
        return try GenerateJob(context: context, source: source, out: out, isResuming: resume).run()
    }

    @Test func generatedEpisodesDoTheTaskAndComeOutTheSame() throws {
        let source = try Self.source.get().path + "/run"
        let folder = try TemporaryFolder()
        let result = try generate(3, folder.path + "/first", from: source)
        #expect(result.episodes == 3 && result.sources == 6 && result.attempts >= 3)
        #expect(result.rate == Double(result.episodes) / Double(result.attempts))
        #expect(result.low < result.rate && result.rate <= result.high)
        let paths = try Dataset(path: result.dataset).episodePaths
        #expect(paths.count == 3)
        for path in paths {
            let reader = try EpisodeReader(path: path)
            #expect(reader.outcome?.success == true && reader.header.policy == "segments")
            #expect(reader.header.seed >= 5_000_000)
        }
        // Broken off after one episode, which was made on one core, and gone on with: the job, which a file holds, was another
        // at the first episode; from then on not a byte differs.
        _ = try generate(1, folder.path + "/second", from: source, workers: 1)
        let second = try generate(3, folder.path + "/second", from: source, resume: true)
        #expect(second.attempts == result.attempts)
        let others = try Dataset(path: second.dataset).episodePaths
        #expect(
            try EpisodeReader(path: paths[0]).column("actions") == EpisodeReader(path: others[0]).column("actions"))
        for (path, other) in zip(paths, others).dropFirst() {
            #expect(FileManager.default.contentsEqual(atPath: path, andPath: other))
        }
        #expect(LatestRun.folder(of: "generate", job: "runtime-tests") != nil)
    }

    /// A Panda that follows a leader in memory, which moves as the arm of a recorded episode did, two steps ahead.
    ///
    /// - Returns: whether the task was done that way.
    private func follow(_ path: String, _ context: JobContext, to folder: String, index: Int) throws -> Bool {
        let shown = try EpisodeReader(path: path)
        let (steps, layout) = (try shown.steps(), context.task.layout)
        let pose = Latest(LeaderPose())
        let source = LeaderSource(
            pose: pose, marks: PersonMarks(), robot: context.robot,
            limits: .init(distance: 0.5, rampSpeed: 2, age: 0.2))
        var session = try context.makeLockstepSession(source: .leader(source)) { request in
            try EpisodeWriter(
                folder: folder, index: request.index,
                header: context.header(seed: request.seed, policy: "leader", schedule: .lockstep))
        }
        var tick = 0
        return try session.run(EpisodeRequest(index: index, seed: shown.header.seed)) {
            // The arm is where it was told to be a little later.
            let step = steps[min(max(tick - context.setting.settlingSteps, 0), steps.count - 1)]
            let later = steps[min(max(tick + 2 - context.setting.settlingSteps, 0), steps.count - 1)]
            var next = LeaderPose()
            for joint in 0..<7 { next.positions[joint] = later.scene[layout.positionOffset + joint] }
            next.openness = step.action[6] > 0 ? 0 : 1
            (next.isComplete, next.time) = (true, MonotonicTime(nanoseconds: UInt64(tick + 1) * 50_000_000))
            pose.publish(next)
            tick += 1
            return false
        }.isSuccess
    }

    /// What a person shows with a leader is a source as well, though its actions are positions of joints.
    @Test func recordingsWithALeaderAreSources() throws {
        let folder = try TemporaryFolder()
        let context = try TestJob.context(horizon: 400) { $0.action.space = .joints }
        let led = folder.path + "/led"
        try FileManager.default.createDirectory(atPath: led, withIntermediateDirectories: true)
        var done: [String] = []
        for (index, path) in try Dataset(path: Self.source.get().path + "/run/episodes").episodePaths.enumerated() {
            if try follow(path, context, to: led, index: index) {
                done.append(Dataset.episodePath(folder: led, index: index))
            }
        }
        #expect(done.count >= 3)
        let reader = try EpisodeReader(path: try #require(done.first))
        #expect(reader.header.actionSize == 8 && reader.header.policy == "leader")

        // The tool is asked to go where these joints have it, by a hand that takes the nut on the way.
        var motion = try RecordedMotion(robot: reader.recordedRobot(), task: context.task, space: .joints)
        let (steps, joints) = (try reader.steps(), JointActions(robot: context.robot))
        let shown = steps.map { motion.demonstrated($0) }
        var arm = try ArmModel(robot: context.robot)
        let wanted = joints.goal(of: steps[14].executedAction).positions
        arm.update(positions: wanted, velocities: .zero, gripperOpening: 0.04)
        let goal = context.task.basePose * arm.toolPose
        for axis in 0..<3 {
            let reached = shown[14].tool.position[axis] + 0.05 * Double(shown[14].action[axis])
            #expect(abs(reached - goal.position[axis]) < 1e-6)
        }
        #expect(shown[0].action[6] == -1 && shown.contains { $0.action[6] == 1 })

        let result = try generate(2, folder.path + "/generated", from: led)
        #expect(result.episodes == 2 && result.sources == done.count)
        #expect(try EpisodeReader(path: Dataset(path: result.dataset).episodePaths[0]).header.actionSize == 7)

        // The other way round there is nothing to make motions of joints of.
        let error = #expect(throws: JobError.self) {
            try GenerateJob(context: context, source: led, out: folder.path + "/joints").run()
        }
        #expect(error?.status == .badFile && error?.message.contains("made of motions of the tool") == true)
    }

    @Test func whatCannotBeASourceIsRefusedInOneLine() throws {
        let folder = try TemporaryFolder()
        let out = folder.path + "/out"
        #expect {
            try generate(1, out, from: folder.path + "/nowhere")
        } throws: { error in
            (error as? JobError) == JobError(.missingFile, "\(folder.path)/nowhere: no such run")
        }
        // Episodes that were cut short did not do the task.
        let short = try TestJob.context(horizon: 2) { $0.record.episodes = 1 }
        _ = try RecordJob(context: short, schedule: .lockstep, out: folder.path + "/short").run()
        #expect {
            try generate(1, out, from: folder.path + "/short")
        } throws: { error in
            (error as? JobError)?.status == .badFile && "\(error)".contains("none of these episodes did the task")
        }
        var other = try JobContext(path: packagePath + "/configs/threading.yaml")
        other.job.record.episodes = 1
        let source = try Self.source.get().path + "/run"
        #expect {
            try GenerateJob(context: other, source: source, out: out).run()
        } throws: { error in
            (error as? EpisodeError)?.kind == .mismatch && "\(error)".contains("task square, expected threading")
        }
        var slow = try TestJob.context(horizon: 400) { $0.action.translation = 0.03 }
        slow.job.record.episodes = 1
        #expect {
            try GenerateJob(context: slow, source: source, out: out).run()
        } throws: { error in
            (error as? JobError)?.status == .badFile && "\(error)".contains("a full action was 0.05 m and 0.5 rad")
        }
        // Nothing was made.
        #expect(!FileManager.default.fileExists(atPath: out))
    }
}
