import Cameras
import Configuration
import Control
import Episodes
import Foundation
import Policies
import Realtime
import Robots
import Simulation
import Testing

@testable import Runtime

@Suite("Cameras of a job", .serialized)
struct CameraTests {
    /// Square with pictures, with episodes of at most `horizon` steps that are all kept.
    static func context(horizon: Int, adjust: (inout JobConfiguration) -> Void = { _ in }) throws -> JobContext {
        try TestJob.context(horizon: horizon, "square-images") { job in
            for camera in job.cameras.indices { (job.cameras[camera].width, job.cameras[camera].height) = (24, 16) }
            // Pictures as they are: too small to be encoded.
            job.images = nil
            adjust(&job)
        }
    }

    private func record(_ context: JobContext, into folder: String, index: Int, seed: UInt64) throws -> EpisodeReader {
        var session = try context.makeLockstepSession(source: .expert(of: context.task, noise: 0.05)) { request in
            try EpisodeWriter(
                folder: folder, index: request.index,
                header: context.header(seed: request.seed, policy: "test", schedule: .lockstep))
        }
        let result = try session.run(EpisodeRequest(index: index, seed: seed))
        #expect(result.ending == .horizon)
        return try EpisodeReader(path: Dataset.episodePath(folder: folder, index: index))
    }

    @Test("In lockstep the frame of a step shows that step's scene, and the same seed leaves the same bytes")
    func lockstep() throws {
        let folder = try TemporaryFolder()
        let context = try Self.context(horizon: 6)
        let reader = try record(context, into: folder.path, index: 0, seed: 3)
        _ = try record(context, into: folder.path, index: 1, seed: 3)
        let (first, second) = (
            try Data(contentsOf: URL(fileURLWithPath: Dataset.episodePath(folder: folder.path, index: 0))),
            try Data(contentsOf: URL(fileURLWithPath: Dataset.episodePath(folder: folder.path, index: 1)))
        )
        #expect(first == second)
        let steps = try reader.steps()
        try #require(reader.header.cameras.map(\.name) == ["agentview", "robot0_eye_in_hand"] && steps.count == 6)
        let renderer = try Renderer(
            task: context.task, robot: context.robot, width: 24, height: 16, visuals: .collision)
        for (number, step) in steps.enumerated() {
            for camera in reader.header.cameras {
                let frame = try reader.frame(camera, step: number)
                #expect(frame.time == step.observationTime && frame.sequence == UInt64(number + 1))
                #expect(try renderer.render(scene: step.scene, camera: camera.name) == frame.image)
            }
        }
        let wrist = reader.header.cameras[1]
        #expect(try reader.frame(wrist, step: 0).image != reader.frame(wrist, step: 5).image)
        #expect(wrist.body == "hand" && wrist.position == [0.05, 0, 0])
        #expect(abs((wrist.focalLength?[1] ?? 0) - 8 / tan(75.0 / 2 * .pi / 180)) < 1e-9)
        #expect(reader.header.cameras[0].body == "base")
    }

    @Test("In real time simulated cameras have a thread of their own, and what was seen is recorded")
    func realtime() throws {
        let folder = try TemporaryFolder()
        // What this machine is busy with must not look like a frozen camera.
        let context = try Self.context(horizon: 8) { job in
            for camera in job.cameras.indices { job.cameras[camera].age = 60 }
        }
        let channels = context.makeChannels()
        let events = RecorderQueue(capacity: 256)
        let recorder = Recorder(cycles: channels.cycles, events: events) { request in
            try EpisodeWriter(
                folder: folder.path, index: request.index,
                header: context.header(seed: request.seed, policy: "test", schedule: .realtime))
        }
        let session = RealtimeSession(setting: context.setting, stepRate: 20, channels: channels)
        let summary = try context.run(
            session, [EpisodeRequest(index: 0, seed: 1)], source: .expert(of: context.task, noise: 0),
            recording: (recorder, events), report: { _ in })
        #expect(summary.results.map(\.ending) == [.horizon] && summary.dropped == 0)
        #expect(summary.allocations ?? 0 == 0)
        let reader = try EpisodeReader(path: Dataset.episodePath(folder: folder.path, index: 0))
        let steps = try reader.steps()
        try #require(steps.count == 8)
        for camera in reader.header.cameras {
            var sequence: UInt64 = 0
            for (number, step) in steps.enumerated() {
                let frame = try reader.frame(camera, step: number)
                #expect(frame.time <= step.time && frame.sequence >= sequence)
                sequence = frame.sequence
            }
            #expect(sequence > 1)
        }
    }

    /// An inference loop with one camera, beside a control loop that a test plays.
    private struct Bench: ~Copyable {
        let channels = ControlChannels(cycleCapacity: 64)
        let feed = CameraFeed(name: "wrist", width: 8, height: 8, ageLimit: 200_000_000)
        let events = RecorderQueue(capacity: 1000)
        var loop: InferenceLoop
        var now: UInt64 = 1_000_000_000
        var snapshot = ControlSnapshot()

        init() throws {
            let context = try TestJob.context(horizon: 50)
            var setting = context.setting
            setting.settlingSteps = 0
            setting.chunkPatienceSteps = 5
            loop = InferenceLoop(
                setting: setting, source: .recorded([]), channels: channels, events: events, cameras: [feed])
            var task = context.task.initialScene(seed: 1)
            swap(&task, &snapshot.measurement.scene)
            loop.begin(EpisodeRequest(index: 0, seed: 1), now: MonotonicTime(nanoseconds: now))
            snapshot.episodeSequence = 1
            snapshot.setpointSequence = 1
        }

        /// One step, 50 ms after the last one, with a frame that old (ms) where there is one.
        mutating func step(frameAge: UInt64?) -> InferenceLoop.Event {
            now += 50_000_000
            if let frameAge {
                feed.publish(
                    Image(width: 8, height: 8), time: MonotonicTime(nanoseconds: now - frameAge * 1_000_000))
            }
            snapshot.measurement.state.time = MonotonicTime(nanoseconds: now)
            channels.snapshot.publish(snapshot)
            return loop.step(now: MonotonicTime(nanoseconds: now))
        }

        var setpoint: Setpoint.Kind {
            var setpoint = Setpoint()
            _ = channels.setpoint.read(into: &setpoint)
            return setpoint.kind
        }
    }

    @Test("A camera that freezes ends the episode in one line, and the robot is held; nothing recorded is lost")
    func freezes() throws {
        var bench = try Bench()
        for _ in 0..<3 {
            guard case .stepped = bench.step(frameAge: 20) else { Issue.record("no step was taken"); return }
        }
        // Up to the limit the frame is good enough.
        for _ in 0..<3 {
            guard case .stepped = bench.step(frameAge: nil) else { Issue.record("no step was taken"); return }
        }
        guard case .ended(let result) = bench.step(frameAge: nil) else { Issue.record("it went on"); return }
        #expect(result.ending == .cameraFault && result.steps == 6)
        #expect(result.detail == "camera 'wrist': its newest frame is 220 ms old; 200 ms are allowed")
        #expect(bench.setpoint == .hold)
        #expect(Driving.status(of: result) == .cameraFault)
        #expect(Driving.reason(result) == "episode 0, step 6: \(result.detail)")
        let steps = bench.events.takeAll().compactMap { event in
            if case .step(let step) = event { step } else { nil }
        }
        #expect(steps.count == 6 && steps.last?.isDone == true && steps.allSatisfy { $0.frames.count == 1 })
    }

    @Test("Before the first step the robot is held until the camera shows something, for a while")
    func neverShowsAnything() throws {
        var bench = try Bench()
        for _ in 0..<5 {
            guard case .preparing = bench.step(frameAge: nil) else { Issue.record("it did not wait"); return }
            #expect(bench.setpoint == .hold)
        }
        guard case .ended(let result) = bench.step(frameAge: nil) else { Issue.record("it waits on"); return }
        #expect(result.ending == .cameraFault && result.steps == 0)
        #expect(result.detail == "camera 'wrist': it has not given one frame")
        var late = try Bench()
        _ = late.step(frameAge: nil)
        guard case .stepped = late.step(frameAge: 0) else { Issue.record("a late first frame was not taken"); return }
    }

    @Test("What is wrong with a camera's entry is named with its place")
    func badEntries() throws {
        let text = try String(contentsOfFile: packagePath + "/configs/square-images.yaml", encoding: .utf8)
        func faults(_ entries: String) throws -> String {
            let start = try #require(text.range(of: "cameras:\n")).upperBound
            let end = try #require(text.range(of: "\n\n# Demonstrations")).lowerBound
            let changed = text.replacingCharacters(in: start..<end, with: entries)
            let document = try Document(text: changed, path: packagePath + "/configs/job.yaml")
            do {
                _ = try JobConfiguration.decode(document)
                return "nothing"
            } catch {
                return "\(error)"
            }
        }
        #expect(try faults("  - {name: agentview, width: 84, height: 84}") == "nothing")
        #expect(
            try faults("  - {name: a/b, width: 84, height: 84}").contains(
                "name is 'a/b'; write letters, digits, - and _ alone"))
        #expect(try faults("  - {name: a, width: 4, height: 84}").contains("width is 4"))
        #expect(
            try faults("  - {name: a, width: 84, height: 84, device: /dev/video0, pipeline: videotestsrc}").contains(
                "a camera has one of them"))
        #expect(
            try faults("  - {name: a, width: 84, height: 84}\n  - {name: a, width: 84, height: 84}").contains(
                "is a second camera with the name 'a'"))
        #expect(
            try faults("  - {name: a, width: 84, height: 84, calibration: nowhere.yaml}").contains("does not exist"))
        #expect(try faults("  - {name: a, width: 84, height: 84, fov: 3}").contains("unknown key 'fov'"))
    }

    @Test("A job with cameras is written out so that it reads back the same")
    func writtenOut() throws {
        let context = try Self.context(horizon: 5) { job in
            job.cameras[0].source = .device("/dev/video7")
            job.cameras[1].source = .pipeline("videotestsrc ! identity")
        }
        let document = try Document(text: context.job.yaml.document, path: context.job.path)
        #expect(try JobConfiguration.decode(document).cameras == context.job.cameras)
    }

    @Test("A calibration is recorded for the pictures as they are fitted; one of another camera is refused")
    func calibration() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/agentview.yaml"
        try Data(
            """
            camera: agentview
            time: "2026-11-25T10:00:00Z"
            width: 640
            height: 480
            focal_length: [600, 600]
            principal_point: [319.5, 239.5]
            distortion: [0.1, -0.2, 0, 0, 0]
            pose:
              position: [1 m, 0 m, 0.5 m]
              rotation: [0 rad, 0 rad, 0 rad]
            """.utf8
        ).write(to: URL(fileURLWithPath: path))
        let context = try Self.context(horizon: 5) { job in
            job.cameras[0].calibrationPath = path
            (job.cameras[0].width, job.cameras[0].height) = (224, 224)
        }
        let camera = context.episodeCameras[0]
        #expect(camera.focalLength == [210, 210] && camera.principalPoint == [111.5, 111.5])
        #expect(camera.distortion == [0.1, -0.2, 0, 0, 0] && camera.body == "base" && camera.position == [1, 0, 0.5])
        let error = #expect(throws: ConfigurationError.self) {
            _ = try Self.context(horizon: 5) { $0.cameras[1].calibrationPath = path }
        }
        #expect(
            error.map { "\($0)" }
                == "\(path):1:9: camera is 'agentview'; this is the calibration of another camera than 'robot0_eye_in_hand'"
        )
    }
}
