import ArgumentParser
import Robots
import Runtime

struct Replay: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Replay an episode on hardware, or prove that a run replays bit for bit.",
        discussion: """
            EXAMPLES
              steadyhand replay runs/square-operate-latest --episode 0
              steadyhand replay runs/square-operate-latest --verify
              steadyhand replay runs/so101-leader-record-latest --hardware emulated

            --verify feeds what was measured through the control loop again and compares every command with the recorded one. Without
            it, the recorded actions are carried out on the robot, from the recorded initial scene where the hardware can set it.
            """)

    @Argument(
        help: ArgumentHelp("A run folder with episodes, or one episode file.", valueName: "run"), completion: .directory
    )
    var source: String

    @Option(help: "Which episode of the run; all of them with --verify by default, otherwise the first.")
    var episode: Int?

    @Flag(help: "Compare with the recording, bit for bit.")
    var verify = false

    @OptionGroup var hardwareOptions: HardwareOptions

    @Option(help: "realtime, or lockstep (as fast as the machine goes).")
    var schedule: ScheduleKind = .realtime

    @Option(help: ArgumentHelp("The run folder to make.", valueName: "folder"), completion: .directory)
    var out: String?

    @OptionGroup var output: OutputOptions

    func run() throws {
        try reportingErrors {
            if verify {
                let result = try VerifyJob(path: source, episode: episode).run()
                try output.print(result, people: result.text)
                if !result.identical { throw ExitCode(ExitStatus.replayDiffers.rawValue) }
            } else {
                let result = try ReplayJob(
                    path: source, episode: episode ?? 0, hardware: hardwareOptions.hardware, schedule: schedule,
                    out: out,
                    connection: hardwareOptions.connection, faults: hardwareOptions.faults
                ).run()
                try output.print(result, people: result.text)
                if let error = result.endedEarly { throw error }
            }
        }
    }
}
