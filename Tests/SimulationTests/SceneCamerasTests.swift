import Cameras
import Foundation
import Numerics
import Realtime
import Robots
import Testing

@testable import Simulation

@Suite("Cameras of a scene", .serialized)
struct SceneCamerasTests {
    static let names = ["agentview", "robot0_eye_in_hand"]

    static func feeds(
        _ sizes: [(Int, Int)] = [(84, 84), (48, 64)], names: [String] = SceneCamerasTests.names
    ) -> [CameraFeed] {
        zip(names, sizes).map { CameraFeed(name: $0, width: $1.0, height: $1.1) }
    }

    static func frames(_ feeds: [CameraFeed]) throws -> [CameraFrame] {
        try feeds.map { feed in
            var frame = CameraFrame(width: feed.width, height: feed.height)
            try #require(feed.read(into: &frame))
            return frame
        }
    }

    @Test(
        "Every task is seen by its first camera and by the wrist's, the same twice",
        arguments: TaskCatalogue.tasks.map { $0.name })
    func everyTask(_ name: String) throws {
        let robot = try TestRobot.panda()
        let variants = try #require(TaskCatalogue.tasks.first { $0.name == name }).variants
        for variant in variants {
            let task = try TaskCatalogue.task(named: name, variant: variant, robot: robot)
            let camera = try #require(task.cameras.first)
            let names = [camera.name, "robot0_eye_in_hand"]
            let feeds = Self.feeds(names: names)
            let cameras = try SceneCameras(feeds: feeds, task: task, robot: robot)
            let (first, second) = (task.initialScene(seed: 1), task.initialScene(seed: 2))
            let time = MonotonicTime(nanoseconds: 77)
            try cameras.step(scene: first, time: time)
            let drawn = try Self.frames(feeds)
            for (frame, feed) in zip(drawn, feeds) {
                #expect(frame.time == time && frame.sequence == 1)
                #expect(Set(frame.image.pixels).count > 20, "\(feed.name) sees nothing of \(name) \(variant)")
            }
            try cameras.step(scene: second, time: time)
            if !second.isIdentical(to: first) {
                #expect(try Self.frames(feeds).map(\.image) != drawn.map(\.image))
            }
            cameras.restartCounting()
            try cameras.step(scene: first, time: time)
            #expect(try Self.frames(feeds) == drawn)
            // Another renderer, as another worker has, draws the same.
            let again = Self.feeds(names: names)
            try SceneCameras(feeds: again, task: task, robot: robot).step(scene: first, time: time)
            #expect(try Self.frames(again) == drawn)
        }
    }

    @Test("The wrist's camera moves with the hand, and its fingers are in the picture")
    func wristMoves() throws {
        let robot = try TestRobot.panda()
        let task = try SquareTask(variant: "d0", robot: robot)
        let renderer = try Renderer(task: task, robot: robot, width: 64, height: 64, visuals: .collision)
        var scene = task.initialScene(seed: 1)
        let open = try renderer.render(scene: scene, camera: "robot0_eye_in_hand")
        scene[task.layout.positionOffset + 7] = 0
        scene[task.layout.positionOffset + 8] = 0
        let closed = try renderer.render(scene: scene, camera: "robot0_eye_in_hand")
        #expect(open != closed)
        scene[task.layout.positionOffset + 6] += 0.5
        #expect(try renderer.render(scene: scene, camera: "robot0_eye_in_hand") != closed)
    }

    @Test("A calibration puts a simulated camera where the real one is, with its field of view")
    func calibrated() throws {
        let robot = try TestRobot.panda()
        let task = try SquareTask(variant: "d0", robot: robot)
        let agent = try #require(task.cameras.first { $0.name == "agentview" })
        var pose = task.basePose.inverse * agent.pose
        pose.orientation = pose.orientation.lookingBackwards
        // 45° down, as the published camera has.
        let same = Self.calibration(pose: pose, size: SIMD2(640, 640), focalLength: 320 / tan(.pi / 8))
        let wide = Self.calibration(pose: pose, size: SIMD2(640, 640), focalLength: 320 / tan(0.6))
        func picture(_ calibrations: [CameraCalibration]) throws -> Image {
            let feeds = Self.feeds([(64, 64)])
            let cameras = try SceneCameras(feeds: feeds, task: task, robot: robot, calibrations: calibrations)
            try cameras.step(scene: task.initialScene(seed: 1), time: .zero)
            return try Self.frames(feeds)[0].image
        }
        let published = try picture([])
        let placed = try picture([same])
        let difference = zip(published.pixels, placed.pixels).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
        #expect(difference < published.pixels.count / 2)
        let other = zip(published.pixels, try picture([wide]).pixels).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
        #expect(other > 4 * published.pixels.count)
        // A picture that is longer than high leaves bars, as one of the real camera would.
        let long = try picture([Self.calibration(pose: pose, size: SIMD2(640, 480), focalLength: 240 / tan(.pi / 8))])
        let bar = 3 * 64 * 8
        #expect(long.pixels.prefix(bar).allSatisfy { $0 == 0 } && long.pixels.suffix(bar).allSatisfy { $0 == 0 })
        #expect(Set(long.pixels[bar..<bar + 3 * 64]).count > 5)
    }

    static func calibration(pose: Pose, size: SIMD2<Int>, focalLength: Double) -> CameraCalibration {
        CameraCalibration(
            camera: "agentview", time: "2026-11-25T10:00:00Z", size: size, focalLength: SIMD2(repeating: focalLength),
            principalPoint: SIMD2(Double(size.x) / 2, Double(size.y) / 2), body: nil, pose: pose)
    }

    @Test("A camera that is not there is named, with those that are")
    func unknown() throws {
        let robot = try TestRobot.panda()
        let task = try SquareTask(variant: "d0", robot: robot)
        let error = #expect(throws: RenderError.self) {
            _ = try SceneCameras(feeds: [CameraFeed(name: "ceiling", width: 8, height: 8)], task: task, robot: robot)
        }
        #expect(error?.description.hasPrefix("the scene has no camera 'ceiling'; it has ") == true)
        #expect(error?.description.contains("agentview") == true)
        var misplaced = Self.calibration(pose: Pose(), size: SIMD2(64, 64), focalLength: 60)
        misplaced.body = "nose"
        #expect(throws: RenderError.self) {
            _ = try SceneCameras(feeds: Self.feeds(), task: task, robot: robot, calibrations: [misplaced])
        }
    }
}
