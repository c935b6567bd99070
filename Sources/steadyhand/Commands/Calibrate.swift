import ArgumentParser
import Runtime

struct Calibrate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make the calibration of one physical arm.",
        discussion: """
            EXAMPLES
              steadyhand calibrate robots/so101.yaml --port /dev/serial/by-id/ARM
              steadyhand calibrate robots/so101-leader.yaml --port /dev/serial/by-id/LEADER \\
                  --against calibration/so101.yaml --other-port /dev/serial/by-id/ARM
              steadyhand calibrate robots/so101.yaml --from-lerobot ~/.cache/huggingface/lerobot/calibration/FOLLOWER.json

            Without torque: put the arm into its home pose and press Enter, move every joint and the gripper from one end to the
            other, and press Enter again. What was moved is compared with the robot file. --pose asks for one more pose, which shows
            joints that are reversed; --against compares with another arm in the same pose. --from-lerobot takes over what LeRobot
            measured, for an arm whose motors still have the homing offsets that it wrote into them.
            """)

    @Argument(
        help: ArgumentHelp("The robot file, such as robots/so101.yaml.", valueName: "robot"),
        completion: .file(extensions: ["yaml"]))
    var robot: String

    @Option(
        help: ArgumentHelp(
            "Where the arm is plugged in; DEVICE=PATH, several times, for one with several devices.", valueName: "path")
    )
    var port: [String] = []

    @Option(
        help: ArgumentHelp("LeRobot's calibration of this arm, in place of measuring.", valueName: "file"),
        completion: .file(extensions: ["json"]))
    var fromLerobot: String?

    @Option(help: "How long the joints are moved, in seconds, in place of until Enter.")
    var seconds: Double?

    @Option(
        help: ArgumentHelp(
            "A pose to put the arm into at the end: rest, or an angle in degrees for each joint, as in 0,-90,80,30,0.",
            valueName: "angles"))
    var pose: String?

    @Option(
        help: ArgumentHelp("The calibration of another arm to compare with in one pose.", valueName: "file"),
        completion: .file(extensions: ["yaml"]))
    var against: String?

    @Option(help: ArgumentHelp("Where that other arm is plugged in.", valueName: "path"))
    var otherPort: [String] = []

    @Option(help: ArgumentHelp("The file to write; by default calibration/ROBOT.yaml.", valueName: "file"))
    var out: String?

    @Flag(help: "Write over a calibration that is there already.")
    var replace = false

    @OptionGroup var output: OutputOptions

    func validate() throws {
        if (fromLerobot == nil) == port.isEmpty {
            throw ValidationError("write --port with the arm's port to measure it, or --from-lerobot with a file")
        }
        if fromLerobot != nil, seconds != nil || pose != nil || against != nil {
            throw ValidationError("--seconds, --pose and --against go with --port")
        }
        if (against == nil) != otherPort.isEmpty { throw ValidationError("--against and --other-port go together") }
        if let seconds, seconds <= 0 { throw ValidationError("--seconds must be above 0") }
    }

    func run() throws {
        try reportingErrors {
            let result: CalibrateJob.Result
            if let fromLerobot {
                result = try CalibrateJob(robotPath: robot, lerobot: fromLerobot, out: out, replaces: replace).run()
            } else {
                var job = MeasureCalibrationJob(
                    robotPath: robot, connection: RobotConnection(ports: port), dialogue: .standard())
                (job.out, job.replaces, job.seconds) = (out, replace, seconds)
                job.pose = try pose.map { try MeasureCalibrationJob.pose($0, robotPath: robot) }
                job.other = against.map { .init(calibration: $0, ports: otherPort) }
                result = try job.run()
            }
            try output.print(result, people: result.text)
        }
    }
}
