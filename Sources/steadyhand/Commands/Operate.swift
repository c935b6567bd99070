import ArgumentParser
import Runtime

struct Operate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a policy on the robot.",
        discussion: """
            EXAMPLES
              steadyhand operate configs/square.yaml --policy base --episodes 5
              steadyhand operate configs/square.yaml --policy expert --hardware simulated --json
              steadyhand operate configs/square.yaml --schedule lockstep --episodes 2
              steadyhand operate configs/square.yaml --learn --episodes 100

            Ctrl-C stops the robot in a controlled way and closes the episode; a second Ctrl-C ends the process at once.
            """)

    @OptionGroup var options: JobOptions

    @Option(help: "expert, base, improved, a checkpoint file, or a run folder that holds one.")
    var policy: String = "base"

    @OptionGroup var chunks: ChunkOptions

    @Option(help: "How many episodes.")
    var episodes: Int = 1

    @Option(help: "realtime, or lockstep (as fast as the machine goes).")
    var schedule: ScheduleKind = .realtime

    @Flag(help: "Let a small policy learn beside the policy while the robot works.")
    var learn = false

    @Option(
        help: ArgumentHelp(
            "With --learn: the demonstrations; by default the last ones recorded for this job.", valueName: "folder"),
        completion: .directory)
    var dataset: String?

    @Option(
        help: ArgumentHelp("With --learn: the run folder of an improvement to go on with.", valueName: "run"),
        completion: .directory)
    var resume: String?

    @Option(
        help: ArgumentHelp(
            "With --learn, in a job with images whose base policy was not trained here: the run folder of the training that left the image encoder; by default the job's last one.",
            valueName: "run"), completion: .directory)
    var encoder: String?

    func validate() throws {
        if !learn, dataset != nil || resume != nil || encoder != nil {
            throw ValidationError("--dataset, --resume and --encoder go with --learn")
        }
        if episodes < 1 { throw ValidationError("--episodes must be at least 1") }
    }

    func run() throws {
        try reportingErrors {
            let job = OperateJob(
                context: try options.context { chunks.change(&$0) }, policy: PolicyChoice(policy), episodes: episodes,
                schedule: schedule,
                out: options.out,
                learning: learn ? OperateJob.Learning(dataset: dataset, resume: resume, encoder: encoder) : nil)
            let result = try job.run()
            try options.output.print(result, people: result.text)
            if let error = result.endedEarly { throw error }
        }
    }
}
