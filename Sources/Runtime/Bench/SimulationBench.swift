import Control
import Dispatch
import Foundation
import Robots
import Simulation
import Synchronization

/// How fast an episode runs in lockstep, beside its physics alone, and several of them side by side.
struct SimulationBench {
    let rounds: Int
    let effort: BenchEffort
    let context: JobContext
    let episode: BenchEpisode

    init(_ job: BenchJob, _ context: JobContext, _ episode: BenchEpisode) {
        rounds = job.rounds
        effort = job.effort
        self.context = context
        self.episode = episode
    }

    func run() throws -> BenchLayer {
        var layer = BenchLayer()
        var sessions: [Double] = []
        var physics: [Double] = []
        let environment = try SimulationEnvironment(context: context, limit: effort.policySteps)
        var driver = try SimulatedRobot(task: context.task, robot: context.robot)
        for _ in 0..<rounds {
            sessions.append(try environment.cyclesPerSecond(episode.request, clock: processorSeconds))
            physics.append(try replay(on: &driver))
        }
        let ratios = zip(sessions, physics).map { $0 / $1 }
        layer.add("session", BenchFigure("lockstep session", unit: "cycles/s", rounds: sessions))
        layer.add("physics", BenchFigure("its physics alone, same states", unit: "cycles/s", rounds: physics))
        layer.add("sessionRatio", BenchFigure("session over physics", unit: "", rounds: ratios))
        try addCLoop(to: &layer)
        try addParallel(to: &layer)
        let real = context.robot.control.rate
        layer.notes.append(
            "a cycle is \(driver.stepsPerCycle) physics step(s), \(Results.rounded(1000 / real)) ms; "
                + "\(episode.cycles.count) cycles a round, contacts included; seconds are of the processor, "
                + "but for two environments of the wall clock")
        return layer
    }

    /// Gives the driver the commands of the episode; the states must come out the same.
    private func replay(on driver: inout SimulatedRobot) throws -> Double {
        guard driver.reset(to: context.task.initialScene(seed: episode.request.seed)) else {
            throw JobError(.softwareFault, "the simulation does not take the task's scene")
        }
        var measurement = Measurement()
        guard let last = episode.cycles.last else { return 0 }
        let time = processorSeconds {
            for cycle in episode.cycles.dropLast() { driver.write(cycle.executed) }
        }
        driver.read(into: &measurement, now: last.state.time)
        for joint in 0..<context.robot.jointCount {
            guard measurement.state.jointPositions[joint] == last.state.jointPositions[joint] else {
                throw JobError(.softwareFault, "physics alone came to another state than the session")
            }
        }
        return Double(episode.cycles.count - 1) / time
    }

    /// The control loop with its simulation beside a plain loop over MuJoCo's C interface.
    private func addCLoop(to layer: inout BenchLayer) throws {
        let result = try SimulationBenchmark.run(
            task: context.task, robot: context.robot, rounds: rounds, policySteps: min(effort.policySteps, 200))
        let (loop, bare) = (result.lockstepStepsPerSecond, result.plainStepsPerSecond)
        layer.add("loop", BenchFigure("control loop and physics", unit: "steps/s", rounds: loop))
        layer.add("bare", BenchFigure("MuJoCo's C interface, same states", unit: "steps/s", rounds: bare))
        let ratios = zip(loop, bare).map { $0 / $1 }
        layer.add("ratio", BenchFigure("control loop over C interface", unit: "", rounds: ratios))
    }

    private func addParallel(to layer: inout BenchLayer) throws {
        let environments = try (0..<2).map { _ in
            try SimulationEnvironment(context: context, limit: effort.policySteps)
        }
        var alone: [Double] = []
        var together: [Double] = []
        for _ in 0..<rounds {
            alone.append(try environments[0].cyclesPerSecond(episode.request, clock: seconds))
            let failure = Mutex<(any Error)?>(nil)
            let cycles = Atomic(0)
            let request = episode.request
            let time = seconds {
                DispatchQueue.concurrentPerform(iterations: environments.count) { index in
                    do {
                        cycles.add(try environments[index].run(request), ordering: .relaxed)
                    } catch {
                        failure.withLock { $0 = error }
                    }
                }
            }
            if let error = failure.withLock({ $0 }) { throw error }
            together.append(Double(cycles.load(ordering: .relaxed)) / time)
        }
        layer.add("twoWorkers", BenchFigure("two environments side by side", unit: "cycles/s", rounds: together))
        let speedUps = zip(together, alone).map { $0 / $1 }
        layer.add("speedUp", BenchFigure("speed-up of two workers", unit: "times", rounds: speedUps))
    }
}

/// A lockstep session with the expert, used by one thread at a time.
private final class SimulationEnvironment: @unchecked Sendable {
    private let channels: ControlChannels
    private var session: LockstepSession
    private let limit: Int

    init(context: JobContext, limit: Int) throws {
        channels = context.makeChannels()
        session = try context.makeBenchSession(channels: channels, events: nil)
        self.limit = limit
    }

    /// Runs an episode; returns its control cycles.
    func run(_ request: EpisodeRequest) throws -> Int {
        let before = session.cycles
        var asked = 0
        _ = try session.run(request) {
            asked += 1
            return asked > limit
        }
        return Int(session.cycles - before)
    }

    /// Runs an episode; returns its control cycles for each second by this clock.
    func cyclesPerSecond(
        _ request: EpisodeRequest, clock: (() throws -> Void) throws -> Double
    ) throws -> Double {
        var cycles = 0
        let time = try clock { cycles = try run(request) }
        return Double(cycles) / time
    }
}
