import Configuration
import Control
import Episodes
import Foundation
import Realtime
import Robots
import Teleoperation
import Testing

@testable import Runtime

/// A simulated SO-101 that follows a leader in memory, in lockstep.
@Suite struct TeleoperationTests {
    let context: JobContext

    init() throws {
        try WorkingFolder.use()
        var job = try JobConfiguration.load(path: packagePath + "/configs/so101-leader.yaml")
        job.teleoperation?.duration = 3
        context = try JobContext(job: job, hardware: .simulated)
    }

    private struct Bench {
        let pose = Latest(LeaderPose())
        let marks = PersonMarks()
        var cycle = 0

        /// Moves the leader to these positions, one control period later.
        mutating func lead(_ positions: [Double], openness: Double = 0.5) {
            var next = LeaderPose()
            next.positions = JointVector(positions)
            next.openness = openness
            next.isComplete = true
            // The loops' virtual clock is a few cycles ahead at most.
            next.time = MonotonicTime(nanoseconds: UInt64(cycle + 5) * 10_000_000)
            pose.publish(next)
            cycle += 1
        }
    }

    private func source(_ bench: Bench) throws -> ActionSource {
        let settings = try #require(context.job.teleoperation)
        return .leader(
            LeaderSource(pose: bench.pose, marks: bench.marks, robot: context.robot, limits: settings.limits))
    }

    @Test func actionsAndJointsGoTogether() throws {
        let actions = JointActions(robot: context.robot)
        let robot = context.robot
        #expect(context.setting.actionSize == 6 && context.setting.actionSpace == .joints)
        let lowest = JointVector(robot.joints.map { $0.lower })
        #expect(actions.action(positions: lowest, opening: 1) == [-1, -1, -1, -1, -1, -1])
        let highest = JointVector(robot.joints.map { $0.upper - robot.safety.positionMargin })
        #expect(actions.action(positions: highest, opening: 0).allSatisfy { abs($0 - 1) < 1e-6 })
        let wanted = JointVector([0.3, -1.2, 1.5, -0.7, 2.5])
        let goal = actions.goal(of: actions.action(positions: wanted, opening: 0.03))
        for joint in 0..<5 { #expect(abs(goal.positions[joint] - wanted[joint]) < 1e-6) }
        #expect(abs(goal.opening - 0.03) < 1e-8)
    }

    @Test func anEpisodeWithALeaderIsRecordedAndReplaysBitForBit() throws {
        let folder = try TemporaryFolder()
        var bench = Bench()
        bench.lead([0.3, 0.2, -0.3, 0, 0])
        var session = try context.makeLockstepSession(source: source(bench)) { request in
            try EpisodeWriter(
                folder: folder.path, index: request.index,
                header: context.header(seed: request.seed, policy: "leader", schedule: .lockstep))
        }
        let result = try session.run(EpisodeRequest(index: 0, seed: 1)) {
            let time = Double(bench.cycle) * 0.01
            bench.lead(
                [0.3 + 0.2 * sin(2 * time), 0.2, -0.3, 0.3 * sin(time), 0], openness: time > 1.5 ? 0.2 : 0.8)
            if bench.cycle == 250 { bench.marks.markDone() }
            return false
        }
        #expect(result.ending == .success, "\(result)")
        let path = Dataset.episodePath(folder: folder.path, index: 0)
        let reader = try EpisodeReader(path: path)
        #expect(reader.outcome?.success == true && reader.header.actionSize == 6)
        let cycles = try reader.cycles()
        let last = try #require(cycles.last)
        // Requested, filtered and measured, side by side: the arm follows, a little behind.
        for joint in 0..<5 {
            #expect(abs(last.requested.jointPositions[joint] - last.executed.jointPositions[joint]) < 0.15)
            #expect(abs(last.executed.jointPositions[joint] - last.state.jointPositions[joint]) < 0.15)
        }
        #expect(cycles.contains { $0.requested.jointPositions != $0.executed.jointPositions })
        #expect(cycles.allSatisfy { $0.faults == [] })
        let steps = try reader.steps()
        #expect(steps.count >= 200 && steps.contains { $0.action != $0.executedAction })
        #expect(abs(last.state.gripper.opening - 0.2 * 0.121) < 0.01)

        let verified = try VerifyJob(path: path, episode: nil).run()
        #expect(verified.identical && verified.cycles == cycles.count, "\(verified.text)")

        let replayed = try ReplayJob(
            path: path, episode: 0, hardware: .simulated, schedule: .lockstep, out: folder.path + "/replay"
        ).run()
        #expect(replayed.episodes == 1 && replayed.ended == nil)
        let again = try EpisodeReader(path: Dataset.episodePath(folder: folder.path + "/replay/episodes", index: 0))
        let there = try again.cycles()
        // It ends with what was recorded, not with the longest time of an episode.
        #expect(again.outcome?.ending == .horizon)
        #expect(try again.steps().map(\.action) == steps.map(\.action))
        for (first, second) in zip(cycles.suffix(1), there.prefix(cycles.count).suffix(1)) {
            for joint in 0..<5 {
                #expect(abs(first.state.jointPositions[joint] - second.state.jointPositions[joint]) < 0.02)
            }
        }
    }

    @Test func aLeaderThatIsTooFarIsNotFollowed() throws {
        var bench = Bench()
        bench.lead([0, 0, 1.5, 0, 0])
        var session = try context.makeLockstepSession(source: source(bench))
        let result = try session.run(EpisodeRequest(index: 0, seed: 1)) {
            bench.lead([0, 0, 1.5, 0, 0])
            return false
        }
        #expect(result.ending == .policyFailed && result.steps == 0)
        #expect(
            Driving.reason(result).hasPrefix(
                "episode 0, step 0: the leader is too far from its follower: elbow_flex is at 86°, the follower's at"))
    }

    @Test func aLeaderThatFallsSilentHasTheFollowerHoldAndStop() throws {
        var bench = Bench()
        bench.lead([0.2, 0, 0, 0, 0])
        var session = try context.makeLockstepSession(source: source(bench))
        let result = try session.run(EpisodeRequest(index: 0, seed: 1)) {
            if bench.cycle < 120 { bench.lead([0.2, 0, 0, 0, 0]) }
            return false
        }
        #expect(result.ending == .policyLate, "\(result)")
        #expect(result.steps > 50 && result.steps < 200)
    }

    /// A leader on a slow bus: what the job asks of it is refused with figures, before anything is connected.
    @Test func aLeaderThatIsReadLessOftenThanItIsFollowedIsRefused() throws {
        var job = context.job
        job.robotPath = packagePath + "/robots/gello-panda.yaml"
        job.teleoperation?.leaderPath = job.robotPath
        job.inference.rate = 20
        func refusal() throws -> String? {
            do {
                _ = try LeaderDesk.leader(of: JobContext(job: job, hardware: .simulated))
                return nil
            } catch let error as JobError {
                return error.message
            }
        }
        #expect(
            try refusal()
                == "\(job.path): the leader 'gello-panda' is read 20 times a second, so that its pose is up to 80 ms old, and "
                + "teleoperation.age is 50 ms: write age: 130 ms, or a higher rate into the leader's robot file, which its bus "
                + "must have time for")
        job.teleoperation?.age = 0.13
        #expect(try refusal() == nil)
    }

    @Test func aJobWithALeaderComesBackAsItWasWritten() throws {
        let document = try Document(text: context.job.yaml.document, path: "/c/job.yaml")
        var again = try JobConfiguration.decode(document)
        again.path = context.job.path
        #expect(again == context.job)
    }

    @Test func whatIsMissingIsToldInOneLine() throws {
        func message(_ body: () throws -> Void) -> String {
            do {
                try body()
                return ""
            } catch {
                return Failure(error).message
            }
        }
        let robot = context.robot
        #expect(
            message { _ = try RobotConnection().connect(robot, option: "--port") }
                == "no port is given for 'arm' of the robot 'so101': write --port PATH, such as /dev/serial/by-id/…")
        #expect(
            message { _ = try RobotConnection(ports: ["a=/dev/a", "b=/dev/b"]).connect(robot, option: "--port") }
                .hasPrefix("--port a=/dev/a: the robot 'so101' has the devices arm; write --port DEVICE=PATH"))
        #expect(
            message {
                _ = try RobotConnection(ports: ["/dev/nothing"], calibration: "/nowhere/so101.yaml").connect(
                    robot, option: "--port")
            }
                == "/nowhere/so101.yaml: no such file")
        #expect(
            message { _ = try LeaderDesk(context: JobContext(path: packagePath + "/configs/square.yaml")) }.hasSuffix(
                "square.yaml: the job has no leader; write teleoperation: with the leader's robot file"))
        #expect(
            message {
                let job = RecordJob(context: context, schedule: .lockstep, out: nil)
                _ = try job.run()
            }.hasSuffix("the task 'free' has no expert; lead the robot with --from leader"))
        #expect(
            message {
                let job = RecordJob(context: context, schedule: .lockstep, out: nil, from: .leader)
                _ = try job.run()
            } == "a leader is followed in real time: write --schedule realtime")
        var panda = context.job
        panda.robotPath = packagePath + "/robots/panda.yaml"
        #expect(
            message { _ = try JobContext(job: panda, hardware: .emulated) }.contains(
                "cannot be run as 'emulated' hardware; it supports: simulated"))
    }
}
