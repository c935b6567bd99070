import ArgumentParser
import Runtime

struct Doctor: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check this machine: real-time rights, libraries, graphics, models.",
        discussion: """
            EXAMPLES
              steadyhand doctor
              steadyhand doctor --robot robots/panda.yaml

            One line each, with what to do where something is missing. Exit status 0 when all is well.
            """)

    @Option(
        help: ArgumentHelp("A robot file to check as well.", valueName: "file"), completion: .file(extensions: ["yaml"])
    )
    var robot: String?

    @OptionGroup var output: OutputOptions

    func run() throws {
        try reportingErrors {
            let result = DoctorJob(robotPath: robot).run()
            try output.print(result, people: result.text)
            if !result.isWell { throw ExitCode(ExitStatus.failure.rawValue) }
        }
    }
}
