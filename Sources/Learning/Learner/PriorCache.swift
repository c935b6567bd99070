internal import Glibc
internal import Numerics

/// What the cloned policy says about the slots of a replay. It is frozen, so each slot is evaluated once, when it first is in
/// a batch.
final class PriorCache {
    let buffer: ReplayBuffer
    let mean: Tensor
    let deviation: Tensor
    private let network: StationaryNetwork
    private let parameters: Parameters
    private let reward: CoherentRewardConfiguration
    private let workspace: StationaryNetwork.Workspace
    private let block: Tensor
    private var known: [Bool]
    private var rewards: [Float]
    private var pending: [Int]
    private var pendingCount = 0

    /// Forgets a slot when the buffer reuses it; a buffer has one cache.
    init(
        _ buffer: ReplayBuffer, network: StationaryNetwork, parameters: Parameters,
        reward: CoherentRewardConfiguration, rows: Int
    ) {
        self.buffer = buffer
        self.network = network
        self.parameters = parameters
        self.reward = reward
        mean = Tensor(rows: buffer.slotCount, columns: network.actionSize)
        deviation = Tensor(rows: buffer.slotCount, columns: network.actionSize)
        workspace = StationaryNetwork.Workspace(network, rows: rows)
        block = Tensor(rows: rows, columns: network.inputs)
        known = Array(repeating: false, count: buffer.slotCount)
        rewards = Array(repeating: .nan, count: buffer.slotCount)
        pending = Array(repeating: 0, count: rows)
        buffer.slotReused = { [unowned self] slot in
            known[slot] = false
            rewards[slot] = .nan
        }
        network.prepare(parameters, workspace)
    }

    /// Adds what is known to a file. Evaluating again would give other last bits, as rows would meet in other batches.
    func put(into file: inout Safetensors, prefix: String) {
        file.set(prefix + "prior.mean", shape: [mean.rows, mean.columns], mean.values)
        file.set(prefix + "prior.deviation", shape: [mean.rows, mean.columns], deviation.values)
        file.set(prefix + "prior.known", shape: [known.count], integers: known.map { $0 ? 1 : 0 })
    }

    /// What ``put(into:prefix:)`` added; nothing is changed yet.
    struct Stored {
        fileprivate var mean: [Float]
        fileprivate var deviation: [Float]
        fileprivate var known: [Bool]
    }

    /// - Precondition: the buffer has found that what it put into the file fits.
    func stored(in file: Safetensors, prefix: String) throws(SafetensorsError) -> Stored {
        let rows = min(file.tensors[prefix + "prior.known"]?.shape.first ?? known.count, known.count)
        let more = known.count - rows
        func numbers(_ name: String) throws(SafetensorsError) -> [Float] {
            try file.floats(prefix + name, shape: [rows, mean.columns])
                + Array(repeating: 0, count: more * mean.columns)
        }
        return Stored(
            mean: try numbers("prior.mean"), deviation: try numbers("prior.deviation"),
            known: try file.integers(prefix + "prior.known", shape: [rows]).map { $0 == 1 }
                + Array(repeating: false, count: more))
    }

    /// Takes over what was stored, after the parameters were.
    func take(_ stored: Stored) {
        mean.copy(from: stored.mean)
        deviation.copy(from: stored.deviation)
        known = stored.known
        for slot in rewards.indices { rewards[slot] = .nan }
        network.prepare(parameters, workspace)
    }

    /// Asks for a slot; its mean and deviation are there after ``flush()``.
    func ask(_ slot: Int) {
        if known[slot] { return }
        known[slot] = true
        pending[pendingCount] = slot
        pendingCount += 1
        if pendingCount == pending.count { flush() }
    }

    func flush() {
        guard pendingCount > 0 else { return }
        let (width, size) = (buffer.shape.stateSize, network.actionSize)
        for row in 0..<pendingCount {
            (block.base + row * network.inputs).update(
                from: buffer.states.base + pending[row] * width, count: network.inputs)
        }
        network.forward(parameters, block.firstRows(pendingCount), workspace)
        for row in 0..<pendingCount {
            (mean.base + pending[row] * size).update(from: workspace.mean.base + row * size, count: size)
            (deviation.base + pending[row] * size).update(from: workspace.deviation.base + row * size, count: size)
        }
        pendingCount = 0
    }

    /// The cloned policy's coherent reward of an evaluated slot's action.
    func reward(_ slot: Int) -> Float {
        if !rewards[slot].isNaN { return rewards[slot] }
        let size = network.actionSize
        var sum = 0.0
        for index in slot * size..<(slot + 1) * size {
            sum +=
                SquashedGaussian.logDensity(
                    action: Double(buffer.actions.base[index]), mean: Double(mean.base[index]),
                    deviation: Double(deviation.base[index])
                ).value
        }
        let value = reward.scale / Float(size) * (Float(sum) + Float(size) * 0.6931472)
        rewards[slot] = min(max(value, reward.lowest), reward.highest)
        return rewards[slot]
    }
}
