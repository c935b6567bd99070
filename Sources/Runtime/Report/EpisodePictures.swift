import Cameras
import Episodes
import Foundation
import Robots
import Simulation

/// Draws recorded episodes.
struct EpisodePictures {
    private let renderer: Renderer
    private let camera: String

    /// - Throws: ``PictureError`` if this machine cannot draw.
    init(task: any ManipulationTask, robot: RobotDescription, width: Int = 320, height: Int = 240) throws(PictureError)
    {
        do {
            renderer = try Renderer(task: task, robot: robot, width: width, height: height, visuals: .full)
        } catch {
            throw PictureError(description: error.description)
        }
        // A picture for people, where the task has one; otherwise what the policy would see.
        camera = task.cameras.first { $0.name == "overview" }?.name ?? task.cameras.first?.name ?? ""
    }

    /// `count` pictures of an episode side by side, as PNG.
    func strip(of reader: EpisodeReader, count: Int) throws -> Data {
        let steps = try reader.steps()
        guard !steps.isEmpty else {
            throw EpisodeError(.content, path: reader.path, message: "there is no step to draw")
        }
        let images = try (0..<count).map { index in
            let step = count == 1 ? steps.count - 1 : index * (steps.count - 1) / (count - 1)
            return try renderer.render(scene: steps[step].scene, camera: camera)
        }
        return Data(try Image.contactSheet(images, columns: min(3, count)).png())
    }
}
