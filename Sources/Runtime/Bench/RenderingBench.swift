import Robots
import Simulation

/// How many pictures of the scene can be drawn.
struct RenderingBench {
    let rounds: Int
    let effort: BenchEffort
    let context: JobContext

    init(_ job: BenchJob, _ context: JobContext) {
        rounds = job.rounds
        effort = job.effort
        self.context = context
    }

    func run() throws -> BenchLayer {
        var layer = BenchLayer()
        do {
            _ = try Renderer.checkGraphics()
        } catch {
            layer.notes.append("not measured: \(error)")
            return layer
        }
        guard let camera = context.task.cameras.first?.name else {
            layer.notes.append("not measured: the task has no camera")
            return layer
        }
        let small = try Renderer(task: context.task, robot: context.robot, width: 84, height: 84, visuals: .collision)
        let large = try Renderer(task: context.task, robot: context.robot, width: 640, height: 480, visuals: .full)
        var (smallRates, largeRates): ([Double], [Double]) = ([], [])
        try draw(small, 1, camera: camera)
        try draw(large, 1, camera: camera)
        for _ in 0..<rounds {
            smallRates.append(try rate(small, effort.pictures.small, camera: camera))
            largeRates.append(try rate(large, effort.pictures.large, camera: camera))
        }
        layer.add("small", BenchFigure("84 × 84, collision geoms", unit: "pictures/s", rounds: smallRates))
        layer.add("large", BenchFigure("640 × 480, full", unit: "pictures/s", rounds: largeRates))
        return layer
    }

    private func rate(_ renderer: Renderer, _ count: Int, camera: String) throws -> Double {
        Double(count) / (try seconds { try draw(renderer, count, camera: camera) })
    }

    private func draw(_ renderer: Renderer, _ count: Int, camera: String) throws {
        for index in 0..<count {
            _ = try renderer.render(scene: context.task.initialScene(seed: UInt64(index)), camera: camera)
        }
    }
}
