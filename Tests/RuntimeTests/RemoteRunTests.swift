import Foundation
import Policies
import PolicySamples
import RemotePolicies
import Robots
import Testing

@testable import Runtime

/// Runs whose base policy is behind `tools/policy_server`.
@Suite(.serialized) struct RemoteRunTests {
    private func context(
        _ server: String, horizon: Int = 30, adjust: (inout JobConfiguration) -> Void = { _ in }
    ) throws -> JobContext {
        try TestJob.context(horizon: horizon) { job in
            job.policy.remote = JobConfiguration.RemoteSettings(
                server: (try? ServerAddress(server)) ?? .local, key: nil, certificatePath: nil, prompt: "do it",
                observation: .convention(.task), cameras: [], actions: .job, jointStep: 0.2,
                patience: .init(connecting: 20, warmUp: 60, reply: 20))
            adjust(&job)
        }
    }

    private func run(_ context: JobContext, episode: Int = 0) throws -> EpisodeResult {
        let source = try context.makeSource(.base, mode: .immediate, noise: 0)
        var session = try context.makeLockstepSession(source: source)
        return try session.run(EpisodeRequest(index: episode, seed: UInt64(7 + episode)))
    }

    @Test func aServerDrivesAnEpisode() throws {
        let server = try PolicyServer("fixed", "--values", "0,0,0.2,0,0,0,-1")
        let result = try run(try context(server.address))
        #expect(result.ending == .horizon)
        #expect(result.steps == 30)
    }

    /// A lost connection costs an episode in lockstep nothing: the request is sent again.
    @Test func aLostConnectionIsMendedWithinAnEpisode() throws {
        let server = try PolicyServer("fixed", "--fault", "cut:3", "--fault", "close:4")
        #expect(try run(try context(server.address)).ending == .horizon)
    }

    @Test(arguments: [
        ("nan", "not finite"), ("error", "the policy ran out of memory"), ("size", "16 actions of 8 numbers"),
        ("garbage", "not understood"), ("announce", "larger than"),
    ])
    func aFaultEndsTheEpisodeWithTheReason(fault: String, words: String) throws {
        let server = try PolicyServer("fixed", "--fault", "\(fault):3")
        let context = try context(server.address)
        let result = try run(context)
        #expect(result.ending == .policyFailed)
        #expect(result.steps > 0, "the first chunk had come")
        #expect(result.detail.contains(server.address) && result.detail.contains(words), "\(result.detail)")
        #expect(Driving.status(of: result) == .policyFailed)
    }

    @Test func actionsOfAnotherRobotAreRefusedBeforeARunBegins() throws {
        let server = try PolicyServer("fixed", "--values", "0,0,0,0,0,0,0,0")
        let error = try #require(throws: RemotePolicyError.self) { try run(try context(server.address)) }
        #expect(Failure(error).status == .badFile)
        #expect("\(error)".contains("8 numbers; this robot's have 7"))
    }

    @Test func aChunkThatIsTooShortIsRefused() throws {
        let server = try PolicyServer("fixed", "--horizon", "8")
        let error = try #require(throws: JobError.self) { try run(try context(server.address)) }
        #expect(error.status == .badFile)
        #expect(error.message.contains("ask for 11 actions of a chunk; \(server.address) gives 8"))
    }

    @Test func jointsNeedTheirActionSpace() throws {
        let error = try #require(throws: JobError.self) {
            try run(try context("ws://localhost:1") { $0.policy.remote?.actions = .jointVelocities })
        }
        #expect(error.message.contains("write action.space: joints"))
    }

    @Test func camerasThatAreNotThereAreNamed() throws {
        let error = try #require(throws: RemotePolicyError.self) {
            try run(
                try context("ws://localhost:1") {
                    $0.policy.remote?.observation = .convention(.libero)
                    $0.policy.remote?.cameras = ["front", "nowhere"]
                })
        }
        #expect("\(error)".contains("which is not there"))
    }

    @Test func aKeyThatIsNotThereIsNamed() throws {
        let error = try #require(throws: JobError.self) {
            try run(try context("ws://localhost:1") { $0.policy.remote?.key = .environment("NO_SUCH_VARIABLE_HERE") })
        }
        #expect(error.message.contains("NO_SUCH_VARIABLE_HERE"))
        let missing = try #require(throws: JobError.self) {
            try run(try context("ws://localhost:1") { $0.policy.remote?.key = .file("/no/such/key") })
        }
        #expect(missing.status == .missingFile)
    }

    @Test func trainingSaysThatThePolicyIsTrainedElsewhere() throws {
        let context = try context("ws://localhost:1")
        let job = TrainJob(context: context, dataset: nil, out: nil, resume: nil)
        let error = try #require(throws: JobError.self) { try job.run() }
        #expect(error.message.contains("behind ws://localhost:1"))
    }
}

/// What the robot says about itself.
@Suite struct RobotStateTests {
    @Test func itIsWhatItsPartsSay() throws {
        let context = try TestJob.context(horizon: 10)
        let layout = RobotPart.layout(joints: context.robot.jointCount)
        var measurement = Robots.Measurement()
        for joint in 0..<7 { measurement.state.jointPositions[joint] = Double(joint) / 10 }
        let gripper = context.robot.gripper
        measurement.state.gripper.opening =
            gripper.minimumOpening + 0.25 * (gripper.maximumOpening - gripper.minimumOpening)
        let turn = Quaternion(rotationVector: SIMD3(0, 0, 0.5))
        let tool = Pose(position: SIMD3(0.4, 0.1, 0.3), orientation: turn)
        let values = context.setting.robotState(measurement.state, toolPose: tool)
        #expect(values.count == layout.size)
        var start = 0
        var parts: [String: [Float]] = [:]
        for part in layout.parts {
            parts[part.name] = Array(values[start..<start + part.size])
            start += part.size
        }
        #expect(parts[RobotPart.jointPositions] == (0..<7).map { Float(Double($0) / 10) })
        let world = context.task.basePose * tool
        #expect(
            parts[RobotPart.toolPosition] == [
                Float(world.position.x), Float(world.position.y), Float(world.position.z),
            ])
        let rotation = world.orientation.rotationVector
        #expect(parts[RobotPart.toolRotation] == [Float(rotation.x), Float(rotation.y), Float(rotation.z)])
        #expect(abs((parts[RobotPart.gripperOpening]?.first ?? 0) - 0.25) < 1e-6)
        #expect(abs((parts[RobotPart.gripperClosing]?.first ?? 0) - 0.75) < 1e-6)
        let finger = Float(measurement.state.gripper.opening / 2)
        #expect(parts[RobotPart.fingers] == [finger, -finger])
    }
}
