import Foundation
import Learning
import Realtime

/// How fast the learner learns, beside the same update in another program where one was named, and how long the small policy
/// takes for one action.
struct LearnerBench {
    /// Between the two checkpoints that a peer compares itself with: two of the policy.
    static let comparedUpdates = 4

    let rounds: Int
    let effort: BenchEffort
    let seed: UInt64
    let peer: [String]

    init(_ job: BenchJob, _ context: JobContext) {
        rounds = job.rounds
        effort = job.effort
        seed = context.job.seed
        peer = job.learnerPeer
    }

    func run() throws -> BenchLayer {
        let bench = try BenchLearner(episodes: effort.learnerEpisodes, seed: seed)
        let learner = bench.learner
        // Until the cloned policy has been asked about every step, as after the first minutes of learning.
        for _ in 0..<effort.learnerWarmUp { try learner.update() }
        let peer = try startPeer(learner)
        defer { peer?.finish() }
        var (rates, processorRates, peerRates, peerProcessorRates) = ([Double](), [Double](), [Double](), [Double]())
        var allocations: UInt64?
        let updates = effort.learnerUpdates
        for _ in 0..<rounds {
            var processor = 0.0
            let before = AllocationCounter.threadCount()
            let time = try seconds {
                processor = try processorSeconds { for _ in 0..<updates { try learner.update() } }
            }
            if let before, let after = AllocationCounter.threadCount() {
                allocations = (allocations ?? 0) + after - before
            }
            rates.append(Double(updates) / time)
            processorRates.append(Double(updates) / processor)
            if let round = try peer?.run(updates) {
                peerRates.append(Double(updates) / round.seconds)
                peerProcessorRates.append(Double(updates) / round.processorSeconds)
            }
        }
        var layer = BenchLayer()
        add(&layer, "updates", "updates of \(2 * learner.configuration.batchSize) samples", rates, peer, peerRates)
        add(&layer, "processor", "updates in a second of the processor", processorRates, peer, peerProcessorRates)
        try addPolicy(learner, &layer)
        note(learner, peer, allocations, &layer)
        return layer
    }

    private func add(
        _ layer: inout BenchLayer, _ name: String, _ label: String, _ rates: [Double], _ peer: LearnerPeer?,
        _ peerRates: [Double]
    ) {
        let figure = BenchFigure(label, unit: "/s", rounds: rates)
        guard let peer else { return layer.add(name, figure) }
        let other = BenchFigure("\(label), \(peer.introduction.name)", unit: "/s", rounds: peerRates)
        layer.add(name, figure.compared(with: other.median, "\(peer.introduction.name)'s"))
        layer.add(name + "Peer", other)
        layer.add(
            name + "Ratio",
            BenchFigure("ratio of neighbouring rounds", unit: "×", rounds: zip(rates, peerRates).map { $0 / $1 }))
    }

    private func startPeer(_ learner: CoherentLearner) throws -> LearnerPeer? {
        guard !peer.isEmpty else { return nil }
        let folder = FileManager.default.temporaryDirectory.path + "/steadyhand-bench-learner-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (before, after) = (folder + "/before.safetensors", folder + "/after.safetensors")
        try learner.save(to: before)
        for _ in 0..<Self.comparedUpdates { try learner.update() }
        try learner.save(to: after)
        return try LearnerPeer("the learner's", command: peer + [before, after])
    }

    /// Observation to action, one at a time.
    private func addPolicy(_ learner: CoherentLearner, _ layer: inout BenchLayer) throws {
        let policy = StationaryPolicy(network: learner.network, parameters: learner.acting, version: 0)
        let states = learner.experience.states
        var action = [Float](repeating: 0, count: learner.network.actionSize)
        var summaries: [LatencySummary] = []
        for _ in 0..<rounds {
            var histogram = LatencyHistogram()
            for index in 0..<effort.actions {
                let state = states.view.row(index % states.rows)
                let start = MonotonicClock.now()
                policy.observe(UnsafeBufferPointer(state))
                action.withUnsafeMutableBufferPointer { policy.mode(into: $0) }
                histogram.record(nanoseconds: MonotonicClock.now().nanoseconds(since: start))
            }
            summaries.append(histogram.summary)
        }
        layer.add("actionP50", BenchFigure("small policy's action, p50", unit: "µs", rounds: summaries.map(\.p50)))
        layer.add(
            "actionP99",
            BenchFigure("small policy's action, p99", unit: "µs", rounds: summaries.map(\.p99))
                .compared(with: 60, "its limit"))
    }

    private func note(
        _ learner: CoherentLearner, _ peer: LearnerPeer?, _ allocations: UInt64?, _ layer: inout BenchLayer
    ) {
        let shape = learner.demonstrations.shape
        let configuration = learner.configuration
        layer.notes.append(
            "states of \(shape.stateSize), actions of \(shape.actionSize), \(configuration.batchSize) demonstrations "
                + "and as many steps of experience, two critics of \(configuration.criticHidden), returns of "
                + "\(shape.returnSteps) steps, the policy in every update number \(configuration.policyInterval)")
        if let allocations {
            let perUpdate = Double(allocations) / Double(rounds * effort.learnerUpdates)
            layer.add("allocations", BenchFigure("allocations in an update", unit: "", rounds: [perUpdate]))
        } else {
            layer.notes.append("allocations are not counted: this program has no allocation hook")
        }
        if let said = peer?.introduction {
            layer.notes.append(
                "what \(Self.comparedUpdates) updates change differs from \(said.name)'s by "
                    + "\(Results.rounded(said.policyDifference)) of the change in the policy and "
                    + "\(Results.rounded(said.criticDifference)) in the critics")
        }
    }
}
