import Control
import Foundation
public import Realtime
public import Robots
public import Simulation
import Synchronization

/// Runs the loops on threads of their own: control on absolute deadlines with real-time rights, inference below it, the recorder
/// and the supervisor as ordinary threads.
public final class RealtimeSession {
    /// What a run came to.
    public struct Summary: Sendable {
        public var results: [EpisodeResult] = []
        /// Control cycles run.
        public var cycles: UInt64 = 0
        /// Deadlines missed by a whole period or more.
        public var overruns: UInt64 = 0
        /// Calls of the allocator on the control thread while it looped; nil where this process does not count them.
        public var allocations: UInt64?
        /// How late the control thread woke.
        public var wake: LatencySummary
        /// How long a control cycle took, the backend's read and write included.
        public var step: LatencySummary
        /// The same without the backend.
        public var control: LatencySummary
        /// What the kernel granted the control thread.
        public var rights: GrantedRights?
        /// Cycle records and recorder events that did not fit into their exchange.
        public var dropped: UInt64 = 0
        /// Why the run ended early.
        public var endedBy: JobError?
    }

    private let shared: RealtimeShared
    private let robot: RobotDescription
    private let setting: InferenceSetting
    private let stepPeriod: UInt64

    /// - Parameters:
    ///   - setting: the task, robot and scales.
    ///   - stepRate: inference steps a second, Hz.
    ///   - channels: the ones that the control loop was made with.
    public init(setting: InferenceSetting, stepRate: Double, channels: ControlChannels) {
        robot = setting.robot
        self.setting = setting
        stepPeriod = UInt64((1e9 / stepRate).rounded())
        shared = RealtimeShared(channels: channels)
    }

    /// Runs the episodes one after the other.
    ///
    /// - Parameters:
    ///   - episodes: in order.
    ///   - control: already connected; moved to the control thread.
    ///   - source: where actions come from.
    ///   - recorder: called on a thread of its own; nil records nothing.
    ///   - events: the queue that `recorder` reads.
    ///   - signals: whether somebody asked the process to end.
    ///   - report: called after every episode, on the caller's thread.
    /// - Throws: ``RealtimeError`` where a right is refused and the robot file demands it.
    public func run(
        _ episodes: [EpisodeRequest], control: consuming ControlLoop<SimulatedRobot>, source: consuming ActionSource,
        recorder: Recorder?, events: RecorderQueue?, signals: () -> ExitStatus?,
        report: (EpisodeResult) -> Void
    ) throws -> Summary {
        let controlBox = Handover(control)
        let inference = Handover(
            InferenceLoop(setting: setting, source: source, channels: shared.channels, events: events))
        let controlThread = try startControl(controlBox)
        let supervisor = startSupervisor()
        let recorderThread = recorder.map { startRecorder($0) }
        let inferenceThread = try startInference(inference, episodes: episodes)

        let endedBy = waitForEnd(signals: signals, report: report)
        shared.inferenceShouldEnd.store(true, ordering: .releasing)
        inferenceThread.join()
        shared.controlShouldEnd.store(true, ordering: .releasing)
        if endedBy?.status != .loopHung { controlThread.join() }
        supervisor.stop()
        recorderThread?.join()

        var summary = shared.summary.withLock { $0 }
        summary.rights = controlThread.rights
        summary.dropped = shared.channels.cycles.dropped + (events?.dropped ?? 0)
        summary.endedBy = endedBy ?? shared.failure.withLock { $0 }
        for result in shared.takeResults() { report(result) }
        summary.results = shared.allResults
        return summary
    }
}
