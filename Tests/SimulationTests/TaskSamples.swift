import CMuJoCo
import Robots
import Testing

@testable import Simulation

/// What tests of tasks share.
enum TaskSamples {
    /// All values are in the range, and some are within 2 % of each end.
    static func expect(
        _ values: [Double], fill range: ClosedRange<Double>, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let margin = 0.02 * (range.upperBound - range.lowerBound)
        #expect(values.allSatisfy { range.contains($0) }, sourceLocation: sourceLocation)
        #expect((values.min() ?? .infinity) <= range.lowerBound + margin, sourceLocation: sourceLocation)
        #expect((values.max() ?? -.infinity) >= range.upperBound - margin, sourceLocation: sourceLocation)
    }

    /// What an object of a task's scene weighs in the physics, without parts that are joined to it, kg.
    static func mass(of object: String, in task: any ManipulationTask, robot: RobotDescription) throws -> Double {
        let driver = try SimulatedRobot(task: task, robot: robot)
        let body = Int(mj_name2id(driver.model, Int32(mjOBJ_BODY.rawValue), object))
        try #require(body >= 0, "the scene has no '\(object)'")
        return driver.model.pointee.body_mass[body]
    }
}

/// An episode that a task's expert drove through the control loop.
struct ExpertEpisode {
    var isSuccess = false
    var steps = 0
    var actions: [[Float]] = []
    var phases: [String] = []
    var ending = SceneSnapshot()

    /// - Parameter disturb: may change the scene before a step; it says whether it did.
    init(
        _ task: any ManipulationTask, robot: RobotDescription, seed: UInt64, noise: Double = 0.05,
        disturb: (Int, inout SceneSnapshot) -> Bool = { _, _ in false }
    ) throws {
        var cell = try LockstepCell(task: task, robot: robot)
        try cell.begin(task.initialScene(seed: seed))
        var expert = task.makeExpert(seed: seed, noise: noise)
        for step in 0..<task.horizon {
            steps = step
            ending = cell.scene
            if task.isSuccess(cell.snapshot.measurement, toolPose: cell.snapshot.toolPose) {
                isSuccess = true
                break
            }
            var scene = cell.scene
            if disturb(step, &scene) {
                let isMoved = cell.loop.driver.reset(to: scene)
                #expect(isMoved)
            }
            let action = expert.action(for: cell.snapshot.measurement, toolPose: cell.snapshot.toolPose)
            actions.append(action)
            if phases.last != expert.phase { phases.append(expert.phase) }
            cell.apply(action)
        }
    }
}
