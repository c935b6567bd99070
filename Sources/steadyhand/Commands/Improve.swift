import ArgumentParser
import Runtime

struct Improve: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Improve the base policy by letting a small policy learn beside it.",
        discussion: """
            EXAMPLES
              steadyhand improve configs/square.yaml
              steadyhand improve configs/square.yaml --composition residual --seed 1
              steadyhand improve configs/square.yaml --method sparse --steps 20000
              steadyhand improve configs/square.yaml --method sparse --start runs/square-improve-latest
              steadyhand improve configs/square.yaml --method sparse --composition residual --cloning-steps 0
              steadyhand improve configs/square.yaml --resume runs/square-improve-latest

            Learns in the simulator, in lockstep. The state is saved at every evaluation and on Ctrl-C; --resume goes on exactly
            where it was, and with a larger --steps beyond where it ended. 'steadyhand report' draws success against steps for all runs that it is given.
            """)

    @OptionGroup var options: JobOptions

    @Option(help: "The policy to improve: base, a checkpoint file, or a training's run folder.")
    var policy: String = "base"

    @Option(
        help: ArgumentHelp("The demonstrations; by default the last ones recorded for this job.", valueName: "folder"),
        completion: .directory)
    var dataset: String?

    @Option(help: "What is learnt from, in place of the job's.")
    var method: JobConfiguration.ImproveSettings.Method?

    @Option(help: "ensemble or residual, in place of the job's.")
    var composition: JobConfiguration.ImproveSettings.Joining?

    @Option(
        help: ArgumentHelp(
            "Updates for cloning the small policy, in place of the job's; 0 (with residual and sparse) begins with no correction.",
            valueName: "updates"))
    var cloningSteps: Int?

    @Option(help: "Environment steps, in place of the job's.")
    var steps: Int?

    @Option(
        help: ArgumentHelp(
            "Leave out the first so many demonstrations: those that the base policy was cloned from.",
            valueName: "count"))
    var skip: Int?

    @Option(help: "Learn from the first so many demonstrations only, after those that are skipped.")
    var demonstrations: Int?

    @Option(
        help: ArgumentHelp(
            "The part of a batch that is demonstrations, from 0 (learn from experience alone) to below 1.",
            valueName: "part"))
    var demonstrationShare: Double?

    @Option(
        help: ArgumentHelp(
            "In a job with images whose base policy was not trained here: the run folder of the training that left the image encoder; by default the job's last one.",
            valueName: "run"), completion: .directory)
    var encoder: String?

    @Option(
        help: ArgumentHelp("The run folder of an improvement to go on with.", valueName: "run"),
        completion: .directory)
    var resume: String?

    @Option(
        help: ArgumentHelp(
            "The run folder of an improvement of the same policy, demonstrations and seed that learns in another way: begin with what it cloned and measured, and do not do that again.",
            valueName: "run"), completion: .directory)
    var start: String?

    func validate() throws {
        if start != nil, resume != nil {
            throw ValidationError("--resume goes on with a run that has begun; it takes no --start")
        }
        if let steps, steps < 1 { throw ValidationError("--steps must be at least 1") }
        if let cloningSteps, cloningSteps < 0 { throw ValidationError("--cloning-steps must not be negative") }
        if let skip, skip < 0 { throw ValidationError("--skip must not be negative") }
        if let demonstrations, demonstrations < 2 { throw ValidationError("--demonstrations must be at least 2") }
        if let demonstrationShare, !(0..<1).contains(demonstrationShare) {
            throw ValidationError("--demonstration-share must be at least 0 and below 1")
        }
    }

    func run() throws {
        try reportingErrors {
            let context = try options.context { job in
                if let composition { job.improve.join(by: composition) }
                if let method { job.improve.method = method }
                if let cloningSteps { job.improve.clone(steps: cloningSteps) }
                if let steps { job.improve.steps = steps }
                if let skip { job.improve.skippedDemonstrations = skip }
                if let demonstrations { job.improve.demonstrations = demonstrations }
                if let demonstrationShare {
                    job.improve.demonstrationShare = demonstrationShare
                    if demonstrationShare == 0 { job.improve.pretrainingSteps = 0 }
                }
            }
            let job = ImproveJob(
                context: context, base: PolicyChoice(policy), dataset: dataset, out: options.out, resume: resume,
                encoder: encoder, start: start)
            let result = try job.run()
            try options.output.print(result, people: result.text)
        }
    }
}
