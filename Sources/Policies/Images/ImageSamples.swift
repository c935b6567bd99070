internal import Numerics

/// Demonstrations as the encoder's trainer needs them: features, chunks and pictures of all steps.
final class ImageSamples: Sendable {
    private let flow: FlowSamples
    /// Of each camera's pictures.
    private let shapes: [MapShape]
    private let pictures: [[[UInt8]]]
    /// For each step its demonstration and its number there.
    private let places: [(episode: Int, step: Int)]

    /// How many steps there are.
    var count: Int { flow.count }

    init(
        _ demonstrations: PictureDemonstrations, numbers: [Int], encoder: FeatureEncoder, scaler: ActionScaler
    ) throws(PolicyError) {
        let (episodes, pictures) = demonstrations.episodes(numbers)
        flow = try FlowSamples(
            episodes, layoutSize: demonstrations.set.layout.size, encoder: encoder, scaler: scaler)
        shapes = demonstrations.cameras.map { MapShape(height: $0.height, width: $0.width, channels: 3) }
        self.pictures = pictures
        places = episodes.enumerated().flatMap { number, episode in
            (0..<episode.actions.count / demonstrations.set.actionSize).map { (number, $0) }
        }
    }

    /// Puts a step into a row of a network's memory: its pictures, moved by up to `largestShift` pixels, its features, and as the
    /// target the chunk that begins with its action.
    func place(
        _ step: Int, row: Int, largestShift: Int, _ random: inout RandomStream,
        into workspace: ImageCloningNetwork.Workspace, target: UnsafeMutableBufferPointer<Float>
    ) {
        flow.copy(step, features: workspace.inputs.base + row * workspace.inputs.columns, chunk: target)
        let place = places[step]
        for index in shapes.indices {
            var shift = (left: 0, up: 0)
            if largestShift > 0 {
                shift.left = random.integer(below: 2 * largestShift + 1) - largestShift
                shift.up = random.integer(below: 2 * largestShift + 1) - largestShift
            }
            let input = workspace.images[index].pictures
            PictureInput.write(
                pictures[place.episode][index], number: place.step, shape: shapes[index], left: shift.left,
                up: shift.up,
                into: input.base + row * input.columns)
        }
    }
}

/// One thread's part of a batch of the encoder's training.
///
/// Unchecked, because a trainer runs each worker on one thread at a time.
final class ImageWorker: @unchecked Sendable {
    let rows: Int
    let gradients: Parameters
    private(set) var loss = 0.0

    private let network: ImageCloningNetwork
    private let workspace: ImageCloningNetwork.Workspace
    private let targets: Tensor
    private let chunkGradient: Tensor

    init(_ network: ImageCloningNetwork, rows: Int) {
        self.network = network
        self.rows = rows
        gradients = Parameters(layout: network.layout)
        workspace = ImageCloningNetwork.Workspace(network, rows: rows)
        targets = Tensor(rows: rows, columns: network.chunkSize)
        chunkGradient = Tensor(rows: rows, columns: network.chunkSize)
    }

    /// Rows `firstRow..<firstRow + rows` of a batch of `batchSize`; each row has a stream of its own, so what is drawn does
    /// not depend on how many workers there are.
    func train(
        _ parameters: Parameters, _ samples: ImageSamples, largestShift: Int, random: RandomStream, firstRow: Int,
        batchSize: Int
    ) {
        for row in 0..<rows {
            var random = random.derived(UInt64(firstRow + row))
            let step = random.integer(below: samples.count)
            samples.place(
                step, row: row, largestShift: largestShift, &random, into: workspace, target: targets.view.row(row))
        }
        gradients.clear()
        network.forward(parameters, rows: rows, workspace)
        loss = MeanSquaredError.loss(
            workspace.chunks.view, targets.view, gradient: chunkGradient.view, share: Float(rows) / Float(batchSize))
        network.backward(parameters, chunkGradient: chunkGradient.view, gradients: gradients, workspace)
    }

    /// The sum of the losses of some steps, whose pictures are not moved.
    func evaluate(_ parameters: Parameters, _ samples: ImageSamples, _ steps: ArraySlice<Int>) -> Double {
        var random = RandomStream(seed: 0)
        for (row, step) in steps.enumerated() {
            samples.place(step, row: row, largestShift: 0, &random, into: workspace, target: targets.view.row(row))
        }
        network.forward(parameters, rows: steps.count, workspace)
        let loss = MeanSquaredError.loss(
            workspace.chunks.firstRows(steps.count), targets.firstRows(steps.count),
            gradient: chunkGradient.firstRows(steps.count))
        return loss * Double(steps.count)
    }
}
