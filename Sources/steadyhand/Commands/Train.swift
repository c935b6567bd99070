import ArgumentParser
import Runtime

struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Clone the base policy from demonstrations.",
        discussion: """
            EXAMPLES
              steadyhand train configs/square.yaml
              steadyhand train configs/square.yaml --dataset runs/demonstrations --steps 20000
              steadyhand train configs/square.yaml --resume runs/square-train-latest

            A checkpoint is written as it goes on; --resume continues an interrupted training exactly where it was.
            """)

    @OptionGroup var options: JobOptions

    @Option(
        help: ArgumentHelp("The demonstrations; by default the last ones recorded for this job.", valueName: "folder"),
        completion: .directory)
    var dataset: String?

    @Option(help: "How many updates, in place of the job's.")
    var steps: Int?

    @Option(help: "Learn from the first so many demonstrations only.")
    var demonstrations: Int?

    @Option(help: ArgumentHelp("The run folder of a training to go on with.", valueName: "run"), completion: .directory)
    var resume: String?

    func validate() throws {
        if let steps, steps < 1 { throw ValidationError("--steps must be at least 1") }
        if let demonstrations, demonstrations < 2 { throw ValidationError("--demonstrations must be at least 2") }
    }

    func run() throws {
        try reportingErrors {
            let context = try options.context { job in
                if let steps { job.training.steps = steps }
            }
            let job = TrainJob(
                context: context, dataset: dataset, demonstrations: demonstrations, out: options.out, resume: resume)
            let result = try job.run()
            try options.output.print(
                result,
                people: result.text
            )
        }
    }
}
