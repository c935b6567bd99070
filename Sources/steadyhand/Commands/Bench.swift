import ArgumentParser
import Runtime

struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Time every layer on this machine.",
        discussion: """
            EXAMPLES
              steadyhand bench
              steadyhand bench --layers control simulation --rounds 7 --json

            Each figure is the median of several rounds, with the range; contenders take turns.
            """)

    @Option(parsing: .upToNextOption, help: "Which layers: \(BenchJob.layerNames.joined(separator: ", ")).")
    var layers: [String] = BenchJob.layerNames

    @Option(help: "How many rounds.")
    var rounds: Int = 5

    @Option(
        help: ArgumentHelp("The job whose robot and task are used.", valueName: "job"),
        completion: .file(extensions: ["yaml"]))
    var job: String = "configs/square.yaml"

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "A program that does the learner's update too and takes turns with it, as tools/bench learner has one.",
            valueName: "program"))
    var learnerPeer: [String] = []

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "A program that starts a policy server and takes turns in asking it, as tools/bench_remote.py does.",
            valueName: "program"))
    var remotePeer: [String] = []

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "A program that draws the same pictures and takes turns with rendering, as tools/bench rendering has one.",
            valueName: "program"))
    var renderingPeer: [String] = []

    @OptionGroup var output: OutputOptions

    func validate() throws {
        for layer in layers where !BenchJob.layerNames.contains(layer) {
            throw ValidationError(
                "there is no layer '\(layer)'; there are: \(BenchJob.layerNames.joined(separator: ", "))")
        }
        if rounds < 1 { throw ValidationError("--rounds must be at least 1") }
    }

    func run() throws {
        try reportingErrors {
            let result = try BenchJob(
                jobPath: job, layers: layers, rounds: rounds, learnerPeer: learnerPeer, remotePeer: remotePeer,
                renderingPeer: renderingPeer
            ).run()
            try output.print(result, people: result.text)
        }
    }
}
