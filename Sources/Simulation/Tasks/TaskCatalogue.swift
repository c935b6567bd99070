public import Robots

/// Every task there is.
public enum TaskCatalogue {
    static let tasks: [any ManipulationTask.Type] = [
        SquareTask.self, ThreadingTask.self, NutAssemblyTask.self, CoffeeTask.self, HammerCleanupTask.self,
        MugCleanupTask.self, FreeTask.self,
    ]

    /// The names of all tasks.
    public static var names: [String] { tasks.map { $0.name } }

    /// The task of that name, for this robot.
    ///
    /// - Throws: ``TaskError`` if there is no such task or variant, or the robot does not suit it.
    public static func task(
        named name: String, variant: String, robot: RobotDescription
    ) throws(TaskError) -> any ManipulationTask {
        guard let type = tasks.first(where: { $0.name == name }) else {
            throw TaskError("there is no task '\(name)'; there is: \(names.joined(separator: ", "))")
        }
        guard type.variants.contains(variant) else {
            throw TaskError(
                "task '\(name)' has no variant '\(variant)'; it has: \(type.variants.joined(separator: ", "))")
        }
        return try type.init(variant: variant, robot: robot)
    }
}
