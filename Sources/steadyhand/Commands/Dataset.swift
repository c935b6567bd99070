import ArgumentParser
import Runtime

struct DatasetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dataset",
        abstract: "Work with demonstrations that are recorded already.",
        discussion: """
            EXAMPLES
              steadyhand dataset generate configs/square.yaml --source runs/square-record-latest --episodes 200

            Results of its commands are printed as JSON with --json.
            """,
        subcommands: [Generate.self])

    struct Generate: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make many demonstrations of a few, on new scenes.",
            discussion: """
                EXAMPLES
                  steadyhand record configs/square.yaml --from expert --episodes 10 --out runs/source
                  steadyhand dataset generate configs/square.yaml --source runs/source --episodes 200
                  steadyhand dataset generate configs/square-d1.yaml --source runs/source --episodes 200 --out runs/generated

                Each source is cut into the task's subtasks. On a new scene a segment for each of them is moved to where its
                object is, and carried out with noise; episodes that do the task are kept.
                """)

        @OptionGroup var options: JobOptions

        @Option(
            help: ArgumentHelp("Recorded demonstrations: a run folder or a folder of episodes.", valueName: "folder"),
            completion: .directory)
        var source: String

        @Option(help: "How many demonstrations to keep, in place of the job's.")
        var episodes: Int?

        @Flag(help: "Go on with a run folder that is there already.")
        var resume = false

        func validate() throws {
            if let episodes, episodes < 1 { throw ValidationError("--episodes must be at least 1") }
        }

        func run() throws {
            try reportingErrors {
                let context = try options.context { job in
                    if let episodes { job.record.episodes = episodes }
                }
                let job = GenerateJob(context: context, source: source, out: options.out, isResuming: resume)
                let result = try job.run()
                try options.output.print(
                    result,
                    people:
                        "\(result.episodes) demonstrations from \(result.attempts) attempts (\(Results.percent(result.rate))) in \(result.dataset)"
                )
            }
        }
    }
}
