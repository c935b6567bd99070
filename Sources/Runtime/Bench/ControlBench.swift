import Control
import Realtime
import Robots

/// What the control loop itself costs, without any backend: a recorded episode is played back to it.
struct ControlBench {
    /// Longest that 99 % of the loop's cycles may take, µs.
    static let limit = 50.0

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
        var own: [LatencySummary] = []
        var stages: [String: [Double]] = [:]
        var paced: [LatencySummary] = []
        var models: [Double] = []
        var controllers: [Double] = []
        for _ in 0..<rounds {
            var loop = try makeLoop()
            for recorded in episode.cycles { loop.cycle(recorded) }
            own.append(loop.control.core.histograms.own.summary)
            loop.addStages(to: &stages)
            paced.append(try runPaced())
            models.append(try timeModel())
            controllers.append(try timeController())
        }
        var layer = BenchLayer()
        let limit = "the limit"
        layer.add("ownP50", BenchFigure("loop's own share, p50", unit: "µs", rounds: own.map(\.p50)))
        layer.add(
            "ownP99",
            BenchFigure("loop's own share, p99", unit: "µs", rounds: own.map(\.p99)).compared(with: Self.limit, limit))
        layer.add("pacedP50", BenchFigure("the same at the robot's rate, p50", unit: "µs", rounds: paced.map(\.p50)))
        layer.add(
            "pacedP99",
            BenchFigure("the same at the robot's rate, p99", unit: "µs", rounds: paced.map(\.p99))
                .compared(with: Self.limit, limit))
        for (name, values) in stages.sorted(by: { $0.key < $1.key }) {
            layer.add(name + "P50", BenchFigure("stage \(name), p50", unit: "µs", rounds: values))
        }
        layer.add("model", BenchFigure("arm model's update alone, mean", unit: "µs", rounds: models))
        layer.add("controller", BenchFigure("tool controller alone, p50", unit: "µs", rounds: controllers))
        layer.notes.append(
            "\(episode.cycles.count) cycles a round; a stage includes reading the clock twice, about 0.05 µs")
        return layer
    }

    private func makeLoop() throws -> PlaybackLoop {
        try PlaybackLoop(episode: episode, robot: context.robot)
    }

    /// The loop's own share when it is woken at the robot's rate, so that caches are as cold as in a run.
    private func runPaced() throws -> LatencySummary {
        let period = context.cyclePeriod
        let cycles = min(episode.cycles.count, Int(effort.pacedSeconds * context.robot.control.rate))
        let loop = Handover(try makeLoop())
        let box = LatencySummaryBox()
        var options = context.robot.realtime.options
        options.onRefusal = .warn
        let recorded = episode.cycles
        let thread = try RealtimeThread.start(name: "control", options: options) { _ in
            var loop = loop.take()
            var pacer = CyclePacer(period: period, spin: 0, overrunBudget: OverrunBudget(limit: .max))
            pacer.start()
            for index in 0..<cycles {
                _ = pacer.wait()
                loop.cycle(recorded[index])
            }
            box.set(loop.control.core.histograms.own.summary)
        }
        thread.join()
        return box.summary
    }

    private func timeModel() throws -> Double {
        var model = try ArmModel(robot: context.robot)
        let time = processorSeconds {
            for cycle in episode.cycles {
                model.update(
                    positions: cycle.state.jointPositions, velocities: cycle.state.jointVelocities,
                    gripperOpening: cycle.state.gripper.opening)
            }
        }
        return time / Double(episode.cycles.count) * 1e6
    }

    private func timeController() throws -> Double {
        var model = try ArmModel(robot: context.robot)
        let controller = OperationalSpaceController(robot: context.robot)
        var histogram = LatencyHistogram()
        var sum = 0.0
        for cycle in episode.cycles {
            model.update(
                positions: cycle.state.jointPositions, velocities: cycle.state.jointVelocities,
                gripperOpening: cycle.state.gripper.opening)
            var goal = model.toolPose
            goal.position.x += 0.02
            let start = MonotonicClock.now()
            guard let inertia = model.massMatrix.cholesky(count: model.jointCount) else { continue }
            let result = controller.torques(
                towards: goal, model: model, inertia: inertia, positions: cycle.state.jointPositions,
                velocities: cycle.state.jointVelocities)
            histogram.record(nanoseconds: MonotonicClock.now().nanoseconds(since: start))
            sum += result.torques[0]
        }
        guard sum.isFinite else { throw JobError(.softwareFault, "the controller gave torques that are not finite") }
        return histogram.summary.p50
    }
}
