internal import Numerics
public import Policies
public import Robots

/// Put a square nut onto a square peg and a round nut onto a round peg.
///
/// Dimensions, initial distribution and success predicate are those published for the robosuite and MimicGen task of that
/// name. Only the variant D0 is published, so there is no other. Square nut and square peg are those of ``SquareTask``; the
/// round nut has a hole of 31.2 mm radius over a peg of 20 mm, 11 mm of clearance all round.
public struct NutAssemblyTask: ManipulationTask {
    /// The name that a job file gives.
    public static let name = "nut_assembly"
    /// `d0`: the pegs stand still, each nut lies in a strip before the arm.
    public static let variants = ["d0"]

    /// Radius of the circle in the round nut's hole, m.
    public static let holeRadius = 0.0312
    /// Radius of the round peg, m.
    public static let pegRadius = 0.02
    /// Centre of the round nut's handle in the nut's frame, m.
    public static let roundHandle = SIMD3<Double>(0.06, 0, 0)
    /// Where the square peg's centre is in the world, m.
    public static let squarePegPosition = SIMD3<Double>(0.23, 0.10, SquareTask.pegHeight)
    /// Where the round peg's centre is in the world, m.
    public static let roundPegPosition = SIMD3<Double>(0.23, -0.10, SquareTask.pegHeight)

    /// Which distribution of initial states this is.
    public let variant: String
    /// Policy steps of an episode.
    public let horizon = 500
    /// Hz.
    public let controlRate = 20.0
    /// `base_in_world`, as published.
    public let basePose = Pose(position: SIMD3(-0.56, 0, 0.912))
    /// The table, two nuts and two pegs.
    public let scene: SceneDescription
    /// Robot, `square_nut` and `round_nut` (free), `square_peg` and `round_peg` (placed).
    public let layout: SceneLayout
    /// Tool, gripper and both nuts. All in the world's frame.
    public let observationLayout: ObservationLayout
    let robot: RobotDescription
    let nutOffsets: (square: Int, round: Int)
    let pegOffsets: (square: Int, round: Int)

    /// The task for a robot with a gripper of two fingers.
    public init(variant: String, robot: RobotDescription) throws(TaskError) {
        try robot.requireTwoFingers(for: Self.name)
        self.variant = variant
        self.robot = robot
        scene = SceneDescription(
            tableHeight: SquareTask.tableHeight,
            objects: [Self.squareNut, Self.roundNut, Self.squarePeg, Self.roundPeg], cameras: Self.cameras)
        layout = SceneLayout(
            armJointCount: robot.jointCount, fingerJointCount: robot.gripper.joints.count, objects: scene.objects)
        guard let squareNut = layout.poseOffset(of: Self.squareNut.name),
            let roundNut = layout.poseOffset(of: Self.roundNut.name),
            let squarePeg = layout.poseOffset(of: Self.squarePeg.name),
            let roundPeg = layout.poseOffset(of: Self.roundPeg.name)
        else { throw TaskError("task '\(Self.name)' lacks a nut or a peg in its scene") }
        nutOffsets = (squareNut, roundNut)
        pegOffsets = (squarePeg, roundPeg)
        observationLayout = .tabletop(object: ObservationLayout.objectFields + ObservationLayout.objectFields)
    }

    /// The arm near home with its hand open, both nuts 6 cm above the table.
    public func initialScene(seed: UInt64) -> SceneSnapshot {
        var random = RandomStream.derived(from: seed, 0)
        var scene = SceneSnapshot(armOf: robot, layout: layout, random: &random)
        let strip = -0.115...(-0.11)
        scene.setPose(SquareTask.drawNut(x: strip, y: 0.11...0.225, &random), at: nutOffsets.square)
        scene.setPose(SquareTask.drawNut(x: strip, y: -0.225...(-0.11), &random), at: nutOffsets.round)
        scene.setPose(Pose(position: Self.squarePegPosition), at: pegOffsets.square)
        scene.setPose(Pose(position: Self.roundPegPosition), at: pegOffsets.round)
        return scene
    }

    /// Tool pose, finger positions, then of the square and of the round nut: pose, and pose in the tool's frame.
    public func observe(_ measurement: borrowing Measurement, toolPose: Pose) -> [Float] {
        let tool = basePose * toolPose
        var observation: [Float] = []
        observation.reserveCapacity(observationLayout.size)
        observation.append(tool: tool, opening: measurement.state.gripper.opening)
        observation.append(object: measurement.scene.pose(at: nutOffsets.square), seenFrom: tool)
        observation.append(object: measurement.scene.pose(at: nutOffsets.round), seenFrom: tool)
        return observation
    }

    /// Both nuts are on their own pegs at the same time, each as ``SquareTask/isSuccess(_:toolPose:)`` asks of its nut.
    public func isSuccess(_ measurement: borrowing Measurement, toolPose: Pose) -> Bool {
        let tool = (basePose * toolPose).position
        let scene = measurement.scene
        return [(nutOffsets.square, pegOffsets.square), (nutOffsets.round, pegOffsets.round)].allSatisfy { nut, peg in
            SquareTask.isDone(nut: scene.pose(at: nut).position, peg: scene.pose(at: peg).position, tool: tool)
        }
    }

    /// Take the square nut and set it down, then the round nut.
    public var subtasks: [Subtask] {
        let (nuts, pegs) = (nutOffsets, pegOffsets)
        return [
            Subtask(name: "grasp square", in: .object(nuts.square), isDone: SquareTask.isNutLifted(nuts.square)),
            Subtask(name: "insert square", in: .object(pegs.square), held: .init(nuts.square)) { view in
                SquareTask.isDone(
                    nut: view.scene.pose(at: nuts.square).position, peg: view.scene.pose(at: pegs.square).position,
                    tool: view.tool.position)
            },
            Subtask(name: "grasp round", in: .object(nuts.round), isDone: SquareTask.isNutLifted(nuts.round)),
            Subtask(name: "insert round", in: .object(pegs.round), held: .init(nuts.round)),
        ]
    }

    /// A ``NutAssemblyExpert``.
    public func makeExpert(seed: UInt64, noise: Double) -> any ScriptedExpert {
        NutAssemblyExpert(task: self, seed: seed, noise: noise)
    }
}

extension NutAssemblyTask {
    private static let roundLook = Solid.Look(colour: SIMD3(0.80, 0.64, 0.20), shine: 0.5)
    private static let pegLook = Solid.Look(colour: SIMD3(0.30, 0.48, 0.40), shine: 0.35)

    static let squareNut = SceneObject(
        name: "square_nut", mobility: SquareTask.nut.mobility, solids: SquareTask.nut.solids)
    static let squarePeg = SceneObject(
        name: "square_peg", mobility: SquareTask.peg.mobility, solids: SquareTask.peg.solids)

    /// Eight boxes in a circle, and the handle.
    static let roundNut: SceneObject = {
        let arc = (0..<8).map { eighth in
            let turn = Quaternion(yaw: Double(eighth) * Double.pi / 4)
            return (
                SIMD3(0.01125, 0.0225, 0.01),
                Pose(position: turn.rotate(SIMD3(0.04245, 0, 0)), orientation: turn)
            )
        }
        let handle = (SIMD3(0.02525, 0.015875, 0.01), Pose(position: roundHandle))
        return SceneObject(
            name: "round_nut", mobility: .free(damping: 0.0005),
            solids: (arc + [handle]).map { half, pose in
                Solid(
                    .box(half: half), at: pose, density: 100, friction: SIMD3(0.95, 0.3, 0.1), contactDimensions: 4,
                    impedance: SIMD3(0.998, 0.998, 0.001), look: roundLook)
            })
    }()

    static let roundPeg = SceneObject(
        name: "round_peg", mobility: .placed,
        solids: [
            Solid(
                .cylinder(radius: pegRadius, halfHeight: 0.1), friction: SIMD3(1, 0.005, 0.0001), look: pegLook)
        ])

    static let cameras =
        SceneCamera.tabletop + [
            SceneCamera(
                name: "closeup", position: SIMD3(0.75, -0.3, 1.2), lookingAt: SIMD3(0.08, 0, 0.88), fieldOfView: 40)
        ]
}
