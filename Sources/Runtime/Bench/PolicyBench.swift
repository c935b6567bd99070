import Numerics
import Policies
import Realtime

/// How long the policy takes to propose a chunk.
struct PolicyBench {
    let rounds: Int
    let proposals: Int
    let context: JobContext
    let episode: BenchEpisode

    init(_ job: BenchJob, _ context: JobContext, _ episode: BenchEpisode) {
        rounds = job.rounds
        proposals = job.effort.proposals
        self.context = context
        self.episode = episode
    }

    func run() throws -> BenchLayer {
        let policy = try context.makeBenchTrainer(episode, workers: 1).policy()
        var random = RandomStream.derived(from: context.job.seed, 0)
        var summaries: [LatencySummary] = []
        for _ in 0..<rounds {
            var histogram = LatencyHistogram()
            for index in 0..<proposals {
                let observation = episode.steps[index % episode.steps.count].observation
                let start = MonotonicClock.now()
                _ = try policy.propose(observation: observation, step: index, random: &random)
                histogram.record(nanoseconds: MonotonicClock.now().nanoseconds(since: start))
            }
            summaries.append(histogram.summary)
        }
        // An answer has to be there when the steps between its observation and its first action are over.
        let deadline = Double(context.job.policy.lead) / context.job.inference.rate * 1e6
        var layer = BenchLayer()
        layer.add("p50", BenchFigure("proposal, p50", unit: "µs", rounds: summaries.map(\.p50)))
        layer.add(
            "p99",
            BenchFigure("proposal, p99", unit: "µs", rounds: summaries.map(\.p99))
                .compared(with: deadline, "the time until its first action"))
        layer.notes.append(
            "\(policy.horizon) actions in \(policy.configuration.samplingSteps) steps through "
                + "\(policy.configuration.blocks) blocks of \(policy.configuration.hidden), untrained")
        return layer
    }
}

extension JobContext {
    /// A trainer of the job's policy, untrained, on copies of one episode.
    func makeBenchTrainer(_ episode: BenchEpisode, workers: Int) throws -> FlowTrainer {
        let observations = episode.steps.flatMap(\.observation)
        let actions = episode.steps.flatMap(\.action)
        let demonstrations = try DemonstrationSet(
            layout: task.observationLayout, actionSize: setting.actionSize, task: taskName, robot: robot.name,
            episodes: (0..<4).map {
                DemonstrationSet.Episode(name: "\($0)", observations: observations, actions: actions)
            })
        let (policy, training) = (job.policy, job.training)
        return try FlowTrainer(
            configuration: FlowConfiguration(
                horizon: policy.horizon, hidden: policy.hidden, blocks: policy.blocks,
                samplingSteps: policy.samplingSteps),
            training: FlowTraining(
                steps: training.steps, batchSize: training.batchSize, learningRate: Float(training.learningRate),
                warmUpSteps: training.warmupSteps, weightDecay: Float(training.weightDecay),
                averageDecay: Float(training.ema), heldOutFraction: 0, workers: workers),
            demonstrations: demonstrations, seed: job.seed)
    }
}
