internal import CMuJoCo
internal import Glibc
public import Robots

/// How fast a task runs in lockstep, beside its bare physics.
///
/// Both sides make the same physics steps on the same states: the controls of a lockstep run are kept and stepped again
/// by a plain loop over MuJoCo's C interface. Times are those of the processor, and rounds of the two alternate, so that
/// what else the machine does weighs little and on both.
public enum SimulationBenchmark {
    /// What was measured.
    public struct Result: Sendable {
        /// Physics steps per second of processor time of the whole lockstep loop (read, control, safety, physics, publish), each round.
        public var lockstepStepsPerSecond: [Double]
        /// Physics steps per second of processor time of the plain loop, each round.
        public var plainStepsPerSecond: [Double]

        /// Lockstep over plain, of the median rounds: also the part of a lockstep step that is physics.
        public var ratio: Double { median(lockstepStepsPerSecond) / median(plainStepsPerSecond) }

        private func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
    }

    /// Why there is no result.
    public struct Failure: Error, CustomStringConvertible {
        /// What went wrong.
        public var description: String
    }

    /// Runs the expert through the control loop for `policySteps` policy steps a round, from the scene of seed 0.
    ///
    /// - Precondition: `rounds` and `policySteps` are positive.
    /// - Throws: ``SceneError``, the control loop's own error, or ``Failure`` if the two sides end in different states.
    public static func run(
        task: any ManipulationTask, robot: RobotDescription, rounds: Int = 5, policySteps: Int = 100
    ) throws -> Result {
        precondition(rounds > 0 && policySteps > 0, "a benchmark needs rounds and steps")
        var cell = try LockstepCell(task: task, robot: robot)
        let controls = try record(&cell, task: task, policySteps: policySteps)
        let ending = cell.scene
        var result = Result(lockstepStepsPerSecond: [], plainStepsPerSecond: [])
        for _ in 0..<rounds {
            let lockstep = try time(steps: controls.steps) { try run(&cell, task: task, policySteps: policySteps) }
            result.lockstepStepsPerSecond.append(lockstep)
            guard cell.scene.isIdentical(to: ending) else {
                throw Failure(description: "two equal lockstep runs ended differently")
            }
            let plain = try time(steps: controls.steps) {
                try controls.replay(on: &cell, from: task.initialScene(seed: 0))
            }
            result.plainStepsPerSecond.append(plain)
            guard cell.scene.isIdentical(to: ending) else {
                throw Failure(description: "the plain loop ended in another state")
            }
        }
        return result
    }

    private static func time(steps: Int, _ body: () throws -> Void) rethrows -> Double {
        let start = processorTime()
        try body()
        return Double(steps) / (processorTime() - start)
    }

    /// What this thread has used of its core, s: other work on the machine does not count.
    private static func processorTime() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    private static func run(_ cell: inout LockstepCell, task: any ManipulationTask, policySteps: Int) throws {
        try cell.begin(task.initialScene(seed: 0))
        var expert = task.makeExpert(seed: 0, noise: 0)
        for _ in 0..<policySteps {
            let action = expert.action(for: cell.snapshot.measurement, toolPose: cell.snapshot.toolPose)
            cell.apply(action)
        }
    }

    private static func record(
        _ cell: inout LockstepCell, task: any ManipulationTask, policySteps: Int
    ) throws -> Controls {
        var controls = Controls(count: Int(cell.loop.driver.model.pointee.nu), perCycle: cell.loop.driver.stepsPerCycle)
        try cell.begin(task.initialScene(seed: 0))
        controls.keep(cell.loop.driver)
        var expert = task.makeExpert(seed: 0, noise: 0)
        for _ in 0..<policySteps {
            let action = expert.action(for: cell.snapshot.measurement, toolPose: cell.snapshot.toolPose)
            cell.apply(action) { controls.keep($0) }
        }
        return controls
    }

    /// What the actuators were given, cycle by cycle.
    private struct Controls {
        let count: Int
        let perCycle: Int
        var values: [Double] = []

        init(count: Int, perCycle: Int) {
            self.count = count
            self.perCycle = perCycle
        }

        var steps: Int { values.count / count * perCycle }

        mutating func keep(_ driver: borrowing SimulatedRobot) {
            for actuator in 0..<count { values.append(driver.data.pointee.ctrl[actuator]) }
        }

        func replay(on cell: inout LockstepCell, from scene: SceneSnapshot) throws {
            guard cell.loop.driver.reset(to: scene) else { throw Failure(description: "the scene does not fit") }
            cell.loop.driver.release()
            let model = cell.loop.driver.model
            let data = cell.loop.driver.data
            for cycle in 0..<(values.count / count) {
                for actuator in 0..<count { data.pointee.ctrl[actuator] = values[cycle * count + actuator] }
                for _ in 0..<perCycle { mj_step(model, data) }
            }
        }
    }
}
