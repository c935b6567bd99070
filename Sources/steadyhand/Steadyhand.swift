import ArgumentParser
import Foundation
import Runtime

@main
enum Program {
    static func main() {
        // A limit of file sizes is an error like a full disk, and a reader that has gone away is none: neither may kill a
        // run on a robot.
        signal(SIGXFSZ, SIG_IGN)
        signal(SIGPIPE, SIG_IGN)
        do {
            try Startup.check()
        } catch {
            let failure = Failure(error)
            StandardError.write(failure.lines + "\n")
            exit(failure.status.rawValue)
        }
        Steadyhand.main()
    }
}

struct Steadyhand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "steadyhand",
        abstract: "Runs a robot arm, collects demonstrations, and learns the policy that drives it.",
        discussion: """
            A job file says which robot, which task and which policy; see configs/. Runs are left in runs/.

            EXAMPLES
              steadyhand record configs/square.yaml --from expert --episodes 100
              steadyhand train configs/square.yaml
              steadyhand evaluate configs/square.yaml --policy base
              steadyhand operate configs/square.yaml --policy base --episodes 5
              steadyhand replay runs/square-operate-latest --verify
              steadyhand report runs/square-operate-latest

            Every command takes --json: the last line of standard output is then one JSON object with the results. The exit status
            is 0 only when the job was done; the README lists the others. Shell completions:
            steadyhand --generate-completion-script bash
            """,
        version: Versions.program,
        subcommands: [
            Operate.self, Teleoperate.self, Record.self, DatasetCommand.self, Train.self, Improve.self, Evaluate.self,
            Replay.self, FindPort.self, SetupMotors.self, Calibrate.self, Emulate.self, Report.self, Doctor.self,
            Bench.self,
        ])
}
