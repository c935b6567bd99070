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

            Ctrl-C stops the robot in a controlled way and closes the episode; a second Ctrl-C ends the process at once.
            """)

    @OptionGroup var options: JobOptions

    @Option(help: "expert, base, a checkpoint file, or a training's run folder.")
    var policy: String = "base"

    @Option(help: "How many episodes.")
    var episodes: Int = 1

    @Option(help: "realtime, or lockstep (as fast as the machine goes).")
    var schedule: ScheduleKind = .realtime

    func validate() throws {
        if episodes < 1 { throw ValidationError("--episodes must be at least 1") }
    }

    func run() throws {
        try reportingErrors {
            let job = OperateJob(
                context: try options.context(), policy: PolicyChoice(policy), episodes: episodes, schedule: schedule,
                out: options.out)
            let result = try job.run()
            try options.output.print(result, people: result.text)
            if let error = result.endedEarly { throw error }
        }
    }
}
