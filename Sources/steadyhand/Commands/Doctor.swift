import ArgumentParser
import Runtime

struct Doctor: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check this machine, and an arm that is plugged in.",
        discussion: """
            EXAMPLES
              steadyhand doctor
              steadyhand doctor --robot robots/panda.yaml
              steadyhand doctor --robot robots/so101.yaml --port /dev/serial/by-id/ARM
              steadyhand doctor --server ws://gpu-box:8000

            One line each, with what to do where something is missing. With --port also the port, and what the arm's motors say of
            themselves; nothing moves. Exit status 0 when all is well.
            """)

    @Option(
        help: ArgumentHelp("A robot file to check as well.", valueName: "file"), completion: .file(extensions: ["yaml"])
    )
    var robot: String?

    @Option(
        help: ArgumentHelp(
            "With --robot: where it is plugged in; DEVICE=PATH, several times, for one with several devices.",
            valueName: "path"))
    var port: [String] = []

    @Option(
        help: ArgumentHelp("The robot's calibration; by default calibration/ROBOT.yaml.", valueName: "file"),
        completion: .file(extensions: ["yaml"]))
    var calibration: String?

    @Option(help: ArgumentHelp("A policy server to look for as well.", valueName: "address"))
    var server: String?

    @OptionGroup var output: OutputOptions

    func validate() throws {
        if robot == nil, !port.isEmpty || calibration != nil {
            throw ValidationError("--port and --calibration go with --robot")
        }
    }

    func run() throws {
        try reportingErrors {
            let result = DoctorJob(
                robotPath: robot, connection: RobotConnection(ports: port, calibration: calibration), server: server
            ).run()
            try output.print(result, people: result.text)
            if !result.isWell { throw ExitCode(ExitStatus.failure.rawValue) }
        }
    }
}
