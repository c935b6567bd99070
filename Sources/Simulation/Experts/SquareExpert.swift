internal import Numerics
public import Robots

/// Does the Square task by script.
public struct SquareExpert: ScriptedExpert {
    let task: SquareTask
    public private(set) var phase = "approach"
    private var random: RandomStream
    private let noise: Double

    /// An expert for one episode.
    public init(task: SquareTask, seed: UInt64, noise: Double) {
        self.task = task
        self.noise = noise
        random = RandomStream.derived(from: seed, 1)
    }

    public mutating func action(for measurement: borrowing Measurement, toolPose: Pose) -> [Float] {
        [0, 0, 0, 0, 0, 0, -1]
    }
}
