import ArgumentParser
import Runtime

struct Report: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write the report page of one or several runs.",
        discussion: """
            EXAMPLES
              steadyhand report runs/square-operate-latest
              steadyhand report runs/square-train-latest runs/square-evaluate-latest --out square.html
              steadyhand report runs/coherent-0 runs/coherent-1 runs/sparse-0 --out improvement.html

            The page is one file without anything outside: curves, success tables with intervals, timing, pictures.
            Improvements given together share one chart of success against steps, with means over seeds.
            """)

    @Argument(help: ArgumentHelp("Run folders.", valueName: "run"), completion: .directory)
    var runs: [String]

    @Option(help: ArgumentHelp("The page to write; by default report.html in the last run.", valueName: "file"))
    var out: String?

    @OptionGroup var output: OutputOptions

    func run() throws {
        try reportingErrors {
            let result = try ReportJob(runs: runs, out: out).run()
            try output.print(result, people: result.text)
        }
    }
}
