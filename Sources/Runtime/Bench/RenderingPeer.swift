import Cameras
import Foundation
import Robots
import Simulation

/// Another program that draws the same pictures of the same scene.
///
/// It is called with a folder that `RenderingPeerFiles` wrote, the cameras' names with commas, and the size of their
/// pictures. It draws the first scene through each camera and writes the pixels to `CAMERA.rgb` in the folder, and says who
/// it is in one line of JSON. For every line on its standard input, a number of pictures, it draws them, scenes and cameras in
/// turn, and answers with a line of JSON.
final class RenderingPeer {
    /// What the peer says at its start.
    struct Introduction: Codable, Hashable {
        /// Who it is, with its version.
        var name: String
    }

    /// What it took the peer to draw its pictures.
    struct Round: Codable, Hashable {
        var seconds: Double
    }

    let name: String
    /// The mean difference of its first pictures from ours, of 255.
    let difference: Double
    private let program: BenchPeer<Introduction, Round>

    /// Starts it, has it draw a picture of each camera, and compares them.
    ///
    /// - Throws: ``JobError`` if it cannot be started, ends or gives something else.
    init(
        command: [String], context: JobContext, scenes: [SceneSnapshot], cameras: [String], size: Int,
        ours: [Image]
    ) throws {
        let folder = FileManager.default.temporaryDirectory.path + "/steadyhand-bench-rendering-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try RenderingPeerFiles.write(task: context.task, robot: context.robot, scenes: scenes, to: folder)
        program = try BenchPeer(
            "the renderer's", command: command + [folder, cameras.joined(separator: ","), String(size)])
        name = program.introduction.name
        var (sum, count) = (0, 0)
        for (camera, image) in zip(cameras, ours) {
            let pixels = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(camera).rgb"))
            guard pixels.count == image.pixels.count else {
                throw JobError(
                    .unavailable, "the renderer's peer drew \(pixels.count) bytes, expected \(image.pixels.count)")
            }
            for (theirs, own) in zip(pixels, image.pixels) { sum += abs(Int(theirs) - Int(own)) }
            count += pixels.count
        }
        difference = Double(sum) / Double(max(1, count))
    }

    /// Has it draw so many pictures.
    func run(pictures: Int) throws -> Round { try program.run(pictures) }

    /// Ends it.
    func finish() { program.finish() }
}
