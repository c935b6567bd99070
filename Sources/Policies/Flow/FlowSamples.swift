internal import Numerics

/// Demonstrations as a trainer needs them: features and standardised actions of all steps, one row each.
final class FlowSamples: Sendable {
    let count: Int
    private let features: Tensor
    private let actions: Tensor
    /// For each step, the last of its episode.
    private let lastStep: [Int]

    init(
        _ episodes: [DemonstrationSet.Episode], layoutSize: Int, encoder: FeatureEncoder, scaler: ActionScaler
    ) throws(PolicyError) {
        let actionSize = scaler.mean.count
        count = episodes.reduce(0) { $0 + $1.actions.count / actionSize }
        features = Tensor(rows: count, columns: encoder.size)
        actions = Tensor(rows: count, columns: actionSize)
        var lastStep: [Int] = []
        lastStep.reserveCapacity(count)
        var row = [Float](repeating: 0, count: encoder.size)
        for episode in episodes {
            let steps = episode.actions.count / actionSize
            let first = lastStep.count
            for step in 0..<steps {
                try encoder.encode(episode.observations[...], step * layoutSize, into: &row)
                features.copy(from: row, at: (first + step) * encoder.size)
                for component in 0..<actionSize {
                    actions.base[(first + step) * actionSize + component] = scaler.standardised(
                        episode.actions[step * actionSize + component], component)
                }
            }
            lastStep.append(contentsOf: repeatElement(first + steps - 1, count: steps))
        }
        self.lastStep = lastStep
    }

    /// Copies the features of a step and the chunk that begins with its action; beyond the episode's end the last action
    /// goes on.
    func copy(
        _ step: Int, features target: UnsafeMutablePointer<Float>, chunk: UnsafeMutableBufferPointer<Float>
    ) {
        target.update(from: features.base + step * features.columns, count: features.columns)
        guard let start = chunk.baseAddress else { return }
        let size = actions.columns
        let horizon = chunk.count / size
        let present = min(horizon, lastStep[step] - step + 1)
        start.update(from: actions.base + step * size, count: present * size)
        for index in present..<max(present, horizon) {
            (start + index * size).update(from: actions.base + lastStep[step] * size, count: size)
        }
    }
}
