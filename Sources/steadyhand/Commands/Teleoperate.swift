import ArgumentParser
import Runtime

struct Teleoperate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Move the robot by hand, with another arm.",
        discussion: """
            EXAMPLES
              steadyhand teleoperate configs/so101-leader.yaml --hardware real --port /dev/serial/by-id/FOLLOWER \\
                  --leader-port /dev/serial/by-id/LEADER
              steadyhand teleoperate configs/so101-leader.yaml --leader-port /dev/serial/by-id/LEADER

            The second one moves the simulated robot with a real leader. The robot comes to the leader's pose slowly; if that is
            too far away at the start, it is not followed. Ctrl-C stops the robot in a controlled way.
            """)

    @OptionGroup var options: JobOptions
    @OptionGroup var leader: LeaderOptions

    @Option(help: "The longest time, in seconds, in place of the job's.")
    var seconds: Double?

    func validate() throws {
        if let seconds, seconds <= 0 { throw ValidationError("--seconds must be above 0") }
    }

    func run() throws {
        try reportingErrors {
            var context = try options.context { job in
                if let seconds { job.teleoperation?.duration = seconds }
            }
            context.leaderConnection = leader.connection
            let result = try TeleoperateJob(context: context, out: options.out).run()
            try options.output.print(result, people: result.text)
            if let error = result.endedEarly { throw error }
        }
    }
}
