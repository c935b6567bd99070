import ArgumentParser
import Runtime

struct SetupMotors: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "setup-motors",
        abstract: "Give an arm's motors their ids.",
        discussion: """
            EXAMPLES
              steadyhand setup-motors robots/so101.yaml --port /dev/serial/by-id/ARM
              steadyhand setup-motors robots/so101.yaml --port /dev/serial/by-id/ARM --motor gripper

            Motors from the factory all have one id. Plug in one at a time, from the last one to the first; Enter after each. Before
            anything is written the bus is looked through at every rate: where another motor answers, or one of another model, it is
            refused. Ids, rate, return delay and response level are read back.
            """)

    @Argument(
        help: ArgumentHelp("The robot file, such as robots/so101.yaml.", valueName: "robot"),
        completion: .file(extensions: ["yaml"]))
    var robot: String

    @Option(help: ArgumentHelp("Where the motors are plugged in.", valueName: "path"))
    var port: [String] = []

    @Option(help: ArgumentHelp("Only the motor of this joint.", valueName: "joint"))
    var motor: String?

    @OptionGroup var output: OutputOptions

    func run() throws {
        try reportingErrors {
            let result = try SetupMotorsJob(
                robotPath: robot, connection: RobotConnection(ports: port), joint: motor, dialogue: .standard()
            ).run()
            try output.print(result, people: "\(result.motors.count) motors at \(result.baudRate) baud")
        }
    }
}
