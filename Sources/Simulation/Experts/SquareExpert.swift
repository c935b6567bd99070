internal import Numerics
public import Robots

/// Does the Square task by script: a ``NutTransfer`` of the square nut.
public struct SquareExpert: ScriptedExpert {
    private(set) var transfer: NutTransfer

    /// What the expert is doing.
    public var phase: String { transfer.stage.rawValue }

    /// An expert for one episode.
    public init(task: SquareTask, seed: UInt64, noise: Double) {
        transfer = NutTransfer(
            work: .square(nut: task.nutOffset, peg: task.pegOffset), basePose: task.basePose,
            style: .derived(from: seed, 1), disturbance: .derived(from: seed, 2), noise: noise)
    }

    /// The next action.
    public mutating func action(for measurement: borrowing Measurement, toolPose: Pose) -> [Float] {
        transfer.action(for: measurement, toolPose: toolPose)
    }
}

extension NutTransfer.Work {
    /// The square nut with 6.75 mm of clearance on each side of its peg.
    static func square(nut: Int, peg: Int) -> NutTransfer.Work {
        NutTransfer.Work(
            nutOffset: nut, pegOffset: peg, grasp: 0.060...0.066, fittingHeadings: 4, alignment: 0.0035,
            turnAlignment: 0.05)
    }
}
