/// How a command ended, as its exit status.
///
/// 64 to 78 have the meanings of BSD's `sysexits.h`; from 80 on they name how a run on a robot ended.
public enum ExitStatus: Int32, Sendable, CaseIterable {
    /// The job was done.
    case success = 0
    /// The job was not done, for a reason that the last line of standard error names.
    case failure = 1
    /// A wrong invocation.
    case usage = 64
    /// A file that is broken or does not fit the job.
    case badFile = 65
    /// A file that is not there or cannot be read.
    case missingFile = 66
    /// Something this machine lacks: a device, a graphics driver, a library.
    case unavailable = 69
    /// A defect in this program.
    case softwareFault = 70
    /// A file or folder that cannot be created.
    case cannotCreate = 73
    /// Writing failed, as on a full disk.
    case inputOutput = 74
    /// A right that was required and not granted, as to real time.
    case noPermission = 77
    /// The safety system stopped the robot.
    case safetyStop = 80
    /// The policy answered too late, or never.
    case policyLate = 81
    /// The policy failed or produced something that is not an action.
    case policyFailed = 82
    /// The control loop missed more deadlines than its budget allows.
    case overruns = 83
    /// The control loop hung; the supervisor ended the run.
    case loopHung = 84
    /// A replay did not come out bit for bit.
    case replayDiffers = 85
    /// A camera gave no pictures, or others than before.
    case cameraFault = 86
    /// Ended by SIGHUP: the terminal was closed.
    case hungUp = 129
    /// Ended by SIGINT.
    case interrupted = 130
    /// Ended by SIGTERM.
    case terminated = 143
}

/// What ends a job early: a status and one clear line.
public struct JobError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What the process exits with.
    public var status: ExitStatus
    /// What is wrong and what would be right; several lines where several things are wrong.
    public var message: String

    /// An error with this status and message.
    public init(_ status: ExitStatus, _ message: String) {
        self.status = status
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
