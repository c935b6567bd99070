import ArgumentParser
import Runtime

struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure a policy's success rate, with its interval, over fixed initial states.",
        discussion: """
            EXAMPLES
              steadyhand evaluate configs/square.yaml --policy base
              steadyhand evaluate configs/square.yaml --policy expert --episodes 200
              steadyhand evaluate configs/square.yaml --policy runs/square-train-latest --seed 7 --json
              steadyhand evaluate configs/square.yaml --policy base --delay 200ms --seam real-time-chunking

            The initial states follow from the evaluation's own seed, so that rates compare; --seed names others. Demonstrations
            of a job with seed 0 begin at 0: a small --seed evaluates where they were shown. The interval is Wilson's at 95 %.
            """)

    @OptionGroup var options: JobOptions

    @Option(help: "expert, base, improved, a checkpoint file, or a run folder that holds one.")
    var policy: String = "base"

    @OptionGroup var chunks: ChunkOptions

    @Option(help: "How many episodes, in place of the job's.")
    var episodes: Int?

    func validate() throws {
        if let episodes, episodes < 1 { throw ValidationError("--episodes must be at least 1") }
    }

    func run() throws {
        try reportingErrors {
            let context = try options.context { job in
                chunks.change(&job)
                if let episodes { job.evaluation.episodes = episodes }
                if let seed = options.seed { job.evaluation.seed = seed }
            }
            let job = EvaluateJob(context: context, policy: PolicyChoice(policy), out: options.out)
            let result = try job.run()
            try options.output.print(result, people: result.text)
        }
    }
}
