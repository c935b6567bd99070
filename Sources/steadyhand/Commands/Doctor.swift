import ArgumentParser
import Robots
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
              steadyhand doctor --cameras
              steadyhand doctor --cameras configs/square-images.yaml --snapshots pictures

            One line each, with what to do where something is missing. With --port also the port, and what the arm's motors say of
            themselves; nothing moves. With --cameras it lists the video devices of this machine and what pictures they give, or
            looks through the cameras of a job. Exit status 0 when all is well.
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

    @Flag(help: "Look at the cameras instead: the video devices of this machine, or those of a job.")
    var cameras = false

    @Argument(
        help: ArgumentHelp("With --cameras: the job whose cameras to look through.", valueName: "job"),
        completion: .file(extensions: ["yaml"]))
    var job: String?

    @Option(help: "With --cameras and a job: whether its cameras are simulated or real.")
    var hardware: HardwareKind = .simulated

    @Option(
        help: ArgumentHelp("With --cameras: a folder to put a picture of each into, as PNG.", valueName: "folder"),
        completion: .directory)
    var snapshots: String?

    @OptionGroup var output: OutputOptions

    func validate() throws {
        if robot == nil, !port.isEmpty || calibration != nil {
            throw ValidationError("--port and --calibration go with --robot")
        }
        guard !cameras else { return }
        if job != nil { throw ValidationError("a job is looked at with --cameras") }
        if snapshots != nil { throw ValidationError("--snapshots goes with --cameras") }
    }

    func run() throws {
        try reportingErrors {
            let result =
                cameras
                ? try CameraDoctor(
                    context: try job.map { try JobContext(path: $0, hardware: hardware) }, snapshots: snapshots
                ).run()
                : DoctorJob(
                    robotPath: robot, connection: RobotConnection(ports: port, calibration: calibration),
                    server: server
                ).run()
            try output.print(result, people: result.text)
            if !result.isWell { throw ExitCode(ExitStatus.failure.rawValue) }
        }
    }
}
