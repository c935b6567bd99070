internal import Numerics
public import Policies
public import Robots

/// Put a square nut onto a square peg.
///
/// Dimensions, initial distributions and success predicate are those published for the robosuite and MimicGen task of
/// that name, variants D0 and D1: a hole of 45.5 mm over a peg of 32 mm, 6.75 mm of clearance on each side. The geometry is built
/// from primitive boxes here.
public struct SquareTask: ManipulationTask {
    /// The name that a job file gives.
    public static let name = "square"
    /// `d0`: the peg stands still; `d1`: nut and peg are anywhere on their parts of the table.
    public static let variants = ["d0", "d1"]

    /// Edge of the nut's square hole, m.
    public static let holeEdge = 0.0455
    /// Edge of the peg, m.
    public static let pegEdge = 0.032
    /// Centre of the nut's handle in the nut's frame, m.
    public static let handle = SIMD3<Double>(0.054, 0, 0)
    /// Height of the table's top, m.
    public static let tableHeight = 0.82
    /// Height of the peg's centre, m; its top is 0.1 m above.
    public static let pegHeight = 0.85
    /// Height of a nut that lies on the table, m.
    public static let restHeight = tableHeight + 0.01

    /// Which distribution of initial states this is.
    public let variant: String
    /// Policy steps of an episode.
    public let horizon = 400
    /// Hz.
    public let controlRate = 20.0
    /// `base_in_world`, as published.
    public let basePose = Pose(position: SIMD3(-0.56, 0, 0.912))
    /// The table, the nut and the peg.
    public let scene: SceneDescription
    /// Robot, `nut` (free), `peg` (placed).
    public let layout: SceneLayout
    /// Tool, gripper and nut; in `d1` also the peg's position. All in the world's frame.
    public let observationLayout: ObservationLayout
    let robot: RobotDescription
    let nutOffset: Int
    let pegOffset: Int

    private var pegMoves: Bool { variant == "d1" }

    /// The task for a robot with a gripper of two fingers.
    public init(variant: String, robot: RobotDescription) throws(TaskError) {
        try robot.requireTwoFingers(for: Self.name)
        self.variant = variant
        self.robot = robot
        scene = SceneDescription(
            tableHeight: Self.tableHeight, objects: [Self.nut, Self.peg], cameras: Self.cameras)
        layout = SceneLayout(
            armJointCount: robot.jointCount, fingerJointCount: robot.gripper.joints.count, objects: scene.objects)
        guard let nut = layout.poseOffset(of: "nut"), let peg = layout.poseOffset(of: "peg") else {
            throw TaskError("task 'square' has no nut or no peg in its scene")
        }
        (nutOffset, pegOffset) = (nut, peg)
        observationLayout = .tabletop(
            object: ObservationLayout.objectFields + (variant == "d1" ? [.values(3)] : []))
    }

    /// The arm near home with its hand open, the nut 6 cm above the table.
    public func initialScene(seed: UInt64) -> SceneSnapshot {
        var random = RandomStream.derived(from: seed, 0)
        var scene = SceneSnapshot(armOf: robot, layout: layout, random: &random)
        let (nut, peg) = pegMoves ? Self.drawD1(&random) : Self.drawD0(&random)
        scene.setPose(nut, at: nutOffset)
        scene.setPose(peg, at: pegOffset)
        return scene
    }

    /// Tool pose, finger positions, nut pose, nut pose in the tool's frame, and in `d1` the peg's position.
    public func observe(_ measurement: borrowing Measurement, toolPose: Pose) -> [Float] {
        let tool = basePose * toolPose
        var observation: [Float] = []
        observation.reserveCapacity(observationLayout.size)
        observation.append(tool: tool, opening: measurement.state.gripper.opening)
        observation.append(object: measurement.scene.pose(at: nutOffset), seenFrom: tool)
        if pegMoves { observation.append(measurement.scene.pose(at: pegOffset).position) }
        return observation
    }

    /// The nut is round the peg and lower than 5 cm above the table, and the tool has moved away from it:
    /// `1 − tanh(10·d) < 0.6`, that is, `d > 42.4 mm`.
    public func isSuccess(_ measurement: borrowing Measurement, toolPose: Pose) -> Bool {
        Self.isDone(
            nut: measurement.scene.pose(at: nutOffset).position, peg: measurement.scene.pose(at: pegOffset).position,
            tool: (basePose * toolPose).position)
    }

    /// Whether a nut is on its peg and the tool away from it, as published for nuts of either shape.
    static func isDone(nut: SIMD3<Double>, peg: SIMD3<Double>, tool: SIMD3<Double>) -> Bool {
        abs(nut.x - peg.x) < 0.03 && abs(nut.y - peg.y) < 0.03 && nut.z < tableHeight + 0.05
            && (tool - nut).length > releaseDistance
    }

    /// artanh(0.4) / 10, m.
    static let releaseDistance = 0.042_364_893_019_360_18

    /// Take the nut, relative to it; set it down, relative to the peg.
    public var subtasks: [Subtask] {
        [
            Subtask(name: "grasp", in: .object(nutOffset), isDone: Self.isNutLifted(nutOffset)),
            Subtask(name: "insert", in: .object(pegOffset), held: .init(nutOffset)),
        ]
    }

    /// Whether a nut has been taken and lifted by a centimetre.
    static func isNutLifted(_ offset: Int) -> @Sendable (Subtask.View) -> Bool {
        Subtask.isLifted(offset, reach: 0.1, height: restHeight + 0.01)
    }

    /// A ``SquareExpert``.
    public func makeExpert(seed: UInt64, noise: Double) -> any ScriptedExpert {
        SquareExpert(task: self, seed: seed, noise: noise)
    }
}

extension SquareTask {
    private static let nutLook = Solid.Look(colour: SIMD3(0.78, 0.34, 0.16), shine: 0.5)
    private static let pegLook = Solid.Look(colour: SIMD3(0.24, 0.36, 0.52), shine: 0.35)

    static let nut = SceneObject(
        name: "nut", mobility: .free(damping: 0.0005),
        solids: [
            (SIMD3(0.0105, 0.04375, 0.01), SIMD3(0.03325, 0, 0)),
            (SIMD3(0.0105, 0.04375, 0.01), SIMD3(-0.03325, 0, 0)),
            (SIMD3(0.03125, 0.0105, 0.01), SIMD3(0, 0.03325, 0)),
            (SIMD3(0.03125, 0.0105, 0.01), SIMD3(0, -0.03325, 0)),
            (SIMD3(0.02525, 0.015875, 0.01), handle),
        ].map { half, position in
            Solid(
                .box(half: half), at: Pose(position: position), density: 100, friction: SIMD3(0.95, 0.3, 0.1),
                contactDimensions: 4, impedance: SIMD3(0.998, 0.998, 0.001), look: nutLook)
        })

    static let peg = SceneObject(
        name: "peg", mobility: .placed,
        solids: [
            Solid(.box(half: SIMD3(pegEdge / 2, pegEdge / 2, 0.1)), friction: SIMD3(1, 0.005, 0.0001), look: pegLook)
        ])

    static let cameras =
        SceneCamera.tabletop + [
            SceneCamera(
                name: "closeup", position: SIMD3(0.62, -0.28, 1.12), lookingAt: SIMD3(0.08, 0.06, 0.88), fieldOfView: 36
            )
        ]

    /// The nut in a strip before the arm, the peg where it always is.
    private static func drawD0(_ random: inout RandomStream) -> (nut: Pose, peg: Pose) {
        (
            drawNut(x: -0.115...(-0.11), y: 0.11...0.225, &random),
            Pose(position: SIMD3(0.23, 0.10, pegHeight))
        )
    }

    /// The nut and the peg anywhere on their parts of the table, drawn again until their bounding circles do not meet.
    private static func drawD1(_ random: inout RandomStream) -> (nut: Pose, peg: Pose) {
        while true {
            let nut = drawNut(x: -0.115...0.115, y: -0.255...0.255, &random)
            let peg = Pose(
                position: SIMD3(random.uniform(-0.1, 0.3), random.uniform(-0.2, 0.2), pegHeight))
            let apart = SIMD3(nut.position.x - peg.position.x, nut.position.y - peg.position.y, 0).length
            if apart > nutRadius + pegRadius { return (nut, peg) }
        }
    }

    static func drawNut(
        x: ClosedRange<Double>, y: ClosedRange<Double>, _ random: inout RandomStream
    ) -> Pose {
        Pose(
            position: SIMD3(
                random.uniform(x), random.uniform(y), 0.89),
            orientation: Quaternion(yaw: random.uniform(0, 2 * Double.pi)))
    }

    /// From the nut's centre to the far corner of its handle, m.
    static let nutRadius = SIMD3(0.054 + 0.02525, 0.015875, 0).length
    /// From the peg's axis to an edge, m.
    static let pegRadius = SIMD3(pegEdge / 2, pegEdge / 2, 0).length
}
