import Cameras
public import Control
import Foundation
public import Realtime
import Robots

/// Runs the loops on threads of their own: control on absolute deadlines with real-time rights, inference below it, the
/// supervisor above it, the recorder as an ordinary thread.
public struct RealtimeSession {
    /// What a run came to.
    public struct Summary: Sendable {
        /// How the episodes went, in order.
        public var results: [EpisodeResult]
        /// Control cycles run.
        public var cycles: UInt64
        /// Deadlines skipped because a cycle took too long or the thread woke too late.
        public var overruns: UInt64
        /// Calls of the allocator on the control thread while it looped; nil where this process does not count them.
        public var allocations: UInt64?
        /// How late the control thread woke.
        public var wake: LatencySummary
        /// How long a control cycle took, from waking to its end, the backend's read and write included.
        public var step: LatencySummary
        /// The control loop's own share of ``step``.
        public var control: LatencySummary
        /// What the kernel granted the control thread.
        public var rights: GrantedRights
        /// Cycle records and recorder events that did not fit into their exchange.
        public var dropped: UInt64
        /// Why the run ended early, if it did.
        public var endedBy: JobError?
        /// What happened on the robot's buses; none for a simulated one.
        public var buses: [BusReport] = []
        /// What was left to say when a real robot was disconnected; nil where all went as it should.
        public var ending: String?
    }

    /// Where a run is recorded: the recorder, and the queue of inference's events that it reads.
    public typealias Recording = (recorder: Recorder, events: RecorderQueue)

    let setting: InferenceSetting
    let stepPeriod: UInt64
    let channels: ControlChannels
    let state = SessionState()
    /// Where a person says when an episode begins; nil begins it at once.
    var gate: PersonMarks?

    /// What the job's cameras see.
    var cameras: [CameraFeed] = []

    var robot: RobotDescription { setting.robot }

    /// - Parameters:
    ///   - setting: the task, robot and scales.
    ///   - stepRate: inference steps a second, Hz.
    ///   - channels: the ones that the control loop was made with.
    public init(setting: InferenceSetting, stepRate: Double, channels: ControlChannels) {
        self.setting = setting
        self.channels = channels
        stepPeriod = UInt64((1e9 / stepRate).rounded())
    }

    /// Runs the episodes one after the other. A session runs once.
    ///
    /// - Parameters:
    ///   - episodes: in order.
    ///   - control: already connected; moved to the control thread.
    ///   - source: where actions come from.
    ///   - recording: done on a thread of its own; nil records nothing.
    ///   - signal: the signal that asked the process to end, if one did.
    ///   - report: called after every episode, on the caller's thread.
    /// - Throws: `RealtimeError` where a right is refused and the robot file demands it; ``JobError`` if the control
    ///   loop hung.
    func run<Driver: ControlThreadDriver & ~Copyable>(
        _ episodes: [EpisodeRequest], control: consuming ControlLoop<Driver>, source: consuming ActionSource,
        recording: Recording?, signal: () -> ExitStatus?, report: (EpisodeResult) -> Void
    ) throws -> Summary {
        let inference = InferenceLoop(
            setting: setting, source: source, channels: channels, events: recording?.events, cameras: cameras)
        let controlThread = try startControl(control)
        let inferenceThread: RealtimeThread
        let supervisor: Supervisor
        do {
            supervisor = try startSupervisor()
            inferenceThread = try startInference(inference, episodes: episodes)
        } catch {
            state.controlEnd.set()
            controlThread.join()
            throw error
        }
        let recorderThread = recording.map { startRecorder($0.recorder) }

        waitForEnd(signal: signal, report: report)
        state.inferenceEnd.set()
        inferenceThread.join()
        comeToRest()
        state.controlEnd.set()
        if let failure = state.failure, failure.status == .loopHung {
            // A thread that hangs cannot be joined; what has been recorded is brought to disk, and the process ends.
            _ = Unmanaged.passRetained(controlThread)
            finish(recorderThread)
            throw failure
        }
        controlThread.join()
        supervisor.stop()
        finish(recorderThread)
        for result in state.takeNewResults() { report(result) }
        guard let counted = state.controlReport else {
            throw JobError(.softwareFault, "the control thread ended without a report")
        }
        return Summary(
            results: state.results, cycles: counted.cycles, overruns: counted.overruns,
            allocations: counted.allocations, wake: counted.wake, step: counted.step, control: counted.control,
            rights: controlThread.rights, dropped: channels.cycles.dropped + (recording?.events.dropped ?? 0),
            endedBy: state.failure)
    }

    /// Waits for the last episode, passing on results and signals.
    private func waitForEnd(signal: () -> ExitStatus?, report: (EpisodeResult) -> Void) {
        var interrupted = false
        while !state.isFinished {
            Thread.sleep(forTimeInterval: 0.02)
            for result in state.takeNewResults() { report(result) }
            if let status = signal(), !interrupted {
                interrupted = true
                state.requestStop()
                channels.operatorRequest.requestStop()
                state.failAfterEpisode(JobError(status, "stopped by a signal; the robot was brought to rest"))
            }
        }
    }

    /// Lets control go on until the arm stands still: it must not end under an arm in motion.
    ///
    /// The last setpoint asks it to hold. An arm that has a rest pose goes there first, since its driver takes the torque
    /// off. The wait is bounded, since a fault may leave nothing that could stop the arm.
    private func comeToRest() {
        let (slowest, interval) = (0.02, 0.01)  // rad/s, s
        let hasRestPose = robot.safety.restPose != nil
        if hasRestPose { channels.operatorRequest.requestStop() }
        let longestWait = (hasRestPose ? 3 + restDuration : 3) + robot.safety.holdDuration
        var snapshot = ControlSnapshot()
        for _ in 0..<Int(longestWait / interval) where state.failure?.status != .loopHung {
            Thread.sleep(forTimeInterval: interval)
            guard channels.snapshot.read(into: &snapshot) else { continue }
            if hasRestPose, snapshot.phase != .stopped, snapshot.phase != .faulted { continue }
            // After a fault it is held for a moment.
            if snapshot.phase == .faulted, robot.safety.torquePolicy == .release, snapshot.executed.mode != .idle {
                continue
            }
            let state = snapshot.measurement.state
            let isStill = (0..<robot.jointCount).allSatisfy { joint in
                // Of a joint that is not heard any more there is no telling, however long it is waited.
                let age = Double(snapshot.time.nanoseconds(since: state.jointTimes[joint])) * 1e-9
                return abs(state.jointVelocities[joint]) < slowest || age > robot.safety.stateAge
            }
            if isStill { return }
        }
    }

    /// The longest that any joint takes to its rest pose, s.
    private var restDuration: Double {
        robot.joints.map { joint in
            let speed = robot.safety.restSpeedFraction * joint.velocity
            return (joint.upper - joint.lower) / speed + joint.velocity / joint.acceleration
        }.max() ?? 0
    }

    private func finish(_ recorder: WorkerThread?) {
        state.recorderEnd.set()
        recorder?.join()
    }
}
