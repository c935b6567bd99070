import ArgumentParser
import Runtime

struct Record: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Collect demonstrations.",
        discussion: """
            EXAMPLES
              steadyhand record configs/square.yaml --from expert
              steadyhand record configs/square.yaml --from expert --episodes 200 --seed 7 --out runs/demonstrations

            The run folder holds episodes/NNNNNN.hdf5 in robomimic's layout and dataset.hdf5, which links to all of them.
            """)

    @OptionGroup var options: JobOptions

    @Option(help: "Who drives: expert.")
    var from: String = "expert"

    @Option(help: "How many demonstrations to keep, in place of the job's.")
    var episodes: Int?

    @Option(help: "lockstep (as fast as the machine goes) or realtime.")
    var schedule: ScheduleKind = .lockstep

    @Flag(help: "Go on with a run folder that is there already.")
    var resume = false

    func validate() throws {
        guard from == "expert" else { throw ValidationError("--from takes: expert") }
        if let episodes, episodes < 1 { throw ValidationError("--episodes must be at least 1") }
    }

    func run() throws {
        try reportingErrors {
            let context = try options.context { job in
                if let episodes { job.record.episodes = episodes }
            }
            let job = RecordJob(context: context, schedule: schedule, out: options.out, isResuming: resume)
            let result = try job.run()
            try options.output.print(
                result,
                people: "\(result.successes) demonstrations from \(result.attempts) attempts in \(result.dataset)")
        }
    }
}
