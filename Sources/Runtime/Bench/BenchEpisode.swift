import Control
import Episodes
import Simulation

/// An episode of the task's expert with everything that passed through the loops: what the other layers are measured with.
struct BenchEpisode: Sendable {
    let request = EpisodeRequest(index: 0, seed: 0)
    /// Every control cycle, from the one that put the world into the initial scene.
    var cycles: [CycleRecord] = []
    var setpoints: [Setpoint] = []
    var steps: [StepRecord] = []

    /// Runs the episode in lockstep.
    ///
    /// - Parameter limit: policy steps after which it ends at the latest.
    init(context: JobContext, steps limit: Int) throws {
        var context = context
        context.job.recording.cycleRing = 1 << 14
        context.job.recording.stepRing = 1 << 14
        let channels = context.makeChannels()
        let events = RecorderQueue(capacity: context.job.recording.stepRing)
        var session = try context.makeBenchSession(channels: channels, events: events)
        var asked = 0
        _ = try session.run(request) {
            asked += 1
            return asked > limit
        }
        for event in events.takeAll() {
            switch event {
            case .begin(_, let setpoint), .setpoint(let setpoint): setpoints.append(setpoint)
            case .step(let step): steps.append(step)
            case .end: break
            }
        }
        var record = CycleRecord()
        while channels.cycles.pop(into: &record) { cycles.append(record) }
        guard channels.cycles.dropped == 0, events.dropped == 0, steps.count > 1 else {
            throw JobError(.softwareFault, "the episode for the benchmark has \(steps.count) whole steps")
        }
        // The last cycle holds after the episode; its setpoint is not one of the episode's.
        cycles.removeLast()
    }
}

extension JobContext {
    /// A lockstep session with the expert, whose exchanges the caller keeps.
    func makeBenchSession(channels: ControlChannels, events: RecorderQueue?) throws -> LockstepSession {
        LockstepSession(
            control: try makeControl(channels: channels, timing: .off),
            inference: InferenceLoop(
                setting: setting, source: .expert(of: task, noise: 0), channels: channels, events: events),
            recorder: nil, channels: channels, cyclesPerStep: cyclesPerStep, cyclePeriod: cyclePeriod)
    }
}
