import Control
import Foundation
import Realtime
import Robots

extension RealtimeSession {
    /// Starts the control loop on its thread, with the rights that the robot file asks for.
    func startControl<Driver: ControlThreadDriver & ~Copyable>(
        _ control: consuming ControlLoop<Driver>
    ) throws(RealtimeError) -> RealtimeThread {
        let period = UInt64((1e9 / robot.control.rate).rounded())
        let spin = min(UInt64((robot.realtime.spin * 1e9).rounded()), period / 2)
        let overruns = robot.realtime.overruns
        let loop = Handover(control)
        return try RealtimeThread.start(name: "control", options: robot.realtime.options) { [state, channels] _ in
            let pacer = CyclePacer(period: period, spin: spin, overrunBudget: overruns)
            state.set(
                runControlThread(loop.take(), pacer: pacer, until: state.controlEnd, requests: channels.operatorRequest)
            )
        }
    }

    /// Starts the inference loop on its thread: real-time too, but below control, so that a learner cannot starve it.
    func startInference(
        _ inference: consuming InferenceLoop, episodes: [EpisodeRequest]
    ) throws(RealtimeError) -> RealtimeThread {
        let loop = Handover(inference)
        let options = RealtimeOptions(
            priority: max(1, robot.realtime.priority / 2), cpu: nil, lockMemory: robot.realtime.lockMemory,
            stackBytes: 8 << 20, onRefusal: .warn)
        return try RealtimeThread.start(name: "inference", options: options) { [state, stepPeriod, gate] _ in
            var inference = loop.take()
            var pacer = CyclePacer(period: stepPeriod, spin: 0, overrunBudget: OverrunBudget(limit: .max))
            pacer.start()
            for episode in episodes where !state.stopRequested && !state.inferenceEnd.isSet {
                // Until then the robot is held where it is.
                if let gate {
                    while !gate.takeDone(), !state.stopRequested, !state.inferenceEnd.isSet {
                        _ = inference.step(now: pacer.wait().woke)
                    }
                    if state.stopRequested || state.inferenceEnd.isSet { break }
                }
                inference.begin(episode, now: MonotonicClock.now())
                let result = Self.runEpisode(&inference, pacer: &pacer, state: state)
                state.add(result)
                // What stopped the robot waits for a person.
                if Driving.status(of: result) != nil { break }
            }
            // One more step leaves the robot with a setpoint to hold.
            _ = inference.step(now: MonotonicClock.now())
            state.finish()
        }
    }

    private static func runEpisode(
        _ inference: inout InferenceLoop, pacer: inout CyclePacer, state: SessionState
    ) -> EpisodeResult {
        while true {
            let wake = pacer.wait()
            if state.stopRequested || state.inferenceEnd.isSet { inference.requestStop() }
            if case .ended(let result) = inference.step(now: wake.woke) { return result }
        }
    }

    /// Starts the recorder on an ordinary thread.
    func startRecorder(_ recorder: Recorder) -> WorkerThread {
        let recorder = Handover(recorder)
        return WorkerThread(name: "recorder") { [state] in
            let recorder = recorder.take()
            do {
                while !state.recorderEnd.isSet {
                    try recorder.step()
                    Thread.sleep(forTimeInterval: 0.01)
                }
                try recorder.finish()
            } catch {
                state.requestStop()
                state.fail(JobError(Failure(error).status, Failure(error).message))
            }
        }
    }

    /// Starts watching the control loop's heartbeat.
    ///
    /// It watches from above the control loop's priority, so that a loop that spins cannot keep it from running.
    func startSupervisor() throws(RealtimeError) -> Supervisor {
        let timeout = robot.realtime.supervisorTimeout
        let limit = UInt64((timeout * 1e9).rounded())
        let options = RealtimeOptions(
            priority: min(99, robot.realtime.priority + 1), cpu: nil, lockMemory: false, onRefusal: .warn)
        return try Supervisor.start(
            watching: channels.heartbeat, limit: limit, interval: min(max(1_000_000, limit / 8), 100_000_000),
            options: options
        ) { [state] verdict in
            guard case .stopped = verdict else { return }
            state.fail(
                JobError(.loopHung, "the control loop gave no sign of life for \(timeout) s; the run was ended"))
        }
    }
}

/// An ordinary thread that can be waited for.
final class WorkerThread: Sendable {
    private let done = DispatchSemaphore(value: 0)

    init(name: String, body: @escaping @Sendable () -> Void) {
        let done = done
        let thread = Thread {
            body()
            done.signal()
        }
        thread.name = name
        thread.start()
    }

    /// Waits for the thread's end. Call it once.
    func join() { done.wait() }
}
