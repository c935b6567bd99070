import ArgumentParser
import Runtime

struct Calibrate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make the calibration of one physical arm.",
        discussion: """
            EXAMPLES
              steadyhand calibrate robots/so101.yaml --from-lerobot ~/.cache/huggingface/lerobot/calibration/FOLLOWER.json

            Takes over what LeRobot measured, for an arm whose motors still have the homing offsets that it wrote into them.
            """)

    @Argument(
        help: ArgumentHelp("The robot file, such as robots/so101.yaml.", valueName: "robot"),
        completion: .file(extensions: ["yaml"]))
    var robot: String

    @Option(
        help: ArgumentHelp("LeRobot's calibration of this arm.", valueName: "file"),
        completion: .file(extensions: ["json"]))
    var fromLerobot: String

    @Option(help: ArgumentHelp("The file to write; by default calibration/ROBOT.yaml.", valueName: "file"))
    var out: String?

    @OptionGroup var output: OutputOptions

    func run() throws {
        try reportingErrors {
            let result = try CalibrateJob(robotPath: robot, lerobot: fromLerobot, out: out).run()
            try output.print(result, people: result.text)
        }
    }
}
