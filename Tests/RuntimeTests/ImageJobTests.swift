import Configuration
import Control
import Episodes
import Foundation
import Policies
import Realtime
import Simulation
import Testing

@testable import Runtime

@Suite("A job with images", .serialized)
struct ImageJobTests {
    /// Square from small pictures, so short that nothing takes time.
    static func context(adjust: (inout JobConfiguration) -> Void = { _ in }) throws -> JobContext {
        try TestJob.context(horizon: 12, "square-images") { job in
            for camera in job.cameras.indices { (job.cameras[camera].width, job.cameras[camera].height) = (36, 32) }
            (job.record.episodes, job.record.workers) = (3, 1)
            (job.evaluation.episodes, job.evaluation.workers) = (2, 1)
            job.images = job.images.map { images in
                var images = images
                (images.keypoints, images.features, images.steps) = (8, 4, 6)
                (images.batchSize, images.evaluateEvery) = (8, 4)
                return images
            }
            (job.policy.hidden, job.policy.blocks, job.training.steps) = (16, 1, 10)
            (job.training.batchSize, job.training.evaluateEvery, job.training.checkpointEvery) = (16, 10, 10)
            (job.improve.steps, job.improve.evaluateEvery, job.improve.evaluationEpisodes) = (24, 1000, 1)
            (job.improve.cloningSteps, job.improve.pretrainingSteps, job.improve.policyDelay) = (250, 3, 4)
            (job.improve.batchSize, job.improve.criticHidden, job.improve.environments) = (16, 16, 1)
            adjust(&job)
        }
    }

    private func record(_ context: JobContext, in folder: TemporaryFolder) throws -> String {
        try RecordJob(context: context, schedule: .lockstep, out: folder.path + "/record").run().dataset
    }

    private func train(_ context: JobContext, _ dataset: String, in folder: TemporaryFolder) throws -> TrainJob.Result {
        try TrainJob(context: context, dataset: dataset, out: folder.path + "/train", resume: nil).run()
    }

    @Test("It trains an encoder and a policy that sees its features and no objects, and the policy drives")
    func trains() throws {
        let folder = try TemporaryFolder()
        let context = try Self.context()
        let dataset = try record(context, in: folder)
        let result = try train(context, dataset, in: folder)
        #expect(result.encoder == result.run + "/checkpoints/encoder.safetensors" && result.steps == 10)
        #expect(try #require(result.encoderHeldOutLoss).isFinite)
        let choice = PolicyChoice.checkpoint(result.run)
        let seeing = try context.seeing(choice)
        #expect(
            seeing.purpose.layout.parts.map(\.name) == [
                "robot0_eef_pos", "robot0_eef_quat", "robot0_gripper_qpos", "agentview_features",
                "robot0_eye_in_hand_features",
            ])
        #expect(seeing.purpose.layout.parts.map(\.size) == [3, 4, 2, 4, 4])
        let evaluation = try EvaluateJob(context: context, policy: choice, out: folder.path + "/evaluate").run()
        #expect(evaluation.episodes == 2 && evaluation.endings == ["horizon": 2])
        let log = try String(contentsOfFile: result.run + "/encoder.jsonl", encoding: .utf8)
        #expect(log.split(separator: "\n").count == 2)

        // Cut off after the encoder was trained, and gone on with: the same policy.
        let policy = result.run + "/checkpoints/policy.safetensors"
        let before = try Data(contentsOf: URL(fileURLWithPath: policy))
        try FileManager.default.removeItem(atPath: policy)
        try FileManager.default.removeItem(atPath: result.run + "/checkpoints/trainer.safetensors")
        _ = try TrainJob(context: context, dataset: dataset, out: nil, resume: result.run).run()
        #expect(try Data(contentsOf: URL(fileURLWithPath: policy)) == before)
    }

    @Test("A small policy is cloned and learns from features, and its run has the encoder")
    func improves() throws {
        let folder = try TemporaryFolder()
        let context = try Self.context()
        let dataset = try record(context, in: folder)
        let base = try train(context, dataset, in: folder)
        let input = try ImprovementInput(
            context: context, policy: .checkpoint(base.run), dataset: dataset, out: folder.path + "/improve",
            resume: nil,
            schedule: .lockstep)
        #expect(input.demonstrations.encoder == input.context.images?.fingerprint)
        #expect(input.demonstrations.layout == input.context.purpose.layout)
        let small = try makeSmallPolicy(input.context)
        let rounds = try ExperienceRounds(
            context: input.context, base: input.base, small: small, count: 1, exploration: 0.5)
        let experience = try rounds.run(
            [EpisodeRequest(index: 0, seed: 5)], parameters: small.parameters, version: 1, meanwhile: {})
        #expect(experience.map(\.steps) == [12] && experience[0].states.count == 13 * small.stateSize)
        #expect(experience[0].ending == .horizon)
        let copy = try ImageEncoder(checkpoint: input.folder.checkpoints + "/encoder.safetensors")
        #expect(copy.fingerprint == input.context.images?.fingerprint)
    }

    @Test("What a policy sees follows from pictures and the robot alone")
    func noObjects() throws {
        let folder = try TemporaryFolder()
        let context = try Self.context()
        let result = try train(context, record(context, in: folder), in: folder)
        let seeing = try context.seeing(.checkpoint(result.run))
        let encoder = try #require(seeing.images)
        let feeds = context.makeFeeds()
        let cameras = try #require(try context.makeSceneCameras(feeds))
        let view = PolicyView(layout: context.task.observationLayout, encoder: encoder)
        func see(_ seed: UInt64, robot: [Float]) throws -> [Float] {
            try cameras.step(scene: context.task.initialScene(seed: seed), time: .zero)
            return try view.see(robot, frames: feeds.map { try #require($0.newest()) })
        }
        let size = context.task.observationLayout.size
        let (robot, elsewhere) = (
            (0..<size).map { Float($0) }, (0..<size).map { $0 < 9 ? Float($0) : Float(100 + $0) }
        )
        // Numbers of objects change nothing, and a nut that lies elsewhere is seen.
        #expect(try see(1, robot: robot) == see(1, robot: elsewhere))
        #expect(try see(1, robot: robot) != see(2, robot: robot))
        #expect(try see(1, robot: robot).count == 9 + 8)
    }

    @Test("Episodes without its cameras, of other sizes, or a policy without an encoder are refused in one line")
    func refused() throws {
        let folder = try TemporaryFolder()
        let context = try Self.context()
        let dataset = try record(context, in: folder)
        func complaint(_ body: () throws -> Void) -> String {
            do {
                try body()
                return ""
            } catch {
                return Failure(error).message
            }
        }
        let larger = try Self.context { $0.cameras[0].width = 48 }
        #expect(
            complaint { _ = try train(larger, dataset, in: folder) }
                == "\(dataset)/000000.hdf5: the pictures of camera 'agentview' are 36 × 32, expected 48 × 32")
        let other = try Self.context { $0.cameras[1].name = "sideview" }
        #expect(
            complaint { _ = try train(other, dataset, in: folder) }
                == "\(dataset)/000000.hdf5: it was recorded with the cameras agentview, robot0_eye_in_hand, expected 'sideview' among them"
        )
        let result = try train(context, dataset, in: folder)
        #expect(
            complaint { _ = try larger.seeing(.checkpoint(result.run)) }.hasSuffix(
                "it was trained with the cameras agentview (36 × 32), robot0_eye_in_hand (36 × 32); the job has agentview (48 × 32), robot0_eye_in_hand (36 × 32)"
            ))
        try FileManager.default.removeItem(atPath: try #require(result.encoder))
        #expect(
            complaint { _ = try EvaluateJob(context: context, policy: .checkpoint(result.run), out: nil).run() }
                .contains("there is no image encoder, so what lies there"))
    }

    @Test("The settings are written out so that they read back the same, and what does not fit is named")
    func settings() throws {
        let context = try Self.context()
        let document = try Document(text: context.job.yaml.document, path: context.job.path)
        #expect(try JobConfiguration.decode(document).images == context.job.images)
        let text = try String(contentsOfFile: packagePath + "/configs/square-images.yaml", encoding: .utf8)
        func fault(_ old: String, _ new: String) throws -> String {
            #expect(text.contains(old))
            let document = try Document(
                text: text.replacingOccurrences(of: old, with: new), path: packagePath + "/configs/job.yaml")
            do {
                _ = try JobConfiguration.decode(document)
                return "nothing"
            } catch {
                return "\(error)"
            }
        }
        #expect(try fault("width: 84", "width: 84") == "nothing")
        #expect(try fault("keypoints: 32", "keypoints: 30").contains("it must be a multiple of 8"))
        #expect(try fault("width: 84, height: 84", "width: 24, height: 84").contains("from 32 pixels a side on"))
        #expect(try fault("shift: 4", "shift: 40").contains("shift is 40"))
    }
}
