import Episodes
import Foundation
import Learning
import PolicySamples
import RemotePolicies
import Testing

@testable import Policies
@testable import Runtime

/// Improving base policies that were not trained here.
@Suite(.serialized) struct OtherBaseTests {
    private static let hasOnnxRuntime = FileManager.default.fileExists(atPath: packagePath + "/.deps/onnxruntime/lib")

    /// A job with two small cameras whose base policy is behind a server that sees pictures, joints and what the task shows.
    private func context(_ server: String?, adjust: (inout JobConfiguration) -> Void = { _ in }) throws -> JobContext {
        let small = try ImprovementSample.context().job
        return try CameraTests.context(horizon: 12) { job in
            (job.improve, job.evaluation) = (small.improve, small.evaluation)
            (job.record.episodes, job.record.noise) = (4, 0.2)
            job.policy.remote = server.map { server in
                JobConfiguration.RemoteSettings(
                    server: (try? ServerAddress(server)) ?? .local, key: nil, certificatePath: nil, prompt: "do it",
                    observation: .convention(.libero), cameras: job.cameras.map(\.name), actions: .job, jointStep: 0.2,
                    patience: .init(connecting: 20, warmUp: 60, reply: 20))
            }
            adjust(&job)
        }
    }

    private func improve(
        _ context: JobContext, _ policy: PolicyChoice = .base, dataset: String, out: String? = nil,
        resume: String? = nil
    ) throws -> ImprovementResult {
        try ImproveJob(context: context, base: policy, dataset: dataset, out: out, resume: resume).run()
    }

    @Test func aPolicyBehindAServerIsImproved() throws {
        let server = try PolicyServer("random", "--seed", "3")
        let folder = try TemporaryFolder()
        let run = folder.path + "/run"
        let context = try context(server.address)
        let dataset = try RecordJob(context: context, schedule: .lockstep, out: folder.path + "/shown").run().dataset
        let result = try improve(context, dataset: dataset, out: run)
        #expect(result.steps == 24 && result.final.episodes == 1)
        #expect(try String(contentsOfFile: run + "/checkpoints/base.server", encoding: .utf8) == server.address + "\n")

        let evaluation = try EvaluateJob(context: context, policy: .checkpoint(run), out: folder.path + "/seen").run()
        #expect(evaluation.episodes == 1 && evaluation.endings == ["horizon": 1])

        // It goes on beside the server that the job names by then.
        var longer = context
        longer.job.improve.evaluateEvery = 12
        #expect(try improve(longer, dataset: dataset, resume: run).steps == 24)
        let without = try self.context(nil)
        let error = try #require(throws: JobError.self) { try improve(without, dataset: dataset, resume: run) }
        #expect(error.message.contains("was behind \(server.address)") && error.message.contains("policy.server"))
    }

    /// The base policy sees the pictures themselves; the small one their features, through an encoder that `train` leaves without
    /// a policy.
    @Test func aSmallPolicySeesImagesBesideAPolicyBehindAServer() throws {
        let server = try PolicyServer("random", "--seed", "3")
        let folder = try TemporaryFolder()
        let context = try context(server.address) { job in
            for camera in job.cameras.indices { (job.cameras[camera].width, job.cameras[camera].height) = (36, 32) }
            job.images = .init(
                keypoints: 8, features: 4, shift: 2, steps: 6, batchSize: 8, learningRate: 0.001, warmupSteps: 1,
                weightDecay: 0, evaluateEvery: 4)
        }
        let alone = try EvaluateJob(context: context, policy: .base, out: folder.path + "/alone").run()
        #expect(alone.endings == ["horizon": 1])
        let dataset = try RecordJob(context: context, schedule: .lockstep, out: folder.path + "/shown").run().dataset
        let training = try TrainJob(context: context, dataset: dataset, out: folder.path + "/train", resume: nil).run()
        #expect(training.checkpoint == nil && training.steps == 6)
        #expect(training.encoder == training.run + "/checkpoints/encoder.safetensors")
        #expect(training.text.hasSuffix(training.run + "/checkpoints/encoder.safetensors"))
        let run = folder.path + "/run"
        let result = try ImproveJob(
            context: context, base: .base, dataset: dataset, out: run, resume: nil, encoder: training.run
        ).run()
        #expect(result.steps == 24)
        let small = try context.seeing(.checkpoint(run)).purpose.layout
        #expect(small.parts.map(\.name).suffix(2) == ["agentview_features", "robot0_eye_in_hand_features"])
        #expect(!small.parts.map(\.name).contains("object"))
        // The run is whole by itself.
        try FileManager.default.removeItem(atPath: training.run)
        let evaluation = try EvaluateJob(context: context, policy: .checkpoint(run), out: folder.path + "/seen").run()
        #expect(evaluation.endings == ["horizon": 1])
        #expect(try improve(context, dataset: dataset, resume: run).steps == 24)
        let error = try #require(throws: JobError.self) { try improve(context, dataset: dataset) }
        #expect(error.message.contains("no image encoder of the job") && error.message.contains("--encoder"))
    }

    /// The frames and the robot's state at a demonstrated step are those with which driving would have asked.
    @Test func aDemonstrationIsAskedAboutAsDrivingWould() throws {
        let folder = try TemporaryFolder()
        let context = try context(nil)
        let dataset = try RecordJob(context: context, schedule: .lockstep, out: folder.path + "/shown").run().dataset
        let demonstrations = try context.loadDemonstrations(dataset: dataset, count: nil)
        let episode = demonstrations.episodes[0]
        let requests = try DemonstratedRequests(path: episode.path, context: context)
        let size = demonstrations.layout.size
        for step in 0..<3 {
            let observation = Array(episode.observations[step * size..<(step + 1) * size])
            let request = try requests.request(observation, step: step, continuation: nil)
            #expect(request.frames.map(\.sequence) == [UInt64(step + 1), UInt64(step + 1)])
            #expect(request.step == step && request.observation == observation)
            // The tool's position is part of both; the robot's own reading says it in the world, as the task does.
            let place = context.task.observationLayout.parts.map(\.name).firstIndex(of: "robot0_eef_pos")
            let start = context.task.observationLayout.parts[0..<(try #require(place))].reduce(0) { $0 + $1.size }
            let joints = context.robot.jointCount
            for axis in 0..<3 {
                #expect(abs(request.robotState[2 * joints + axis] - observation[start + axis]) < 1e-5)
            }
        }

        var other = context
        other.job.cameras[0].name = "birdview"
        let error = try #require(throws: EpisodeError.self) {
            try DemonstratedRequests(path: episode.path, context: other)
        }
        #expect(error.message.contains("no pictures of the camera 'birdview'"))
        other = context
        other.job.cameras[1].width = 30
        let size2 = try #require(throws: EpisodeError.self) {
            try DemonstratedRequests(path: episode.path, context: other)
        }
        #expect(size2.message.contains("24×16, expected 30×16"))
    }

    @Test(.enabled(if: hasOnnxRuntime)) func anOnnxModelIsImproved() throws {
        let folder = try TemporaryFolder()
        let context = try ImprovementSample.context(horizon: 12)
        let model = folder.path + "/model"
        let graph = OnnxGraph(
            inputs: 3, horizon: 16, size: 7, weights: Array(repeating: 0.01, count: 3 * 16 * 7),
            offset: Array(repeating: 0, count: 16 * 7), noiseShare: 0.1)
        try Data(graph.bytes).write(to: URL(fileURLWithPath: model + ".onnx"))
        let yaml = """
            observation:
              input: observation
              parts: [robot0_eef_pos]
            noise:
              input: noise
            actions:
              output: actions
              horizon: 16
            """
        try Data(yaml.utf8).write(to: URL(fileURLWithPath: model + ".yaml"))
        let (dataset, run) = (try ImprovementSample.get().dataset, folder.path + "/run")
        let result = try improve(context, .checkpoint(model + ".onnx"), dataset: dataset, out: run)
        #expect(result.steps == 24)
        // The run has a copy of its own.
        for ending in [".onnx", ".yaml"] { try FileManager.default.removeItem(atPath: model + ending) }
        let evaluation = try EvaluateJob(context: context, policy: .checkpoint(run), out: folder.path + "/seen").run()
        #expect(evaluation.endings == ["horizon": 1])
        #expect(try improve(context, .checkpoint(model + ".onnx"), dataset: dataset, resume: run).steps == 24)
    }

    @Test func aSmallPolicyKeepsToChunksOfItsLength() throws {
        let server = try PolicyServer("random", "--horizon", "20", "--seed", "3")
        let context = try context(server.address)
        let small = try makeSmallPolicy(context)
        let remote = try #require(context.job.policy.remote)
        let base = try context.makeRemotePolicy(remote)
        let error = try #require(throws: JobError.self) { try small.check(fits: base, path: "runs/a") }
        #expect(
            error.message
                == "runs/a: its small policy belongs to a base policy with chunks of 16 actions; this one's have 20")
    }
}
