import Configuration
import Control
import Episodes
import Foundation
import Realtime
import Robots

/// Proves that a recorded run replays bit for bit: feeds what was measured through the control loop again, and compares
/// every command with the recorded one.
public struct VerifyJob: Sendable {
    /// What `replay --verify` prints.
    public struct Result: Codable, Sendable {
        /// Control cycles compared.
        public var cycles: Int
        /// Whether all of them came out the same.
        public var identical: Bool
        /// Episodes compared.
        public var episodes: Int
        /// The first difference; left out where there is none.
        public var difference: String?

        /// The result for people.
        public var text: String {
            if let difference { return "not identical: \(difference)" }
            return "identical: \(cycles) control cycles of \(episodes) episodes came out bit for bit"
        }
    }

    let path: String
    let episode: Int?

    /// - Parameters:
    ///   - path: a run folder, a folder of episodes, or one episode file.
    ///   - episode: which episode of the run; nil takes all.
    public init(path: String, episode: Int?) {
        self.path = path
        self.episode = episode
    }

    /// Replays and compares.
    public func run() throws -> Result {
        var result = Result(cycles: 0, identical: true, episodes: 0)
        for path in try EpisodeFiles.paths(at: path, episode: episode) {
            let reader = try EpisodeReader(path: path)
            let cycles = try reader.cycles()
            guard let first = cycles.first, first.episodeSequence == first.setpointSequence else {
                throw JobError(.badFile, "\(path): the recording does not hold the beginning of its control cycles")
            }
            result.episodes += 1
            let difference = try Self.replay(
                cycles, setpoints: reader.setpoints(), robot: reader.recordedRobot()
            ) { result.cycles += 1 }
            if let difference {
                result.identical = false
                result.difference = "\(path): \(difference)"
                return result
            }
        }
        return result
    }

    /// Runs the control loop on recorded measurements.
    ///
    /// - Parameter counted: called after each cycle that came out the same.
    /// - Returns: the first difference, or nil.
    private static func replay(
        _ cycles: [CycleRecord], setpoints: [Setpoint], robot: RobotDescription, counted: () -> Void
    ) throws -> String? {
        let channels = ControlChannels(cycleCapacity: 4)
        let driver = PlaybackDriver(states: cycles.map(\.state), canReset: true)
        var loop = try ControlLoop(
            driver: driver, robot: robot, channels: channels, mode: robot.control.commandMode, timing: .off)
        let bySequence = Dictionary(setpoints.map { ($0.sequence, $0) }) { first, _ in first }
        var sequence: UInt64 = 0
        var replayed = CycleRecord()
        var lastCycle: UInt64?
        for recorded in cycles {
            if let lastCycle, recorded.cycle != lastCycle + 1 {
                return "cycles \(lastCycle + 1) to \(recorded.cycle - 1) are missing in the recording"
            }
            lastCycle = recorded.cycle
            if recorded.setpointSequence != sequence {
                sequence = recorded.setpointSequence
                guard let setpoint = bySequence[sequence] else {
                    return "cycle \(recorded.cycle) took setpoint \(sequence), which is not in the recording"
                }
                channels.setpoint.publish(setpoint)
            }
            channels.operatorRequest.request(recorded.requests)
            _ = loop.step(now: recorded.time)
            guard channels.cycles.pop(into: &replayed) else { return "cycle \(recorded.cycle) gave no record" }
            if let name = CycleComparison.firstDifference(recorded, replayed) {
                return "cycle \(recorded.cycle) differs in \(name)"
            }
            counted()
        }
        return nil
    }
}

/// Compares what the control loop made of a cycle, bit for bit.
enum CycleComparison {
    /// The name of the first value that differs, or nil. The number of the cycle counts from the loop's start and the durations are
    /// the machine's, so they are left out.
    static func firstDifference(_ left: CycleRecord, _ right: CycleRecord) -> String? {
        if let name = firstDifference(left.requested, right.requested) { return "the requested \(name)" }
        if let name = firstDifference(left.executed, right.executed) { return "the executed \(name)" }
        if left.interventions != right.interventions { return "the safety filter's interventions" }
        if left.faults != right.faults { return "the faults" }
        if left.phase != right.phase { return "the stop phase" }
        if left.setpointSequence != right.setpointSequence { return "the setpoint in force" }
        if left.episodeSequence != right.episodeSequence { return "the episode" }
        return nil
    }

    private static func firstDifference(_ left: RobotCommand, _ right: RobotCommand) -> String? {
        if left.mode != right.mode { return "mode" }
        for joint in 0..<JointVector.capacity {
            if left.jointTorques[joint].bitPattern != right.jointTorques[joint].bitPattern {
                return
                    "torque of joint \(joint + 1): \(left.jointTorques[joint]) N·m recorded, \(right.jointTorques[joint]) replayed"
            }
            if left.jointPositions[joint].bitPattern != right.jointPositions[joint].bitPattern {
                return
                    "position of joint \(joint + 1): \(left.jointPositions[joint]) rad recorded, \(right.jointPositions[joint]) replayed"
            }
        }
        if left.gripperOpening.bitPattern != right.gripperOpening.bitPattern { return "gripper opening" }
        return nil
    }
}

/// Finds the episodes that a path names.
enum EpisodeFiles {
    /// The episode files of a run folder, a folder of episodes, or the file itself.
    ///
    /// - Throws: ``JobError`` where there are none.
    static func paths(at path: String, episode: Int?) throws -> [String] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw JobError(.missingFile, "\(path): no such run")
        }
        guard isFolder.boolValue else { return [try completed(path)] }
        let inside = path + "/episodes"
        let folder = FileManager.default.fileExists(atPath: inside) ? inside : path
        try EpisodeRescue.run(in: folder)
        let paths = try Dataset(path: folder).episodePaths
        guard !paths.isEmpty else { throw JobError(.missingFile, "\(folder): there is no episode in this folder") }
        guard let episode else { return paths }
        let wanted = Dataset.episodePath(folder: folder, index: episode)
        guard paths.contains(wanted) else {
            throw JobError(.missingFile, "\(folder): there is no episode \(episode); there are \(paths.count)")
        }
        return [wanted]
    }

    /// The episode itself, or what can be recovered of one whose writer was cut off.
    private static func completed(_ path: String) throws -> String {
        let suffix = ".partial"
        guard path.hasSuffix(suffix), try EpisodeRescue.complete(path) else { return path }
        return String(path.dropLast(suffix.count))
    }
}
