import Foundation
import Realtime

/// Times every layer on this machine, each beside a peer or the limit that it has to keep.
public struct BenchJob: Sendable {
    /// The layers, in the order in which they are shown.
    public static let layerNames = [
        "wakeup", "control", "answers", "simulation", "exchange", "policy", "training", "learner", "episodes",
        "rendering", "bus", "remote",
    ]

    /// What `bench` prints: an object for each layer that was measured.
    public struct Result: Codable, Sendable {
        var machine: BenchMachine
        var rounds: Int
        var wakeup: BenchLayer?
        var control: BenchLayer?
        var answers: BenchLayer?
        var simulation: BenchLayer?
        var exchange: BenchLayer?
        var policy: BenchLayer?
        var training: BenchLayer?
        var learner: BenchLayer?
        var episodes: BenchLayer?
        var rendering: BenchLayer?
        var bus: BenchLayer?
        var remote: BenchLayer?

        subscript(name: String) -> BenchLayer? {
            switch name {
            case "wakeup": wakeup
            case "control": control
            case "answers": answers
            case "simulation": simulation
            case "exchange": exchange
            case "policy": policy
            case "training": training
            case "learner": learner
            case "episodes": episodes
            case "rendering": rendering
            case "bus": bus
            case "remote": remote
            default: nil
            }
        }

        /// The result for people.
        public var text: String {
            var lines = [machine.text, "median of \(rounds) rounds (range); contenders take turns"]
            for name in BenchJob.layerNames {
                guard let layer = self[name] else { continue }
                lines += [name, layer.text]
            }
            return lines.joined(separator: "\n")
        }
    }

    let jobPath: String
    let layers: [String]
    let rounds: Int
    let learnerPeer: [String]
    let remotePeer: [String]
    let renderingPeer: [String]
    var effort = BenchEffort.full

    /// - Parameters:
    ///   - jobPath: the job whose robot, task and policy are measured.
    ///   - layers: names out of ``layerNames``.
    ///   - rounds: how often every contender has its turn; at least 1.
    ///   - learnerPeer: a program with its arguments that takes turns with the learner; none if empty.
    ///   - remotePeer: one that starts a policy server and takes turns in asking it; none if empty.
    ///   - renderingPeer: one that draws the same pictures and takes turns with rendering; none if empty.
    public init(
        jobPath: String, layers: [String], rounds: Int, learnerPeer: [String] = [], remotePeer: [String] = [],
        renderingPeer: [String] = []
    ) {
        self.jobPath = jobPath
        self.layers = layers
        self.rounds = rounds
        self.learnerPeer = learnerPeer
        self.remotePeer = remotePeer
        self.renderingPeer = renderingPeer
    }

    /// Measures one layer after the other.
    ///
    /// - Throws: ``JobError`` for a layer that there is not, and what the layers throw.
    public func run() throws -> Result {
        if let unknown = layers.first(where: { !Self.layerNames.contains($0) }) {
            throw JobError(
                .usage, "there is no layer '\(unknown)'; there are: \(Self.layerNames.joined(separator: ", "))")
        }
        guard rounds > 0 else { throw JobError(.usage, "\(rounds) rounds: at least 1 is needed") }
        let context = try JobContext(path: jobPath)
        var result = Result(machine: .current(), rounds: rounds)
        let progress = Progress("measuring", total: layers.count)
        var done = 0
        func measure(_ name: String, _ body: () throws -> BenchLayer) rethrows -> BenchLayer? {
            guard layers.contains(name) else { return nil }
            progress.update(done, note: name)
            done += 1
            return try body()
        }
        let others = ["wakeup", "answers", "exchange", "learner", "rendering", "bus", "remote"]
        let needsEpisode = !layers.allSatisfy(others.contains)
        let episode = needsEpisode ? try BenchEpisode(context: context, steps: effort.policySteps) : nil
        if let episode {
            result.control = try measure("control") { try ControlBench(self, context, episode).run() }
            result.simulation = try measure("simulation") { try SimulationBench(self, context, episode).run() }
            result.policy = try measure("policy") { try PolicyBench(self, context, episode).run() }
            result.training = try measure("training") { try TrainingBench(self, context, episode).run() }
            result.episodes = try measure("episodes") { try EpisodesBench(self, context, episode).run() }
        }
        result.learner = try measure("learner") { try LearnerBench(self, context).run() }
        result.exchange = measure("exchange") { ExchangeBench(self).run() }
        result.rendering = try measure("rendering") { try RenderingBench(self, context).run() }
        result.remote = try measure("remote") { try RemoteBench(self, context).run() }
        // Last, because memory stays locked afterwards.
        result.bus = try measure("bus") { try BusBench(self, context).run() }
        result.answers = try measure("answers") { try AnswersBench(self, context).run() }
        result.wakeup = try measure("wakeup") { try WakeupBench(self, context).run() }
        progress.finish("\(done) layers measured")
        return result
    }
}

/// Seconds of the processor that `body` takes on this thread: what else runs on the machine counts less.
func processorSeconds(_ body: () throws -> Void) rethrows -> Double {
    func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
    let start = now()
    try body()
    return now() - start
}

/// Seconds that `body` takes.
func seconds(_ body: () throws -> Void) rethrows -> Double {
    let start = MonotonicClock.now()
    try body()
    return Double(MonotonicClock.now().nanoseconds(since: start)) * 1e-9
}
