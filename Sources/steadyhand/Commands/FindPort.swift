import ArgumentParser
import Drivers
import Runtime

struct FindPort: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tell which serial port is which.",
        discussion: """
            EXAMPLES
              steadyhand find-port
              steadyhand find-port --unplug
              steadyhand find-port --robot robots/so101.yaml
              steadyhand find-port --robot robots/so101.yaml /tmp/so101

            Lists the ports with the names that stay when the plugs change, the adapters, and who has them open. With --robot it asks
            at each for the robot's motors; nothing moves. With --unplug it waits for one to be unplugged and names it. Other ports,
            such as an emulator's, are looked at where they are named.
            """)

    @Argument(help: ArgumentHelp("Other ports to look at.", valueName: "port"))
    var ports: [String] = []

    @Option(
        help: ArgumentHelp("A robot file: look where its motors are.", valueName: "file"),
        completion: .file(extensions: ["yaml"]))
    var robot: String?

    @Flag(help: "Wait for an adapter to be unplugged and plugged in again, and name it.")
    var unplug = false

    @Option(help: "With --unplug: how long to wait for each, in seconds.")
    var seconds: Double = 60

    @Option(help: .hidden)
    var devicesFolder: String = "/dev"

    @OptionGroup var output: OutputOptions

    func validate() throws {
        if unplug, robot != nil || !ports.isEmpty { throw ValidationError("--unplug goes with no --robot and no port") }
        if seconds <= 0 { throw ValidationError("--seconds must be above 0") }
    }

    func run() throws {
        try reportingErrors {
            var job = FindPortJob(dialogue: .standard())
            job.list = PortList(devices: devicesFolder)
            (job.robotPath, job.others, job.patience) = (robot, ports, seconds)
            let result = try unplug ? job.compare() : job.run()
            try output.print(result, people: result.text)
        }
    }
}
