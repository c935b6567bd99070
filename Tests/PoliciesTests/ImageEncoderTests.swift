import Cameras
import Foundation
import Numerics
import Realtime
import Testing

@testable import Policies

@Suite("Image encoder")
struct ImageEncoderTests {
    private static func untrained(seed: UInt64 = 1) throws -> ImageEncoder {
        try BrightSquare.trainer(try BrightSquare.demonstrations(10), seed: seed).encoder()
    }

    private static func frames(_ seed: UInt64 = 5) -> [CameraFrame] {
        var random = RandomStream(seed: seed)
        return BrightSquare.cameras.map { camera in
            let pixels = (0..<camera.pictureBytes).map { _ in UInt8(random.integer(below: 256)) }
            return CameraFrame(
                image: Image(width: camera.width, height: camera.height, pixels: pixels), time: .zero, sequence: 1)
        }
    }

    @Test("Four convolutions bring 84 × 84 pixels to 15 × 15 places")
    func shape() throws {
        var layout = ParameterLayout()
        _ = ImageNetwork("a", height: 84, width: 84, configuration: ImageEncoderConfiguration(), in: &layout)
        #expect(
            layout.entries.map(\.shape) == [
                [16, 5, 5, 3], [16], [32, 3, 3, 16], [32], [32, 3, 3, 32], [32], [32, 3, 3, 32], [32], [32, 64], [32],
                [32], [32],
            ])
    }

    @Test("The gradients of encoder and head are those of finite differences", arguments: [1, 2] as [UInt64])
    func gradient(seed: UInt64) throws {
        let network = try ImageCloningNetwork(
            cameras: BrightSquare.cameras, configuration: BrightSquare.shape, featureSize: 2, chunkSize: 3)
        let (parameters, gradients) = (Parameters(layout: network.layout), Parameters(layout: network.layout))
        var random = RandomStream(seed: seed)
        network.initialise(parameters, random: &random)
        let workspace = ImageCloningNetwork.Workspace(network, rows: 2)
        for image in workspace.images {
            for index in 0..<image.pictures.count { image.pictures.base[index] = Float(random.uniform(-1, 1)) }
        }
        for row in 0..<2 {
            for column in 0..<2 { workspace.inputs[row, column] = random.gaussian() }
        }
        let slope = Tensor(rows: 2, columns: 3)
        for index in 0..<slope.count { slope.base[index] = random.gaussian() }
        func loss() -> Double {
            network.forward(parameters, rows: 2, workspace)
            return zip(workspace.chunks.values, slope.values).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        }
        _ = loss()
        network.backward(parameters, chunkGradient: slope.view, gradients: gradients, workspace)
        for entry in network.layout.entries {
            // The tensor as a whole, along its gradient: rectifiers have kinks, at which single numbers may differ.
            let direction = gradients.values(entry).map { Double($0) }
            let norm = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
            let step = 2e-3 / max(norm, 1e-6)
            let values = Array(parameters.values(entry))
            func moved(_ sign: Double) -> Double {
                for (index, value) in values.enumerated() {
                    parameters.values(entry)[index] = value + Float(sign * step * direction[index])
                }
                return loss()
            }
            let found = (moved(1) - moved(-1)) / (2 * step)
            for (index, value) in values.enumerated() { parameters.values(entry)[index] = value }
            #expect(abs(found - norm * norm) < 0.03 * norm * norm + 1e-4, "\(entry.name): \(found), \(norm * norm)")
        }
    }

    @Test("A pass over a picture allocates nothing")
    func allocations() throws {
        let encoder = try Self.untrained()
        let reader = encoder.makeReader()
        let pixels = Self.frames()[0].image.pixels
        let count = try PoliciesTests.allocations { reader.encode(pixels, number: 0, camera: 0) }
        #expect(count == 0)
    }

    @Test("An update allocates nothing")
    func updateAllocations() throws {
        let trainer = try BrightSquare.trainer(try BrightSquare.demonstrations(10), steps: 200, shift: 2)
        let count = try PoliciesTests.allocations { _ = try trainer.update() }
        #expect(count == 0)
    }

    @Test("Features follow what the robot says about itself, camera by camera")
    func appended() throws {
        let encoder = try Self.untrained()
        #expect(encoder.parts.map(\.name) == ["front_features", "side_features"] && encoder.size == 12)
        var (observation, again): ([Float], [Float]) = ([7, 8], [])
        let reader = encoder.makeReader()
        try reader.append(Self.frames(), to: &observation)
        try reader.append(Self.frames(), to: &again)
        #expect(observation.count == 14 && Array(observation[..<2]) == [7, 8] && Array(observation[2...]) == again)
        // Layer normalisation: mean 0, variance 1.
        for camera in 0..<2 {
            let features = again[6 * camera..<6 * camera + 6]
            #expect(abs(features.reduce(0, +)) < 1e-4 && abs(features.reduce(0) { $0 + $1 * $1 } / 6 - 1) < 0.02)
        }
    }

    @Test("Other pictures than those of its cameras are refused in one line")
    func refused() throws {
        let reader = try Self.untrained().makeReader()
        var observation: [Float] = []
        let fewer = #expect(throws: PolicyError.self) { try reader.append([], to: &observation) }
        #expect(fewer.map { "\($0)" } == "0 pictures; the image encoder has 2 cameras")
        let larger = CameraFrame(width: 40, height: 32)
        let other = #expect(throws: PolicyError.self) {
            try reader.append([larger, larger], to: &observation)
        }
        #expect(
            other.map { "\($0)" } == "the picture of camera 'front' is 40 × 32; the image encoder takes 36 × 32")
        let small = #expect(throws: PolicyError.self) {
            _ = try ImageCloningNetwork(
                cameras: [.init(name: "tiny", width: 24, height: 84)], configuration: BrightSquare.shape,
                featureSize: 1,
                chunkSize: 1)
        }
        #expect(
            small.map { "\($0)" }
                == "the pictures of camera 'tiny' are 24 × 84; an image encoder takes 32 to 2048 pixels a side")
    }

    @Test("A checkpoint gives the same features; another one has another fingerprint")
    func checkpoint() throws {
        let path = try temporaryFolder() + "/encoder.safetensors"
        let encoder = try Self.untrained()
        try encoder.save(to: path)
        let loaded = try ImageEncoder(checkpoint: path, for: BrightSquare.cameras)
        #expect(loaded.fingerprint == encoder.fingerprint && loaded.configuration == encoder.configuration)
        var (first, second): ([Float], [Float]) = ([], [])
        try encoder.makeReader().append(Self.frames(), to: &first)
        try loaded.makeReader().append(Self.frames(), to: &second)
        #expect(first == second)
        #expect(try Self.untrained(seed: 2).fingerprint != encoder.fingerprint)

        let error = #expect(throws: PolicyError.self) {
            _ = try ImageEncoder(checkpoint: path, for: [BrightSquare.cameras[0]])
        }
        #expect(
            error.map { "\($0)" }
                == "\(path): it was trained with the cameras front (36 × 32), side (32 × 32); the job has front (36 × 32)"
        )
        try Data("nothing".utf8).write(to: URL(fileURLWithPath: path))
        #expect(throws: PolicyError.self) { _ = try ImageEncoder(checkpoint: path) }
    }
}

@Suite("Training an image encoder")
struct ImageEncoderTrainerTests {
    @Test("What can only be seen is learnt, from moved pictures")
    func learns() throws {
        let trainer = try BrightSquare.trainer(try BrightSquare.demonstrations(120), shift: 1)
        let before = try #require(trainer.heldOutLoss())
        while trainer.step < trainer.training.steps { try trainer.update() }
        let after = try #require(trainer.heldOutLoss())
        // Standardised actions have a variance of 1.
        #expect(before > 0.8 && after < 0.15, "\(before) to \(after)")
    }

    @Test("The same seed gives the same bytes, also when training is cut off in between")
    func resumed() throws {
        let demonstrations = try BrightSquare.demonstrations(10)
        let (first, second) = (try temporaryFolder(), try temporaryFolder())
        let whole = try BrightSquare.trainer(demonstrations, steps: 8, workers: 2, shift: 3)
        for _ in 0..<8 { try whole.update() }
        try whole.save(to: first)
        let begun = try BrightSquare.trainer(demonstrations, steps: 8, workers: 2, shift: 3)
        for _ in 0..<5 { try begun.update() }
        try begun.save(to: second)
        let resumed = try BrightSquare.trainer(demonstrations, steps: 8, workers: 2, shift: 3)
        try resumed.resume(from: second)
        #expect(resumed.step == 5)
        while resumed.step < 8 { try resumed.update() }
        try resumed.save(to: second)
        for name in [ImageEncoder.fileName, ImageEncoderTrainer.fileName] {
            #expect(try bytes(first + "/" + name) == bytes(second + "/" + name))
        }
        let other = try BrightSquare.trainer(demonstrations, steps: 8, workers: 2, shift: 2)
        #expect(throws: PolicyError.self) { try other.resume(from: second) }
    }

    @Test("Encoded demonstrations are what the encoder makes of them picture by picture, whoever shares the work")
    func encoded() throws {
        let demonstrations = try BrightSquare.demonstrations(10)
        let encoder = try BrightSquare.trainer(demonstrations).encoder()
        let set = try demonstrations.encoded(by: encoder, workers: 3)
        #expect(set.layout.parts.map(\.name) == ["noise", "front_features", "side_features"])
        #expect(set.encoder == encoder.fingerprint && set.layout.size == 13)
        let alone = try demonstrations.encoded(by: encoder, workers: 1)
        #expect(zip(set.episodes, alone.episodes).allSatisfy { $0.observations == $1.observations })
        let reader = encoder.makeReader()
        let (episode, step) = (4, 1)
        var row = [demonstrations.set.episodes[episode].observations[step]]
        let frames = BrightSquare.cameras.enumerated().map { index, camera in
            let size = camera.pictureBytes
            return CameraFrame(
                image: Image(
                    width: camera.width, height: camera.height,
                    pixels: Array(demonstrations.pictures[episode][index][step * size..<(step + 1) * size])),
                time: .zero, sequence: 1)
        }
        try reader.append(frames, to: &row)
        #expect(Array(set.episodes[episode].observations[13 * step..<13 * (step + 1)]) == row)
    }

    @Test("A policy of another encoder's features is refused")
    func otherEncoder() throws {
        let demonstrations = try BrightSquare.demonstrations(12)
        let folder = try temporaryFolder()
        func purpose(_ encoder: ImageEncoder) throws -> PolicyPurpose {
            PolicyPurpose(
                layout: try demonstrations.encoded(by: encoder, workers: 1).layout, actionSize: 3, task: "look",
                robot: "point", encoder: encoder.fingerprint)
        }
        let (mine, other) = (
            try BrightSquare.trainer(demonstrations).encoder(),
            try BrightSquare.trainer(demonstrations, seed: 9).encoder()
        )
        let trainer = try FlowTrainer(
            configuration: TwoWays.shape, training: FlowTraining(steps: 2, batchSize: 8),
            demonstrations: demonstrations.encoded(by: mine, workers: 1), seed: 1)
        try trainer.update()
        try trainer.save(to: folder)
        #expect(try FlowPolicy(checkpoint: folder, for: purpose(mine)).purpose.encoder == mine.fingerprint)
        let error = #expect(throws: PolicyError.self) { _ = try FlowPolicy(checkpoint: folder, for: purpose(other)) }
        #expect(error.map { "\($0)".hasSuffix("made for the features of another image encoder") } == true)
    }
}
