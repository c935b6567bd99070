public import ArgumentParser
import Configuration
public import Emulation
import Foundation
public import Robots
public import Runtime

extension ChunkSeam: ExpressibleByArgument {}
extension HardwareKind: ExpressibleByArgument {}
extension Hand.Motion: ExpressibleByArgument {}
extension ScheduleKind: ExpressibleByArgument {}
extension RecordJob.Teacher: ExpressibleByArgument {}
extension JobConfiguration.ImproveSettings.Method: ExpressibleByArgument {}
extension JobConfiguration.ImproveSettings.Joining: ExpressibleByArgument {}

/// What every command that runs a job takes.
struct JobOptions: ParsableArguments {
    @Argument(
        help: ArgumentHelp("The job file, such as configs/square.yaml.", valueName: "job"),
        completion: .file(extensions: ["yaml"]))
    var job: String

    @Option(
        help: ArgumentHelp("A robot file in place of the one that the job names.", valueName: "file"),
        completion: .file(extensions: ["yaml"]))
    var robot: String?

    @Option(help: "Where every random stream begins, in place of the job's seed.")
    var seed: UInt64?

    @OptionGroup var hardwareOptions: HardwareOptions

    @Option(
        help: ArgumentHelp("The run folder to make; by default one in runs/.", valueName: "folder"),
        completion: .directory)
    var out: String?

    @OptionGroup var output: OutputOptions

    /// The job with what the command line changes.
    func context(adjust: (inout JobConfiguration) -> Void = { _ in }) throws -> JobContext {
        var context = try JobContext(path: job, robotPath: robot, hardware: hardwareOptions.hardware) { job in
            if let seed { job.seed = seed }
            adjust(&job)
        }
        context.connection = hardwareOptions.connection
        context.emulate(faults: hardwareOptions.faults)
        return context
    }
}

/// How much of a robot is real, and how it is reached.
struct HardwareOptions: ParsableArguments {
    @Option(help: "How much of the robot is real: real, emulated or simulated.")
    var hardware: HardwareKind = .simulated

    @Option(
        help: ArgumentHelp(
            "With --hardware real: where the robot is plugged in; DEVICE=PATH, several times, for one with several devices.",
            valueName: "path"))
    var port: [String] = []

    @Option(
        help: ArgumentHelp(
            "With --hardware real: the robot's calibration; by default calibration/ROBOT.yaml.", valueName: "file"),
        completion: .file(extensions: ["yaml"]))
    var calibration: String?

    @Option(
        help: ArgumentHelp(
            "With --hardware emulated: what goes wrong, and when; see emulate --help.", valueName: "file"),
        completion: .file(extensions: ["yaml"]))
    var faults: String?

    func validate() throws {
        if hardware != .real, !port.isEmpty || calibration != nil {
            throw ValidationError("--port and --calibration go with --hardware real")
        }
        if hardware != .emulated, faults != nil { throw ValidationError("--faults goes with --hardware emulated") }
    }

    var connection: RobotConnection { RobotConnection(ports: port, calibration: calibration) }
}

/// What becomes of chunks that come late.
struct ChunkOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Make every answer of the policy take this long, such as 200ms, in place of the job's latency.",
            valueName: "duration"),
        transform: { text in
            guard let seconds = Dimension.seconds.value(of: text), (0...3600).contains(seconds) else {
                throw ValidationError("'\(text)' is no duration from 0 to 3600 s, such as 200ms or 0.2s")
            }
            return seconds
        })
    var delay: Double?

    @Option(
        help:
            "How one chunk becomes the next, in place of the job's seam: swap, cross-fade, real-time-chunking or hold-and-wait."
    )
    var seam: ChunkSeam?

    /// Puts it into a job.
    func change(_ job: inout JobConfiguration) {
        if let delay { job.policy.latency = PolicyLatency(constant: delay) }
        if let seam { job.policy.seam = seam }
    }
}

/// Where a leader is plugged in.
struct LeaderOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where the leader is plugged in. With --hardware emulated and without it, the leader is emulated too, and moves by itself.",
            valueName: "path"))
    var leaderPort: [String] = []

    @Option(
        help: ArgumentHelp("The leader's calibration; by default calibration/LEADER.yaml.", valueName: "file"),
        completion: .file(extensions: ["yaml"]))
    var leaderCalibration: String?

    var connection: RobotConnection { RobotConnection(ports: leaderPort, calibration: leaderCalibration) }
}

/// How results are printed.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print the results as one JSON object on the last line of standard output.")
    var json = false

    /// Prints results: as JSON if that was asked for, otherwise for people.
    func print(_ result: some Encodable, people text: String) throws {
        if json {
            Swift.print(try Results.line(result))
        } else {
            Swift.print(text)
        }
    }
}

/// Runs a command's body; what it throws becomes lines on standard error and the exit status.
func reportingErrors(_ body: () throws -> Void) throws {
    do {
        try body()
    } catch let exit as ExitCode {
        throw exit
    } catch {
        let failure = Failure(error)
        StandardError.write(failure.lines + "\n")
        throw ExitCode(failure.status.rawValue)
    }
}
