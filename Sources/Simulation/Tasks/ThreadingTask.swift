internal import Numerics
public import Policies
public import Robots

/// Put a needle through the ring of a tripod.
///
/// Dimensions, initial distributions and success predicate are those published for the MimicGen task of that name,
/// variants D0 and D1 (Mandlekar et al., "MimicGen", 2023): a square needle of 10 mm through a square hole of 16 mm, 3 mm of
/// clearance on each side. The tripod weighs 18 g and stands free, so that it can be pushed away or knocked over. The
/// geometry is built from primitive shapes here; the ring, published as twenty small boxes, is four bars of the same outline.
public struct ThreadingTask: ManipulationTask {
    /// The name that a job file gives.
    public static let name = "threading"
    /// `d0`: the tripod stands in one place; `d1`: it stands and is turned anywhere on its part of the table.
    public static let variants = ["d0", "d1"]

    /// Height of the table's top, m.
    public static let tableHeight = 0.80
    /// Half of the needle's extent along x, y and z, m.
    public static let needleHalf = SIMD3<Double>(0.005, 0.06, 0.005)
    /// Centre of the needle proper in the frame of the object, m.
    public static let needleCentre = SIMD3<Double>(0, -0.02, 0)
    /// Centre of the handle, a cube of 4 cm, in the frame of the object, m.
    public static let handle = SIMD3<Double>(0, 0.06, 0)
    /// Edge of the ring's square hole, m.
    public static let holeEdge = 0.016
    /// Edge of the ring's square outline, m.
    public static let ringEdge = 0.024
    /// Half of the ring's thickness along its axis, m.
    public static let ringHalfThickness = 0.005
    /// Centre of the ring in the tripod's frame, m; its axis is the tripod's x axis.
    public static let ringCentre = SIMD3<Double>(0, 0, 0.088)
    /// How near the needle's centre has to come to the ring's centre, m: half of the ring's edge.
    public static let successDistance = 0.012

    /// Which distribution of initial states this is.
    public let variant: String
    /// Policy steps of an episode.
    public let horizon = 400
    /// Hz.
    public let controlRate = 20.0
    /// `base_in_world`, as published.
    public let basePose = Pose(position: SIMD3(-0.56, 0, 0.912))
    /// The table, the needle and the tripod.
    public let scene: SceneDescription
    /// Robot, `needle` and `tripod` (both free).
    public let layout: SceneLayout
    /// Tool, gripper, needle and tripod. All in the world's frame.
    public let observationLayout: ObservationLayout
    let robot: RobotDescription
    let needleOffset: Int
    let tripodOffset: Int

    /// The task for a robot with a gripper of two fingers.
    public init(variant: String, robot: RobotDescription) throws(TaskError) {
        try robot.requireTwoFingers(for: Self.name)
        self.variant = variant
        self.robot = robot
        scene = SceneDescription(
            tableHeight: Self.tableHeight, objects: [Self.needle, Self.tripod], cameras: Self.cameras)
        layout = SceneLayout(
            armJointCount: robot.jointCount, fingerJointCount: robot.gripper.joints.count, objects: scene.objects)
        guard let needle = layout.poseOffset(of: "needle"), let tripod = layout.poseOffset(of: "tripod") else {
            throw TaskError("task 'threading' has no needle or no tripod in its scene")
        }
        (needleOffset, tripodOffset) = (needle, tripod)
        observationLayout = .tabletop(object: ObservationLayout.objectFields + ObservationLayout.objectFields)
    }

    /// The arm near home with its hand open, the needle on the table, the tripod 5 mm above it.
    public func initialScene(seed: UInt64) -> SceneSnapshot {
        var random = RandomStream.derived(from: seed, 0)
        var scene = SceneSnapshot(armOf: robot, layout: layout, random: &random)
        let places = variant == "d1" ? Self.wide : Self.narrow
        scene.setPose(places.needle.draw(height: Self.tableHeight + 0.02, &random), at: needleOffset)
        scene.setPose(places.tripod.draw(height: Self.tableHeight + 0.101, &random), at: tripodOffset)
        return scene
    }

    /// Tool pose, finger positions, then of the needle and of the tripod: pose, and pose in the tool's frame.
    public func observe(_ measurement: borrowing Measurement, toolPose: Pose) -> [Float] {
        let tool = basePose * toolPose
        var observation: [Float] = []
        observation.reserveCapacity(observationLayout.size)
        observation.append(tool: tool, opening: measurement.state.gripper.opening)
        observation.append(object: measurement.scene.pose(at: needleOffset), seenFrom: tool)
        observation.append(object: measurement.scene.pose(at: tripodOffset), seenFrom: tool)
        return observation
    }

    /// The centre of the needle proper, which is 12 cm long, is within 12 mm of the ring's centre. As published, the hand
    /// need not let go.
    public func isSuccess(_ measurement: borrowing Measurement, toolPose: Pose) -> Bool {
        let needle = measurement.scene.pose(at: needleOffset) * Pose(position: Self.needleCentre)
        let ring = measurement.scene.pose(at: tripodOffset) * Pose(position: Self.ringCentre)
        return (needle.position - ring.position).length < Self.successDistance
    }

    /// Take the needle, relative to it; put it through the ring, relative to the tripod.
    public var subtasks: [Subtask] {
        [
            Subtask(
                name: "grasp", in: .object(needleOffset),
                isDone: Subtask.isLifted(needleOffset, reach: 0.1, height: Self.tableHeight + 0.03)),
            Subtask(name: "thread", in: .object(tripodOffset), held: .init(needleOffset)),
        ]
    }

    /// A ``ThreadingExpert``.
    public func makeExpert(seed: UInt64, noise: Double) -> any ScriptedExpert {
        ThreadingExpert(task: self, seed: seed, noise: noise)
    }
}

extension ThreadingTask {
    private static let needleLook = Solid.Look(colour: SIMD3(0.42, 0.22, 0.12), shine: 0.3)
    private static let tripodLook = Solid.Look(colour: SIMD3(0.84, 0.66, 0.42), shine: 0.2)
    private static let ringLook = Solid.Look(colour: SIMD3(0.20, 0.38, 0.58), shine: 0.4)
    /// Of needle and ring, low so that one slides in the other: sliding, torsional, rolling.
    private static let slippery = SIMD3<Double>(0.3, 0.005, 0.0001)

    static let needle = SceneObject(
        name: "needle", mobility: .free(damping: 0.0005),
        solids: [
            Solid(
                .box(half: needleHalf), at: Pose(position: needleCentre), density: 100, friction: slippery,
                look: needleLook),
            Solid(.box(half: SIMD3(0.02, 0.02, 0.02)), at: Pose(position: handle), density: 100, look: needleLook),
        ])

    static let tripod = SceneObject(name: "tripod", mobility: .free(damping: 0.0005), solids: ring + legs + stand)

    private static let ring: [Solid] = {
        let bar = (ringEdge - holeEdge) / 4
        let middle = holeEdge / 2 + bar
        return [
            (SIMD3(0, middle, 0), SIMD3(ringHalfThickness, bar, ringEdge / 2)),
            (SIMD3(0, -middle, 0), SIMD3(ringHalfThickness, bar, ringEdge / 2)),
            (SIMD3(0, 0, middle), SIMD3(ringHalfThickness, holeEdge / 2, bar)),
            (SIMD3(0, 0, -middle), SIMD3(ringHalfThickness, holeEdge / 2, bar)),
        ].map { position, half in
            Solid(
                .box(half: half), at: Pose(position: ringCentre + position), density: 100, friction: slippery,
                look: ringLook)
        }
    }()

    /// Three legs, 30 degrees off the vertical, their feet outwards.
    private static let legs: [Solid] = [SIMD3(-0.04, -0.04, -0.06), SIMD3(-0.04, 0.04, -0.06), SIMD3(0.04, 0, -0.06)]
        .map { (position: SIMD3<Double>) in
            let inward = SIMD3(-position.x, -position.y, 0) / position.planarLength
            let turn = Quaternion(angle: Double.pi / 6, axis: SIMD3(0, 0, 1).cross(inward))
            return Solid(
                .capsule(radius: 0.01, halfLength: 0.03), at: Pose(position: position, orientation: turn),
                density: 100, look: tripodLook)
        }

    private static let stand = [
        Solid(
            .box(half: SIMD3(0.05, 0.05, 0.005)), at: Pose(position: SIMD3(0, 0, -0.015)), density: 100,
            look: tripodLook),
        Solid(
            .box(half: SIMD3(0.005, 0.005, 0.043)), at: Pose(position: SIMD3(0, 0, 0.033)), density: 100,
            look: tripodLook),
    ]

    static let cameras =
        SceneCamera.tabletop + [
            SceneCamera(
                name: "closeup", position: SIMD3(0.5, 0.06, 1.14), lookingAt: SIMD3(-0.02, -0.1, 0.95), fieldOfView: 36)
        ]

    /// Where an object may be and how it may be turned about the vertical.
    private struct Place {
        var x: ClosedRange<Double>
        var y: ClosedRange<Double>
        /// Degrees.
        var yaw: ClosedRange<Double>

        func draw(height: Double, _ random: inout RandomStream) -> Pose {
            Pose(
                position: SIMD3(
                    random.uniform(x), random.uniform(y), height),
                orientation: Quaternion(
                    yaw: random.uniform(yaw) * Double.pi / 180))
        }
    }

    private static let narrow = (
        needle: Place(x: -0.2...(-0.05), y: 0.15...0.25, yaw: -120...(-60)),
        tripod: Place(x: 0...0, y: -0.15...(-0.15), yaw: 90...90)
    )
    private static let wide = (
        needle: Place(x: -0.2...0.05, y: 0.15...0.25, yaw: -210...30),
        tripod: Place(x: -0.1...0.15, y: -0.2...(-0.1), yaw: 30...150)
    )
}
