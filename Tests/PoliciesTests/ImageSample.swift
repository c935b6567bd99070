import Numerics

@testable import Policies

/// A task that can only be done by looking: a bright square is somewhere in the picture of one camera, another camera sees how
/// wide it is; the action says where it is and how wide.
enum BrightSquare {
    static let cameras = [
        ImageEncoder.Camera(name: "front", width: 36, height: 32),
        ImageEncoder.Camera(name: "side", width: 32, height: 32),
    ]
    static let shape = ImageEncoderConfiguration(keypoints: 8, features: 6)

    /// A grey picture with a square of some width around a place.
    static func picture(_ camera: ImageEncoder.Camera, across: Int, down: Int, half: Int) -> [UInt8] {
        var pixels = [UInt8](repeating: 90, count: camera.pictureBytes)
        for row in max(0, down - half)...min(camera.height - 1, down + half) {
            for column in max(0, across - half)...min(camera.width - 1, across + half) {
                for channel in 0..<3 { pixels[3 * (row * camera.width + column) + channel] = channel == 1 ? 60 : 250 }
            }
        }
        return pixels
    }

    static func demonstrations(_ count: Int, seed: UInt64 = 1) throws -> PictureDemonstrations {
        var random = RandomStream(seed: seed)
        var episodes: [DemonstrationSet.Episode] = []
        var pictures: [[[UInt8]]] = []
        for number in 0..<count {
            var (observations, actions, seen) = ([Float](), [Float](), [[UInt8]](repeating: [], count: 2))
            for _ in 0..<3 {
                let (across, down) = (8 + random.integer(below: 20), 8 + random.integer(below: 16))
                let half = 2 + random.integer(below: 6)
                seen[0] += picture(cameras[0], across: across, down: down, half: 3)
                seen[1] += picture(cameras[1], across: 16, down: 16, half: half)
                observations.append(random.gaussian())
                actions += [Float(across) / 18 - 1, Float(down) / 16 - 1, Float(half) / 4.5 - 1]
            }
            episodes.append(.init(name: "demo_\(number)", observations: observations, actions: actions))
            pictures.append(seen)
        }
        return try PictureDemonstrations(
            set: DemonstrationSet(
                layout: ObservationLayout(parts: [.init(name: "noise", fields: [.values(1)])]), actionSize: 3,
                task: "look", robot: "point", episodes: episodes), cameras: cameras, pictures: pictures)
    }

    static func trainer(
        _ demonstrations: PictureDemonstrations, steps: Int = 300, workers: Int = 1, shift: Int = 0, seed: UInt64 = 3
    ) throws -> ImageEncoderTrainer {
        try ImageEncoderTrainer(
            configuration: shape,
            training: ImageTraining(
                steps: steps, batchSize: 32, learningRate: 3e-3, warmUpSteps: 10, largestShift: shift, workers: workers),
            horizon: 1, demonstrations: demonstrations, seed: seed)
    }
}
