internal import Dispatch
internal import Numerics
public import Realtime

/// Learns a flow-matching policy from demonstrations.
///
/// Equal configurations, demonstrations and seeds give equal bytes, also when training is saved and resumed in between: the
/// random numbers of an update are a function of the seed and the update's number.
public final class FlowTrainer {
    /// The policy's shape.
    public let configuration: FlowConfiguration
    /// How it is trained.
    public let training: FlowTraining
    /// What the policy is for, taken from the demonstrations.
    public let purpose: PolicyPurpose
    /// Everything random follows from it.
    public let seed: UInt64
    /// Updates done.
    public internal(set) var step = 0
    /// Steps of demonstrations that are trained on.
    public var sampleCount: Int { samples.count }
    /// How many demonstrations are held out.
    public let heldOutEpisodes: Int
    /// The gradient's norm in the last update, before clipping.
    public private(set) var gradientNorm: Float = 0

    let demonstrationsDigest: UInt64
    let encoder: FeatureEncoder
    let scaler: ActionScaler
    let network: VelocityNetwork
    let parameters: Parameters
    /// Moving average of the parameters.
    let average: Parameters
    let optimiser: Adam
    private let schedule: LearningRateSchedule
    private let samples: FlowSamples
    private let heldOutSamples: FlowSamples?
    private let heldOutSteps: [Int]
    private let workers: [FlowWorker]

    /// Samples that the held-out loss is measured on, at most.
    private static var heldOutLimit: Int { 1024 }

    /// Which of the seed's streams is for what.
    private enum Purpose: UInt64 {
        case split = 1
        case initialisation, updates, heldOut
    }

    /// A fresh network.
    ///
    /// - Throws: ``PolicyError`` if a value of a configuration is out of range or too few demonstrations remain for training.
    public init(
        configuration: FlowConfiguration, training: FlowTraining, demonstrations: DemonstrationSet, seed: UInt64
    ) throws(PolicyError) {
        try ProcessorCheck.run()
        try configuration.check()
        try training.check()
        self.configuration = configuration
        self.training = training
        self.seed = seed
        purpose = PolicyPurpose(
            layout: demonstrations.layout, actionSize: demonstrations.actionSize, task: demonstrations.task,
            robot: demonstrations.robot, encoder: demonstrations.encoder)
        demonstrationsDigest = demonstrations.digest
        var random = RandomStream.derived(from: seed, Purpose.split.rawValue)
        let (kept, heldOut) = try demonstrations.split(heldOutFraction: training.heldOutFraction, random: &random)
        heldOutEpisodes = heldOut.count
        let encoder = try FeatureEncoder(layout: demonstrations.layout, fitting: kept)
        let scaler = ActionScaler(actionSize: demonstrations.actionSize, fitting: kept)
        self.encoder = encoder
        self.scaler = scaler
        let size = demonstrations.layout.size
        samples = try FlowSamples(kept, layoutSize: size, encoder: encoder, scaler: scaler)
        let held =
            heldOut.isEmpty ? nil : try FlowSamples(heldOut, layoutSize: size, encoder: encoder, scaler: scaler)
        heldOutSamples = held
        let total = held?.count ?? 0
        let measured = min(total, Self.heldOutLimit)
        heldOutSteps = (0..<measured).map { $0 * total / measured }

        let network = VelocityNetwork(
            configuration: configuration, actionSize: purpose.actionSize, featureSize: encoder.size)
        self.network = network
        parameters = Parameters(layout: network.layout)
        random = RandomStream.derived(from: seed, Purpose.initialisation.rawValue)
        network.initialise(parameters, random: &random)
        average = parameters.duplicate()
        var options = Adam.Options()
        options.weightDecay = training.weightDecay
        options.largestNorm = training.largestNorm
        optimiser = Adam(layout: network.layout, options: options)
        schedule = LearningRateSchedule(
            peak: training.learningRate, finalFraction: training.finalLearningRate, warmUpSteps: training.warmUpSteps,
            steps: training.steps)
        workers = (0..<training.workers).map { index in
            let rows =
                training.batchSize * (index + 1) / training.workers - training.batchSize * index / training.workers
            return FlowWorker(network, rows: rows)
        }
    }

    /// One update; returns the batch's loss (mean squared error of standardised velocities).
    ///
    /// - Throws: ``PolicyError/diverged(step:)`` if the loss or the gradient is not finite; the parameters are then as before.
    @discardableResult
    public func update() throws(PolicyError) -> Double {
        let number = step + 1
        computeGradients(RandomStream(seed: seed).derived(Purpose.updates.rawValue).derived(UInt64(number)))
        var loss = 0.0
        for index in workers.indices {
            let worker = workers[index]
            loss += worker.loss * Double(worker.rows) / Double(training.batchSize)
        }
        let gradients = workers[0].gradients
        for index in 1..<workers.count { gradients.add(workers[index].gradients) }
        guard loss.isFinite, gradients.norm.isFinite else { throw .diverged(step: number) }
        gradientNorm = optimiser.update(
            parameters, gradients: gradients, step: number, learningRate: schedule.rate(step: number))
        // A young average would otherwise remember the untrained network for long.
        let decay = min(training.averageDecay, Float(1 + number) / Float(10 + number))
        average.move(towards: parameters, rate: 1 - decay)
        step = number
        return loss
    }

    /// The loss of the averaged weights on held-out demonstrations, always at the same times and with the same noise, so
    /// that the values of a run compare; nil if nothing is held out.
    public func heldOutLoss() -> Double? {
        guard let heldOutSamples else { return nil }
        let random = RandomStream.derived(from: seed, Purpose.heldOut.rawValue)
        let worker = workers[0]
        var sum = 0.0
        for first in stride(from: 0, to: heldOutSteps.count, by: worker.rows) {
            let part = heldOutSteps[first..<min(first + worker.rows, heldOutSteps.count)]
            sum += worker.evaluate(average, heldOutSamples, part, random: random)
        }
        return sum / Double(heldOutSteps.count)
    }

    /// The policy as it is now, with the averaged weights; its version is ``step``.
    public func policy() throws(PolicyError) -> FlowPolicy {
        try FlowPolicy(
            configuration: configuration, purpose: purpose, encoder: encoder, scaler: scaler,
            parameters: average.duplicate(), version: UInt64(step))
    }

    private func computeGradients(_ random: RandomStream) {
        guard workers.count > 1 else {
            workers[0].train(parameters, samples, random: random, firstRow: 0, batchSize: training.batchSize)
            return
        }
        let (workers, parameters, samples, size) = (workers, parameters, samples, training.batchSize)
        DispatchQueue.concurrentPerform(iterations: workers.count) { index in
            let first = size * index / workers.count
            workers[index].train(parameters, samples, random: random, firstRow: first, batchSize: size)
        }
    }
}

extension FlowTrainer {
    /// How training is going.
    public struct Progress: Sendable {
        /// Updates done.
        public let step: Int
        /// Mean loss of the updates since the last report.
        public let loss: Double
        /// The held-out loss, if something is held out.
        public let heldOutLoss: Double?
        /// Updates a second since the last report.
        public let stepsPerSecond: Double
    }

    /// Updates up to the end of the training or `limit`, and reports after every `interval` updates and at the end.
    /// `progress` returns false to stop, and so does `tick`, which gets the number and the loss of every update.
    ///
    /// - Throws: ``PolicyError/diverged(step:)``.
    public func train(
        until limit: Int = .max, reportingEvery interval: Int, clock: () -> MonotonicTime = MonotonicClock.now,
        tick: (Int, Double) -> Bool = { _, _ in true }, progress: (Progress) throws -> Bool
    ) throws {
        precondition(interval > 0, "the interval between reports must be positive")
        let end = min(limit, training.steps)
        var (sum, count) = (0.0, 0)
        var start = clock()
        while step < end {
            let loss = try update()
            sum += loss
            count += 1
            guard tick(step, loss) else { return }
            guard step % interval == 0 || step == end else { continue }
            let seconds = Double(clock().nanoseconds(since: start)) * 1e-9
            let report = Progress(
                step: step, loss: sum / Double(count), heldOutLoss: heldOutLoss(),
                stepsPerSecond: seconds > 0 ? Double(count) / seconds : 0)
            guard try progress(report) else { return }
            (sum, count, start) = (0, 0, clock())
        }
    }
}
