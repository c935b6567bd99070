internal import Glibc
internal import Numerics

/// Rows of demonstrations and experience, gathered for one update. Everything is made once.
final class LearnerBatch {
    let rows: Int
    let stateSize: Int
    /// How many of the first rows are demonstrations.
    var demonstrated = 0
    /// State and action of the sampled steps.
    let now: TensorView
    /// State behind the return, and the action taken there, or the cloned policy's most likely one.
    let next: TensorView
    /// Like `now`, with the policy's actions.
    let proposed: TensorView
    let nextAndNow: TensorView
    let nowAndProposed: TensorView
    let priorMean: Tensor
    let priorDeviation: Tensor
    let nextPriorMean: Tensor
    let nextPriorDeviation: Tensor
    var slots: [Int]
    var returns: [ReplayBuffer.Return]
    /// Discounted rewards of the return.
    var rewards: [Float]
    /// Discount of the value behind the return; 0 after success.
    var discounts: [Float]
    /// What the policy's divergence behind the return takes from the value there.
    var costs: [Float]
    var noise: [Float]

    init(rows: Int, stateSize: Int, actionSize: Int) {
        self.rows = rows
        self.stateSize = stateSize
        let all = Tensor(rows: 3 * rows, columns: stateSize + actionSize).view
        (next, now, proposed) = (all.rows(0..<rows), all.rows(rows..<2 * rows), all.rows(2 * rows..<3 * rows))
        (nextAndNow, nowAndProposed) = (all.rows(0..<2 * rows), all.rows(rows..<3 * rows))
        priorMean = Tensor(rows: rows, columns: actionSize)
        priorDeviation = Tensor(rows: rows, columns: actionSize)
        nextPriorMean = Tensor(rows: rows, columns: actionSize)
        nextPriorDeviation = Tensor(rows: rows, columns: actionSize)
        slots = Array(repeating: 0, count: rows)
        returns = Array(repeating: .init(steps: 1, final: 0, success: false), count: rows)
        rewards = Array(repeating: 0, count: rows)
        discounts = Array(repeating: 0, count: rows)
        costs = Array(repeating: 0, count: rows)
        noise = Array(repeating: 0, count: rows * actionSize)
    }

    /// What a row's value should be, from the value behind its return.
    func target(of row: Int, value: Float) -> Float { rewards[row] + discounts[row] * (value - costs[row]) }

    /// Samples rows from a cache's buffer and has the prior evaluated where it is needed. Whole returns go on to the end of
    /// their episodes.
    ///
    /// - Throws: ``LearningError/notFinite(_:)`` naming the first number of what was sampled that is not, in the replay `name`.
    func sample(
        _ range: Range<Int>, _ cache: PriorCache, _ name: String, whole: Bool = false, random: inout RandomStream
    ) throws(LearningError) {
        let buffer = cache.buffer
        for row in range {
            let slot = buffer.sample(&random)
            slots[row] = slot
            returns[row] = whole ? buffer.makeWholeReturn(of: slot) : buffer.makeReturn(of: slot)
            if let fault = buffer.fault(in: returns[row], from: slot) { throw .notFinite("\(name): \(fault)") }
        }
        for row in range {
            let slot = slots[row]
            for step in 0...returns[row].steps { cache.ask(buffer.slot(slot, plus: step)) }
        }
        cache.flush()
        let size = buffer.shape.actionSize
        for row in range {
            let slot = slots[row]
            // Nothing counts behind success. Where all returns go that far, critics that are normalised over the batch would be
            // so over half a batch of last states.
            let final = whole && returns[row].success ? slot : returns[row].final
            func take(_ tensor: TensorView, _ from: Int) {
                let start = tensor.base + row * tensor.columns
                start.update(from: buffer.states.base + from * stateSize, count: stateSize)
                (start + stateSize).update(from: buffer.actions.base + from * size, count: size)
            }
            take(now, slot)
            take(next, final)
            take(proposed, slot)
            if !buffer.hasAction(final) {
                let action = next.base + row * next.columns + stateSize
                for index in 0..<size { action[index] = tanh(cache.mean.base[final * size + index]) }
            }
            (priorMean.base + row * size).update(from: cache.mean.base + slot * size, count: size)
            (priorDeviation.base + row * size).update(from: cache.deviation.base + slot * size, count: size)
            (nextPriorMean.base + row * size).update(from: cache.mean.base + final * size, count: size)
            (nextPriorDeviation.base + row * size).update(from: cache.deviation.base + final * size, count: size)
        }
    }
}
