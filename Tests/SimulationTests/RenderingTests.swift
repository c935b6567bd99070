import Foundation
import Robots
import Testing

@testable import Simulation

@Suite("Pictures", .serialized)
struct RenderingTests {
    @Test("A scene is drawn, and what moved in it shows")
    func renders() throws {
        let robot = try TestRobot.panda()
        let task = try SquareTask(variant: "d1", robot: robot)
        let renderer = try Renderer(task: task, robot: robot, width: 96, height: 64, visuals: .collision)
        let first = try renderer.render(scene: task.initialScene(seed: 1), camera: "agentview")
        let second = try renderer.render(scene: task.initialScene(seed: 2), camera: "agentview")
        #expect(first.width == 96 && first.height == 64 && first.pixels.count == 96 * 64 * 3)
        #expect(Set(first.pixels).count > 20)
        #expect(first != second)
        #expect(try renderer.render(scene: task.initialScene(seed: 1), camera: "agentview") == first)
        for camera in task.cameras {
            let image = try renderer.render(scene: task.initialScene(seed: 1), camera: camera.name)
            #expect(Set(image.pixels).count > 20, "\(camera.name) sees nothing")
        }
        #expect(throws: RenderError.self) {
            try renderer.render(scene: task.initialScene(seed: 1), camera: "nowhere")
        }
        #expect(throws: RenderError.self) { try renderer.render(scene: SceneSnapshot(), camera: "agentview") }
    }

    @Test("The red nut is where the camera must see it")
    func seesTheNut() throws {
        let robot = try TestRobot.panda()
        let task = try SquareTask(variant: "d0", robot: robot)
        var scene = task.initialScene(seed: 1)
        scene.setPose(Pose(position: SIMD3(0.1, -0.2, SquareTask.restHeight)), at: task.nutOffset)
        let renderer = try Renderer(task: task, robot: robot, width: 128, height: 128, visuals: .collision)
        let image = try renderer.render(scene: scene, camera: "agentview")
        // The camera faces the robot, so the robot's right (negative y) is in the left half of the picture.
        var columns: [Int] = []
        for pixel in 0..<(128 * 128) {
            let (red, green, blue) = (image.pixels[3 * pixel], image.pixels[3 * pixel + 1], image.pixels[3 * pixel + 2])
            if Int(red) > 2 * Int(green) && Int(red) > 2 * Int(blue) && red > 60 { columns.append(pixel % 128) }
        }
        #expect(columns.count > 20)
        #expect(columns.allSatisfy { $0 < 64 })
    }

    @Test("Without OpenGL there is an error that says what to install")
    func noOpenGL() {
        let error = #expect(throws: RenderError.self) { _ = try OffscreenContext(platform: 0x1234) }
        #expect(error?.description.contains("apt install libegl-mesa0 libgl1-mesa-dri") == true)
    }
}
