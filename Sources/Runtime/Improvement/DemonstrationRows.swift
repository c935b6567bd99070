import Learning
import Numerics
import Policies

/// Demonstrations as the small policy learns from them: beside every observation the base action that would have been
/// scheduled there, chunk by chunk as when driving, and the label that follows from both.
struct DemonstrationRows {
    /// Standardised state rows and labels, for cloning.
    let set: CloningSet
    /// Statistics of the rows.
    let normaliser: InputNormaliser
    /// Numbers of labels that had to be held within the small policy's reach, as a fraction of all.
    let clipped: Double

    /// Standard deviation of the noise on the labels of the gripper: a label that only knows two values would say
    /// nothing about how sure one can be.
    static var gripperNoise: Float { 0.05 }

    /// - Parameters:
    ///   - demonstrations: checked.
    ///   - base: proposes chunks for their observations.
    ///   - context: the job: how chunks are scheduled, the detail shown, the seed of the base policy's noise and the labels'.
    ///   - composition: makes labels of actions.
    ///   - progress: told how many demonstrations are done.
    /// - Throws: `PolicyError` or `LearningError`, what a server answers, and `EpisodeError` where the base policy wants to see
    ///   what an episode does not show.
    init(
        _ demonstrations: DemonstrationSet, base: any ChunkPolicy, context: JobContext, composition: Composition,
        progress: (Int) throws -> Void
    ) throws {
        let (setting, octaves, seed) = (context.setting, context.job.improve.detail, context.job.seed)
        let encoder = FeatureEncoder(layout: demonstrations.layout)
        let (size, actionSize) = (encoder.size, demonstrations.actionSize)
        let plainRows = Tensor(rows: demonstrations.stepCount, columns: size + actionSize + 1)
        let labels = Tensor(rows: demonstrations.stepCount, columns: actionSize)
        var plain = [Float](repeating: 0, count: size + actionSize + 1)
        var (row, held) = (0, 0)
        for (index, episode) in demonstrations.episodes.enumerated() {
            var queue = ChunkQueue(setting.chunks)
            var noise = RandomStream.derived(from: seed, 51, UInt64(index))
            let requests = base.looksAround ? try DemonstratedRequests(path: episode.path, context: context) : nil
            for step in 0..<episode.actions.count / actionSize {
                let observation = Array(
                    episode.observations[step * demonstrations.layout.size..<(step + 1) * demonstrations.layout.size])
                if queue.wantsChunk(at: step) {
                    let continuation = queue.request(at: step)
                    let request =
                        try requests?.request(observation, step: step, continuation: continuation)
                        ?? ChunkRequest(observation: observation, step: step, continuation: continuation)
                    var random = ActionSource.stream(seed: seed, episode: UInt64(index), step: step)
                    queue.receive(try base.propose(request, random: &random), at: step, delay: 0)
                }
                guard let action = queue.action(at: step) else {
                    throw LearningError.configuration(
                        "the base policy's chunks of \(base.horizon) actions end before the next one takes over")
                }
                try SmallPolicy.writePlain(
                    encoder, observation: observation, base: action.values, phase: action.phase,
                    horizon: base.horizon, into: &plain)
                for (column, value) in plain.enumerated() { plainRows[row, column] = value }
                held += Self.label(
                    episode.actions[step * actionSize..<(step + 1) * actionSize], base: action.values, composition,
                    &noise, into: labels.view.row(row))
                row += 1
            }
            try progress(index + 1)
        }
        clipped = Double(held) / Double(labels.count)
        normaliser = try InputNormaliser(fitting: plainRows.view)
        normaliser.apply(plainRows.view)
        let detail = DetailEncoding(layout: demonstrations.layout, octaves: octaves)
        let rows = Tensor(rows: plainRows.rows, columns: plainRows.columns + detail.size)
        for row in 0..<rows.rows {
            detail.expand(plainRows.view.row(row), into: rows.view.row(row))
        }
        set = try CloningSet(
            inputs: rows, labels: labels,
            episodeLengths: demonstrations.episodes.map { $0.actions.count / actionSize })
    }

    private static func label(
        _ demonstrated: ArraySlice<Float>, base: [Float], _ composition: Composition, _ noise: inout RandomStream,
        into label: UnsafeMutableBufferPointer<Float>
    ) -> Int {
        let held = demonstrated.withUnsafeBufferPointer { demonstrated in
            base.withUnsafeBufferPointer { composition.label(demonstrated: demonstrated, base: $0, into: label) }
        }
        let last = label.count - 1
        label[last] = min(max(label[last] + gripperNoise * noise.gaussian(), -composition.limit), composition.limit)
        return held
    }

    /// Tells a replay all demonstrations, each of which ended in success.
    func tell(_ replay: ReplayBuffer) {
        var row = 0
        for length in set.episodeLengths {
            for step in row..<row + length {
                replay.open(lane: 0, state: UnsafeBufferPointer(set.inputs.view.row(step)))
                replay.act(lane: 0, action: UnsafeBufferPointer(set.labels.view.row(step)), version: 0)
            }
            row += length
            // Nothing follows success, so the state that it came in does not matter.
            replay.open(lane: 0, state: UnsafeBufferPointer(set.inputs.view.row(row - 1)), baseKnown: false)
            replay.end(lane: 0, .success)
        }
    }
}
