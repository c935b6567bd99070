import ArgumentParser
import Runtime

struct Record: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Collect demonstrations.",
        discussion: """
            EXAMPLES
              steadyhand record configs/square.yaml --from expert
              steadyhand record configs/square.yaml --from expert --episodes 200 --seed 7 --out runs/demonstrations

              steadyhand record configs/so101-leader.yaml --from leader --leader-port /dev/serial/by-id/LEADER --episodes 10

            From a leader, Enter begins an episode, and ends it when the task is done.

            The run folder holds episodes/NNNNNN.hdf5 in robomimic's layout and dataset.hdf5, which links to all of them.
            """)

    @OptionGroup var options: JobOptions

    @OptionGroup var leader: LeaderOptions

    @Option(help: "Who drives: expert, or leader (a person with another arm).")
    var from: RecordJob.Teacher = .expert

    @Option(help: "How many demonstrations to keep, in place of the job's.")
    var episodes: Int?

    @Option(help: "lockstep (as fast as the machine goes) or realtime; by default what fits who drives.")
    var schedule: ScheduleKind?

    @Flag(help: "Go on with a run folder that is there already.")
    var resume = false

    func validate() throws {
        if let episodes, episodes < 1 { throw ValidationError("--episodes must be at least 1") }
    }

    func run() throws {
        try reportingErrors {
            var context = try options.context { job in
                if let episodes { job.record.episodes = episodes }
            }
            context.leaderConnection = leader.connection
            let job = RecordJob(
                context: context, schedule: schedule ?? (from == .leader ? .realtime : .lockstep), out: options.out,
                isResuming: resume, from: from)
            let result = try job.run()
            try options.output.print(
                result,
                people: "\(result.successes) demonstrations from \(result.attempts) attempts in \(result.dataset)")
        }
    }
}
