import Cameras
import Realtime
import Robots
import Simulation

/// How many pictures of the scene can be drawn, beside another program that draws the same where one was named.
struct RenderingBench {
    /// Edges of the pictures that policies see, px.
    static let sizes = [84, 224]

    let rounds: Int
    let effort: BenchEffort
    let context: JobContext
    let peer: [String]

    init(_ job: BenchJob, _ context: JobContext) {
        rounds = job.rounds
        effort = job.effort
        self.context = context
        peer = job.renderingPeer
    }

    func run() throws -> BenchLayer {
        var layer = BenchLayer()
        do {
            _ = try Renderer.checkGraphics()
        } catch {
            layer.notes.append("not measured: \(error)")
            return layer
        }
        let cameras = ["agentview", context.robot.cameras.first?.name].compactMap { $0 }.filter { name in
            context.robot.cameras.contains { $0.name == name } || context.task.cameras.contains { $0.name == name }
        }
        guard !cameras.isEmpty else {
            layer.notes.append("not measured: the task has no camera")
            return layer
        }
        for size in Self.sizes { try measure(size, cameras, into: &layer) }
        try measureLarge(into: &layer)
        return layer
    }

    private var scenes: [SceneSnapshot] { (0..<16).map { context.task.initialScene(seed: $0) } }

    /// Pictures of that size through each camera in turn, as episodes have them.
    private func measure(_ size: Int, _ cameras: [String], into layer: inout BenchLayer) throws {
        let scenes = scenes
        let feeds = cameras.map { CameraFeed(name: $0, width: size, height: size) }
        let drawing = try SceneCameras(feeds: feeds, task: context.task, robot: context.robot)
        try drawing.step(scene: scenes[0], time: .zero)
        let peer = try startPeer(scenes, cameras, size, ours: feeds.compactMap { $0.newest()?.image })
        defer { peer?.finish() }
        let steps = max(1, effort.pictures.small / cameras.count)
        var (rates, peerRates) = ([Double](), [Double]())
        for _ in 0..<rounds {
            let time = try seconds {
                for step in 0..<steps { try drawing.step(scene: scenes[step % scenes.count], time: .zero) }
            }
            rates.append(Double(steps * cameras.count) / time)
            if let round = try peer?.run(pictures: steps * cameras.count) {
                peerRates.append(Double(steps * cameras.count) / round.seconds)
            }
        }
        let label = "\(size) × \(size), collision geoms"
        let figure = BenchFigure(label, unit: "pictures/s", rounds: rates)
        guard let peer else { return layer.add("edge\(size)", figure) }
        let other = BenchFigure("\(label), \(peer.name)", unit: "pictures/s", rounds: peerRates)
        layer.add("edge\(size)", figure.compared(with: other.median, "\(peer.name)'s"))
        layer.add("edge\(size)Peer", other)
        layer.add(
            "edge\(size)Ratio",
            BenchFigure("ratio of neighbouring rounds", unit: "×", rounds: zip(rates, peerRates).map { $0 / $1 }))
        layer.notes.append(
            "\(peer.name)'s pictures of \(size) × \(size) differ from ours by \(Results.rounded(peer.difference)) of 255 in the mean"
        )
    }

    private func startPeer(
        _ scenes: [SceneSnapshot], _ cameras: [String], _ size: Int, ours: [Image]
    ) throws -> RenderingPeer? {
        guard !peer.isEmpty else { return nil }
        return try RenderingPeer(
            command: peer, context: context, scenes: scenes, cameras: cameras, size: size, ours: ours)
    }

    /// Pictures for people.
    private func measureLarge(into layer: inout BenchLayer) throws {
        guard let camera = context.task.cameras.first?.name else { return }
        let renderer = try Renderer(
            task: context.task, robot: context.robot, width: 640, height: 480, visuals: .full)
        let scenes = scenes
        _ = try renderer.render(scene: scenes[0], camera: camera)
        var rates: [Double] = []
        for _ in 0..<rounds {
            let time = try seconds {
                for index in 0..<effort.pictures.large {
                    _ = try renderer.render(scene: scenes[index % scenes.count], camera: camera)
                }
            }
            rates.append(Double(effort.pictures.large) / time)
        }
        layer.add("large", BenchFigure("640 × 480, full", unit: "pictures/s", rounds: rates))
    }
}
