import Numerics
import Testing

@testable import Learning

extension TensorView {
    /// The numbers of a view with one column.
    var rowsOfOne: [Float] { (0..<rows).map { base[$0 * stride] } }
}

/// A batch that teaches these values for rows of state and action: nothing lies behind the returns.
func lesson(stateSize: Int, _ input: Tensor, _ wanted: [Float]) -> LearnerBatch {
    let batch = LearnerBatch(rows: input.rows, stateSize: stateSize, actionSize: input.columns - stateSize)
    for row in 0..<input.rows {
        for view in [batch.now, batch.next, batch.proposed] {
            view.row(row).baseAddress?.update(from: input.base + row * input.columns, count: input.columns)
        }
        (batch.rewards[row], batch.discounts[row]) = (wanted[row], 0)
    }
    return batch
}

/// One update towards these values.
func teach<Network>(
    _ pair: CriticPair<Network>, _ input: Tensor, _ wanted: [Float], rate: Float, penalty: Float = 0,
    demonstrated: Int = 0, _ random: inout RandomStream
) throws -> CriticUpdate {
    let batch = lesson(stateSize: pair.network.stateSize, input, wanted)
    batch.demonstrated = demonstrated
    #expect(pair.aim(batch) == nil)
    return try pair.learn(batch, learningRate: rate, penalty: penalty, random: &random)
}
