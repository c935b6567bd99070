public import Numerics

/// How a small policy is cloned.
public struct CloningTraining: Hashable, Codable, Sendable {
    /// Updates.
    public var steps = 4000
    /// Rows in a batch.
    public var batchSize = 128
    /// Adam's rate at its peak, from which it falls along half a cosine.
    public var learningRate: Float = 1e-3
    /// The part of the updates over which the rate rises to its peak.
    public var warmUpFraction: Float = 0.01
    /// The rate at the end, as a part of the peak.
    public var finalFraction: Float = 0.02
    /// Fraction of the demonstrations on which the best parameters are chosen.
    public var heldOutFraction = 0.1
    /// Updates between two looks at them.
    public var evaluationInterval = 100

    /// The values that worked in experiments on a simulated insertion task.
    public init() {}

    /// Checks the ranges.
    ///
    /// - Throws: ``LearningError/configuration(_:)``.
    public func check() throws(LearningError) {
        guard steps > 0, evaluationInterval > 0 else {
            throw .configuration("cloning needs at least one step and a positive interval between evaluations")
        }
        guard (1...65536).contains(batchSize) else {
            throw .configuration("a cloning batch has 1 to 65536 rows; not \(batchSize)")
        }
        guard learningRate > 0, learningRate <= 0.1 else {
            throw .configuration("a cloning rate is above 0 and at most 0.1; not \(learningRate)")
        }
        guard warmUpFraction >= 0, warmUpFraction < 1 else {
            throw .configuration("the warm-up of cloning is a part of it from 0 to below 1; not \(warmUpFraction)")
        }
        guard finalFraction > 0, finalFraction <= 1 else {
            throw .configuration("the part of a cloning rate at the end is above 0 and at most 1; not \(finalFraction)")
        }
        guard heldOutFraction > 0, heldOutFraction < 1 else {
            throw .configuration("the held-out fraction is between 0 and 1; not \(heldOutFraction)")
        }
    }
}

/// Clones a ``StationaryNetwork`` from demonstrations with the ``FaithfulLoss``, and keeps the parameters with the best
/// likelihood of held-out demonstrations: too long a fit collapses the deviations.
///
/// Equal configurations, demonstrations and seeds give equal bytes, also when cloning is saved and resumed in between: the random
/// numbers of an update are a function of the seed and the update's number.
public final class CloningTrainer {
    /// What is trained.
    public let network: StationaryNetwork
    /// How.
    public let training: CloningTraining
    /// Updates done.
    public internal(set) var step = 0
    /// The parameters with the best held-out likelihood so far.
    public let best: Parameters
    /// Their held-out negative log likelihood in nats, summed over the action; infinity before the first evaluation.
    public internal(set) var bestHeldOut = Double.infinity
    /// Row numbers of the set that are held out.
    public let heldOutRows: [Int]

    let seed: UInt64
    let demonstrationsDigest: UInt64
    let parameters: Parameters
    let optimiser: Adam
    private let set: CloningSet
    private let keptRows: [Int]
    private let gradients: Parameters
    private let schedule: LearningRateSchedule
    private let workspace: StationaryNetwork.Workspace
    private let scratch: StationaryNetwork.GradientWorkspace
    private let inputs: Tensor
    private let labels: Tensor
    private let updates: RandomStream

    /// A fresh network. If the network has fewer inputs than the set's rows have numbers, it sees the first of them.
    ///
    /// - Throws: ``LearningError`` if a value is out of range or too few demonstrations remain for training.
    public init(
        network: StationaryNetwork, training: CloningTraining, set: CloningSet, seed: UInt64
    ) throws(LearningError) {
        try network.configuration.check()
        try training.check()
        guard set.inputs.columns >= network.inputs, set.labels.columns == network.actionSize else {
            throw .configuration(
                "demonstrations with \(set.inputs.columns) inputs and \(set.labels.columns) labels do not fit a policy "
                    + "with \(network.inputs) and \(network.actionSize)")
        }
        (self.network, self.training, self.set, self.seed) = (network, training, set, seed)
        demonstrationsDigest = set.digest
        var random = RandomStream.derived(from: seed, 1)
        (keptRows, heldOutRows) = try set.split(heldOutFraction: training.heldOutFraction, random: &random)
        parameters = Parameters(layout: network.layout)
        gradients = Parameters(layout: network.layout)
        random = RandomStream.derived(from: seed, 2)
        network.initialise(parameters, random: &random)
        best = parameters.duplicate()
        optimiser = Adam(layout: network.layout, options: Adam.Options())
        schedule = LearningRateSchedule(
            peak: training.learningRate, finalFraction: training.finalFraction,
            warmUpSteps: Int((Float(training.steps) * training.warmUpFraction).rounded()),
            steps: training.steps)
        workspace = StationaryNetwork.Workspace(network, rows: training.batchSize)
        scratch = StationaryNetwork.GradientWorkspace(network, rows: training.batchSize)
        inputs = Tensor(rows: training.batchSize, columns: network.inputs)
        labels = Tensor(rows: training.batchSize, columns: network.actionSize)
        updates = RandomStream.derived(from: seed, 3)
    }

    /// One update; returns the batch's loss before it.
    ///
    /// - Throws: ``LearningError/notFinite(_:)``; the parameters are then as before.
    @discardableResult
    public func update() throws(LearningError) -> FaithfulLoss.Value {
        var random = updates.derived(UInt64(step + 1))
        for row in 0..<training.batchSize { take(keptRows[random.integer(below: keptRows.count)], as: row) }
        network.prepare(parameters, workspace)
        network.forward(parameters, inputs.view, workspace)
        let loss = FaithfulLoss.evaluate(labels: labels.view, workspace, scratch)
        gradients.clear()
        network.backward(parameters, inputs.view, gradients: gradients, through: .factors, workspace, scratch)
        guard loss.squaredError.isFinite, loss.negativeLogLikelihood.isFinite, gradients.norm.isFinite else {
            throw .notFinite("the cloning loss or its gradient at step \(step + 1)")
        }
        step += 1
        optimiser.update(parameters, gradients: gradients, step: step, learningRate: schedule.rate(step: step))
        if step % training.evaluationInterval == 0 || step == training.steps {
            let heldOut = evaluate(rows: heldOutRows).negativeLogLikelihood
            if heldOut < bestHeldOut {
                bestHeldOut = heldOut
                best.copy(from: parameters)
            }
        }
        return loss
    }

    /// All updates that are left.
    ///
    /// - Throws: ``LearningError/notFinite(_:)``.
    public func train() throws(LearningError) {
        while step < training.steps { try update() }
    }

    /// The loss of the current parameters on rows of the set.
    public func evaluate(rows: [Int]) -> FaithfulLoss.Value { evaluate(parameters, rows: rows) }

    func evaluate(_ parameters: Parameters, rows: [Int]) -> FaithfulLoss.Value {
        network.prepare(parameters, workspace)
        var sum = FaithfulLoss.Value(squaredError: 0, negativeLogLikelihood: 0)
        for first in stride(from: 0, to: rows.count, by: training.batchSize) {
            let part = rows[first..<min(first + training.batchSize, rows.count)]
            for (row, number) in part.enumerated() { take(number, as: row) }
            network.forward(parameters, inputs.firstRows(part.count), workspace)
            let loss = FaithfulLoss.evaluate(labels: labels.firstRows(part.count), workspace, nil)
            sum.squaredError += loss.squaredError * Double(part.count)
            sum.negativeLogLikelihood += loss.negativeLogLikelihood * Double(part.count)
        }
        sum.squaredError /= Double(max(rows.count, 1))
        sum.negativeLogLikelihood /= Double(max(rows.count, 1))
        return sum
    }

    private func take(_ number: Int, as row: Int) {
        (inputs.base + row * inputs.columns).update(
            from: set.inputs.base + number * set.inputs.columns, count: network.inputs)
        (labels.base + row * labels.columns).update(
            from: set.labels.base + number * labels.columns, count: labels.columns)
    }
}
