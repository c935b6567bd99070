internal import Numerics
public import Robots

/// Does the Nut Assembly task by script: a ``NutTransfer`` of the square nut, then one of the round nut. A nut that comes off
/// its peg again is put back.
public struct NutAssemblyExpert: ScriptedExpert {
    private(set) var transfers: [NutTransfer]
    private var current = 0

    /// What the expert is doing.
    public var phase: String { transfers[current].stage.rawValue }

    /// An expert for one episode.
    public init(task: NutAssemblyTask, seed: UInt64, noise: Double) {
        let (nuts, pegs) = (task.nutOffsets, task.pegOffsets)
        var square = NutTransfer.Work.square(nut: nuts.square, peg: pegs.square)
        square.otherPegs = [pegs.round]
        // The round nut's handle sticks out farther, and it fits in any heading.
        let round = NutTransfer.Work(
            nutOffset: nuts.round, pegOffset: pegs.round, otherPegs: [pegs.square], grasp: 0.068...0.073,
            fittingHeadings: 12, alignment: 0.005, turnAlignment: 0.3)
        transfers = [square, round].enumerated().map { index, work in
            NutTransfer(
                work: work, basePose: task.basePose, style: .derived(from: seed, UInt64(1 + 2 * index)),
                disturbance: .derived(from: seed, UInt64(2 + 2 * index)), noise: noise)
        }
    }

    /// The next action.
    public mutating func action(for measurement: borrowing Measurement, toolPose: Pose) -> [Float] {
        let scene = measurement.scene
        if transfers[current].stage == .done, let missing = transfers.firstIndex(where: { !$0.isPlaced(in: scene) }) {
            if transfers[missing].stage == .done { transfers[missing].retry() }
            current = missing
        }
        return transfers[current].action(for: measurement, toolPose: toolPose)
    }
}
