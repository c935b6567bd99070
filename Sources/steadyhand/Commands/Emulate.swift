import ArgumentParser
import Emulation
import Runtime

struct Emulate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Put an emulated robot on a port of this machine.",
        discussion: """
            EXAMPLES
              steadyhand emulate robots/so101.yaml --link /tmp/follower
              steadyhand emulate robots/so101-leader.yaml --link /tmp/leader --hand poses --seed 3
              steadyhand emulate robots/so101.yaml --faults faults.yaml --seed 7 --seconds 60 --json

            The port is a pseudo-terminal on which motors answer byte for byte as the real ones do, in the time that the bytes take on
            the wire. They move the arm's model: without torque it falls. Ctrl-C ends it.

            A fault file has any of these keys, each of them a part of all replies: lost, late, corrupted, truncated, wrong_id; echo,
            true or false; and events, a list:
              lost: 5 %
              events:
                - {at: 5 s, what: silent, motor: 3}
                - {at: 8 s, what: voltage, motor: elbow_flex, value: 5 V, for: 0.5 s}
                - {every: 30 s, what: reboot}
                - {at: 20 s, what: unplugged, for: 2 s}
            What happens is overload, voltage, temperature, reboot, silent, blocked (something holds the joint) or unplugged. An event
            is at a time, or every so long on average; it lasts for ever where it has no end of its own.
            """)

    @Argument(
        help: ArgumentHelp("The robot file, such as robots/so101.yaml.", valueName: "robot"),
        completion: .file(extensions: ["yaml"]))
    var robot: String

    @Option(
        help: ArgumentHelp(
            "The path that programs open; -DEVICE is appended for a robot with several. By default steadyhand-ROBOT in the folder for temporary files.",
            valueName: "path"))
    var link: String?

    @Option(
        help: ArgumentHelp(
            "How the motors were put in; by default an arm without a flaw.", valueName: "calibration"),
        completion: .file(extensions: ["yaml"]))
    var calibration: String?

    @Option(
        help: ArgumentHelp("What goes wrong, and when.", valueName: "file"), completion: .file(extensions: ["yaml"]))
    var faults: String?

    @Option(
        help:
            "A hand that moves the arm when a program speaks to its motors: poses (one after the other), or sweep (each joint to its ends)."
    )
    var hand: Hand.Motion?

    @Option(help: "Where the random streams of faults and hand begin.")
    var seed: UInt64 = 0

    @Option(help: "When it ends by itself, in seconds; by default never.")
    var seconds: Double?

    @OptionGroup var output: OutputOptions

    func validate() throws {
        if let seconds, seconds <= 0 { throw ValidationError("--seconds must be above 0") }
    }

    func run() throws {
        try reportingErrors {
            let job = EmulateJob(
                robotPath: robot, link: link, calibration: calibration, faults: faults, hand: hand, seed: seed,
                seconds: seconds)
            let result = try job.run { StandardError.write($0 + "\n") }
            try output.print(result, people: result.text)
        }
    }
}
