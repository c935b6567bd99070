internal import Dispatch
internal import Numerics

/// Learns an ``ImageEncoder`` by behaviour cloning: a head predicts the next chunk of actions from the features of pictures,
/// which are moved by a few pixels at random, and what the robot says about itself. Encoder and head learn together, from
/// the mean squared error of standardised actions; afterwards the encoder is frozen and the head is left behind.
///
/// Random shifts, with the edge repeated, are those of DrQ (Kostrikov et al., "Image augmentation is all you need", 2021).
/// Equal configurations, demonstrations and seeds give equal bytes, also when training is saved and resumed in between.
public final class ImageEncoderTrainer {
    /// The encoder's shape.
    public let configuration: ImageEncoderConfiguration
    /// How it is trained.
    public let training: ImageTraining
    /// The cameras.
    public let cameras: [ImageEncoder.Camera]
    /// Everything random follows from it.
    public let seed: UInt64
    /// Updates done.
    public internal(set) var step = 0
    /// Steps of demonstrations that are trained on.
    public var sampleCount: Int { samples.count }

    let demonstrationsDigest: UInt64
    let network: ImageCloningNetwork
    let parameters: Parameters
    let optimiser: Adam
    private let schedule: LearningRateSchedule
    private let samples: ImageSamples
    private let heldOutSamples: ImageSamples?
    private let heldOutSteps: [Int]
    private let workers: [ImageWorker]

    /// Steps that the held-out loss is measured on, at most.
    private static var heldOutLimit: Int { 512 }

    /// Which of the seed's streams is for what. The split is that of ``FlowTrainer``: demonstrations that are held out from the
    /// one are held out from the other.
    private enum Purpose: UInt64 {
        case split = 1
        case initialisation = 21
        case updates
    }

    /// A fresh network.
    ///
    /// - Parameters:
    ///   - configuration: the encoder's shape.
    ///   - training: how it is trained.
    ///   - horizon: actions in the chunk that the head predicts.
    ///   - demonstrations: with their pictures.
    ///   - seed: of everything random.
    /// - Throws: ``PolicyError`` if a value of a configuration is out of range, or too few demonstrations remain for training.
    public init(
        configuration: ImageEncoderConfiguration, training: ImageTraining, horizon: Int,
        demonstrations: PictureDemonstrations, seed: UInt64
    ) throws(PolicyError) {
        try ProcessorCheck.run()
        try training.check()
        self.configuration = configuration
        self.training = training
        self.seed = seed
        cameras = demonstrations.cameras
        demonstrationsDigest = demonstrations.digest
        let set = demonstrations.set
        var random = RandomStream.derived(from: seed, Purpose.split.rawValue)
        let (kept, heldOut) = try set.splitNumbers(heldOutFraction: training.heldOutFraction, random: &random)
        let encoder = try FeatureEncoder(layout: set.layout, fitting: kept.map { set.episodes[$0] })
        let scaler = ActionScaler(actionSize: set.actionSize, fitting: kept.map { set.episodes[$0] })
        samples = try ImageSamples(demonstrations, numbers: kept, encoder: encoder, scaler: scaler)
        let held =
            heldOut.isEmpty
            ? nil : try ImageSamples(demonstrations, numbers: heldOut, encoder: encoder, scaler: scaler)
        heldOutSamples = held
        let total = held?.count ?? 0
        let measured = min(total, Self.heldOutLimit)
        heldOutSteps = (0..<measured).map { $0 * total / measured }

        let network = try ImageCloningNetwork(
            cameras: cameras, configuration: configuration, featureSize: encoder.size,
            chunkSize: horizon * set.actionSize)
        self.network = network
        parameters = Parameters(layout: network.layout)
        random = RandomStream.derived(from: seed, Purpose.initialisation.rawValue)
        network.initialise(parameters, random: &random)
        var options = Adam.Options()
        options.weightDecay = training.weightDecay
        options.largestNorm = 1
        optimiser = Adam(layout: network.layout, options: options)
        schedule = LearningRateSchedule(
            peak: training.learningRate, finalFraction: 0.02, warmUpSteps: training.warmUpSteps, steps: training.steps)
        workers = (0..<training.workers).map { index in
            let rows =
                training.batchSize * (index + 1) / training.workers - training.batchSize * index / training.workers
            return ImageWorker(network, rows: rows)
        }
    }

    /// One update; returns the batch's loss (mean squared error of standardised actions).
    ///
    /// - Throws: ``PolicyError/diverged(step:)`` if the loss or the gradient is not finite; the parameters are then as before.
    @discardableResult
    public func update() throws(PolicyError) -> Double {
        let number = step + 1
        computeGradients(RandomStream(seed: seed).derived(Purpose.updates.rawValue).derived(UInt64(number)))
        var loss = 0.0
        for index in workers.indices {
            loss += workers[index].loss * Double(workers[index].rows) / Double(training.batchSize)
        }
        let gradients = workers[0].gradients
        for index in 1..<workers.count { gradients.add(workers[index].gradients) }
        guard loss.isFinite, gradients.norm.isFinite else { throw .diverged(step: number) }
        optimiser.update(parameters, gradients: gradients, step: number, learningRate: schedule.rate(step: number))
        step = number
        return loss
    }

    /// The loss on held-out demonstrations, always on the same steps, whose pictures are not moved; nil if nothing is held out.
    public func heldOutLoss() -> Double? {
        guard let heldOutSamples else { return nil }
        let worker = workers[0]
        var sum = 0.0
        for first in stride(from: 0, to: heldOutSteps.count, by: worker.rows) {
            sum += worker.evaluate(
                parameters, heldOutSamples, heldOutSteps[first..<min(first + worker.rows, heldOutSteps.count)])
        }
        return sum / Double(heldOutSteps.count)
    }

    /// The encoder as it is now, frozen.
    public func encoder() throws(PolicyError) -> ImageEncoder {
        let frozen = Parameters(layout: network.encoderLayout)
        for entry in network.encoderLayout.entries {
            frozen.storage.copy(from: Array(parameters.values(entry)), at: entry.offset)
        }
        return try ImageEncoder(network.encoder, parameters: frozen)
    }

    private func computeGradients(_ random: RandomStream) {
        guard workers.count > 1 else {
            workers[0].train(
                parameters, samples, largestShift: training.largestShift, random: random, firstRow: 0,
                batchSize: training.batchSize)
            return
        }
        let (workers, parameters, samples) = (workers, parameters, samples)
        let (size, shift) = (training.batchSize, training.largestShift)
        DispatchQueue.concurrentPerform(iterations: workers.count) { index in
            workers[index].train(
                parameters, samples, largestShift: shift, random: random, firstRow: size * index / workers.count,
                batchSize: size)
        }
    }
}
