import Configuration
import Control
import Foundation
import Policies
public import Robots
public import Simulation

/// A job with everything that its file names: the robot and the task, checked.
public struct JobContext: Sendable {
    /// The job, with what the command line changed.
    public var job: JobConfiguration
    /// The robot that the job names.
    public var robot: RobotDescription
    /// The task that the job names, for that robot.
    public var task: any ManipulationTask
    /// The calibrations of the job's cameras, of those that have one.
    public var calibrations: [CameraCalibration]
    /// How much of the robot is real.
    public var hardware: HardwareKind
    /// What makes features of the cameras' pictures, for policies that see them; nil until a policy is chosen
    /// (``seeing(_:)``), and where none does.
    var images: ImageEncoder?
    /// Where the robot is plugged in; nothing for a simulated one.
    public var connection = RobotConnection()
    /// The emulated robot, where the hardware is emulated.
    public private(set) var emulated: EmulatedHardware?
    /// The emulated leader, moved by a hand, for a job that has one and whose hardware is emulated.
    private(set) var emulatedLeader: EmulatedHardware?
    /// Where the leader is plugged in, for a job that has one.
    public var leaderConnection = RobotConnection()

    /// Loads a job and what it names.
    ///
    /// - Parameters:
    ///   - path: the job file.
    ///   - robotPath: a robot file in place of the one that the job names.
    ///   - hardware: how much of the robot is real.
    ///   - adjust: what the command line changes in the job.
    /// - Throws: `ConfigurationError` with the faults of a file; ``JobError`` where they do not fit together.
    public init(
        path: String, robotPath: String? = nil, hardware: HardwareKind = .simulated,
        adjust: (inout JobConfiguration) -> Void = { _ in }
    ) throws {
        var job = try JobConfiguration.load(path: path)
        if let robotPath { job.robotPath = URL(fileURLWithPath: robotPath).standardizedFileURL.path }
        adjust(&job)
        try self.init(job: job, hardware: hardware)
    }

    /// Loads what a job names.
    ///
    /// - Throws: as ``init(path:robotPath:hardware:adjust:)``.
    public init(job: JobConfiguration, hardware: HardwareKind) throws {
        let path = job.path
        let robot = try RobotDescription.load(path: job.robotPath)
        guard robot.supportedHardware.contains(hardware) else {
            let known = robot.supportedHardware.map(\.rawValue).joined(separator: ", ")
            throw JobError(
                .unavailable,
                "\(job.robotPath): the robot '\(robot.name)' cannot be run as '\(hardware.rawValue)' hardware; it supports: \(known)"
            )
        }
        do {
            task = try TaskCatalogue.task(named: job.task.name, variant: job.task.variant, robot: robot)
        } catch {
            throw JobError(.badFile, "\(path): \(error)")
        }
        guard hardware == .simulated || !task.needsScene else {
            throw JobError(
                .badFile,
                "\(path): the task '\(job.task.name)' looks at objects, which only the simulator knows the places of; run it with --hardware simulated"
            )
        }
        let cycles = robot.control.rate / job.inference.rate
        guard cycles >= 1, cycles == cycles.rounded() else {
            throw JobError(
                .badFile,
                "\(path): the inference rate of \(job.inference.rate) Hz does not divide the control rate of \(robot.control.rate) Hz in \(job.robotPath)"
            )
        }
        guard job.inference.rate == task.controlRate else {
            throw JobError(
                .badFile,
                "\(path): the task '\(job.task.name)' is defined at \(task.controlRate) actions a second; the inference rate is \(job.inference.rate) Hz"
            )
        }
        calibrations = try Self.loadCalibrations(job)
        self.job = job
        self.robot = robot
        self.hardware = hardware
        emulate()
    }

    /// Says what goes wrong with emulated hardware.
    ///
    /// - Parameter faults: the fault file; nil lets nothing go wrong.
    public mutating func emulate(faults: String? = nil) {
        guard hardware == .emulated else { return }
        emulated = EmulatedHardware(EmulationSettings(faults: faults, seed: job.seed))
        emulatedLeader = EmulatedHardware(EmulationSettings(hand: .poses, seed: job.seed))
    }

    /// Control cycles in an inference period.
    public var cyclesPerStep: Int { Int((robot.control.rate / job.inference.rate).rounded()) }

    /// A control period, ns.
    public var cyclePeriod: UInt64 { UInt64((1e9 / robot.control.rate).rounded()) }

    /// What the inference loop needs of the job.
    public var setting: InferenceSetting {
        var setting = InferenceSetting(job: job, task: task, robot: robot)
        setting.beginsInPlace = hardware != .simulated
        setting.hidesObjects = job.images != nil
        setting.images = images
        return setting
    }

    /// How the task is called in files: `square-d0`.
    public var taskName: String { "\(job.task.name)-\(job.task.variant)" }
}
