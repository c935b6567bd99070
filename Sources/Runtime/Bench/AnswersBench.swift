import Numerics
import Policies
import Realtime
import Robots

/// Whether the control loop notices how long a policy's answers take: one whose answers take up to 0.4 s and now and then 5 s more
/// takes turns with one that answers at once, both in real time with all their threads.
struct AnswersBench {
    /// What the answers of the slow policy take.
    static let latency = PolicyLatency(jitter: 0.4, stall: 5, stallProbability: 0.2)

    let rounds: Int
    let seconds: Double
    let context: JobContext

    init(_ job: BenchJob, _ context: JobContext) {
        rounds = job.rounds
        seconds = job.effort.answersSeconds
        // What is measured is the loop: a machine that is busy or grants no rights is not refused.
        var patient = context
        patient.robot.realtime.onRefusal = .warn
        patient.robot.realtime.overrunBudget = 1_000_000
        self.context = patient
    }

    func run() throws -> BenchLayer {
        var prompt: [RealtimeSession.Summary] = []
        var late: [RealtimeSession.Summary] = []
        for round in 0..<rounds {
            prompt.append(try drive(.none, seed: UInt64(round)))
            late.append(try drive(Self.latency, seed: UInt64(round)))
        }
        var layer = BenchLayer()
        let parts: [(String, String, KeyPath<RealtimeSession.Summary, Double>)] = [
            ("wakeP50", "wake-up, p50", \.wake.p50), ("wakeP99", "wake-up, p99", \.wake.p99),
            ("stepP99", "control cycle, p99", \.step.p99),
        ]
        for (key, label, path) in parts {
            layer.add(
                key,
                BenchFigure("\(label), late answers", unit: "µs", rounds: late.map { $0[keyPath: path] })
                    .compared(with: BenchFigure.median(prompt.map { $0[keyPath: path] }), "prompt answers'"))
            layer.add(
                key + "Ratio",
                BenchFigure(
                    "\(label), late over prompt", unit: "",
                    rounds: zip(late, prompt).map { $0[keyPath: path] / $1[keyPath: path] }))
        }
        layer.notes.append(
            "answers take 0 to \(Self.latency.jitter) s, every fifth \(Self.latency.stall) s more; the robot is held meanwhile; "
                + "\(late.map(\.cycles).reduce(0, +)) and \(prompt.map(\.cycles).reduce(0, +)) cycles")
        return layer
    }

    private func drive(_ latency: PolicyLatency, seed: UInt64) throws -> RealtimeSession.Summary {
        var setting = context.setting
        setting.chunks.seam = .holdAndWait
        setting.horizon = max(1, Int(seconds * context.job.inference.rate))
        let session = RealtimeSession(
            setting: setting, stepRate: context.job.inference.rate, channels: context.makeChannels())
        let worker = PolicyWorker(
            policy: StillPolicy(horizon: context.job.policy.horizon, actionSize: setting.actionSize), mode: .ownThread,
            latency: latency)
        let summary = try context.run(
            session, [EpisodeRequest(index: 0, seed: 0)], source: .policy(worker, seed: seed), recording: nil,
            report: { _ in })
        if let error = summary.endedBy { throw error }
        guard let result = summary.results.first, result.ending == .horizon else {
            throw JobError(.failure, summary.results.first.map(Driving.reason) ?? "the episode did not end")
        }
        return summary
    }
}

/// Proposes to stay: what is measured is not where the robot goes.
private final class StillPolicy: ChunkPolicy {
    let horizon: Int
    let actionSize: Int
    let version: UInt64 = 0

    init(horizon: Int, actionSize: Int) {
        self.horizon = horizon
        self.actionSize = actionSize
    }

    func propose(_ request: ChunkRequest, random: inout RandomStream) -> ActionChunk {
        ActionChunk(
            step: request.step, policyVersion: version,
            actions: Array(repeating: Array(repeating: 0, count: actionSize), count: horizon))
    }
}
