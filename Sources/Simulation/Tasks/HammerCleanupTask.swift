internal import Numerics
public import Policies
public import Robots

/// Put a hammer into a drawer: open it, lay the hammer inside, close it.
///
/// Dimensions, initial distributions and success predicates are those published for MimicGen's Hammer Cleanup, variants D0 and D1,
/// which builds on the hammer task of robosuite's task zoo. There the hammer is drawn anew for each episode (handle 45…50 mm long,
/// head 24…28.8 mm thick, friction 3…5); here it is the one in the middle of these ranges.
public struct HammerCleanupTask: CleanupTask {
    /// The name that a job file gives.
    public static let name = "hammer-cleanup"
    /// `d0`: the cabinet stands where it always does; `d1`: cabinet and hammer are anywhere on their parts of the table.
    public static let variants = ["d0", "d1"]

    /// Height of the table's top, m.
    public static let tableHeight = 0.90
    /// Half of the handle's extent, m; it runs along the hammer's z axis, with the head at its +z end.
    public static let handleHalf = SIMD3(0.012, 0.012, 0.02375)
    /// Half of the head's height and depth, m; it is four times as long, along x.
    public static let headHalf = 0.0132

    static let cabinetPlaces = (fixed: SIMD2(0, 0.3), x: -0.2...0.0, y: 0.2...0.3)
    static let grip = CleanupExpert.Grip.hammer
    static let tableReach = -0.25...0.12

    /// Which distribution of initial states this is.
    public let variant: String
    /// Policy steps of an episode.
    public let horizon = 500
    /// Hz.
    public let controlRate = 20.0
    /// `base_in_world`, as published.
    public let basePose = Pose(position: SIMD3(-0.56, 0, 0.912))
    /// The table, the cabinet and the hammer.
    public let scene: SceneDescription
    /// Robot, `cabinet` (placed), `drawer` (sliding), `hammer` (free).
    public let layout: SceneLayout
    /// Tool, gripper, then hammer and cabinet, and the drawer's position. All in the world's frame.
    public let observationLayout = ObservationLayout.tabletop(
        object: ObservationLayout.objectFields + ObservationLayout.objectFields + [.values(1)])
    let robot: RobotDescription
    let cabinet: DrawerCabinet
    let objectOffset: Int
    private let overlapCheck: OverlapCheck

    /// The task for a robot with a gripper of two fingers.
    public init(variant: String, robot: RobotDescription) throws(TaskError) {
        try robot.requireTwoFingers(for: Self.name)
        self.variant = variant
        self.robot = robot
        scene = SceneDescription(
            tableHeight: Self.tableHeight, tableCentre: SIMD2(-0.2, 0), tableFriction: SIMD3(0.6, 0.005, 0.0001),
            objects: DrawerCabinet.objects + [Self.hammer], cameras: Self.cameras)
        layout = SceneLayout(
            armJointCount: robot.jointCount, fingerJointCount: robot.gripper.joints.count, objects: scene.objects)
        guard let cabinet = DrawerCabinet(in: layout), let hammer = layout.poseOffset(of: "hammer") else {
            throw TaskError("task 'hammer-cleanup' has no cabinet or no hammer in its scene")
        }
        (self.cabinet, objectOffset) = (cabinet, hammer)
        overlapCheck = try OverlapCheck(scene, layout: layout, robotAt: basePose, robot: robot)
    }

    /// The arm near home with its hand open, the drawer closed, the hammer 2 cm above the table on one of its sides.
    ///
    /// In `d0` the handle always points away from the robot, and the hammer is rolled about it by up to 0.1 rad: that is
    /// what the published turn "about z" comes to in the hammer's own frame.
    public func initialScene(seed: UInt64) -> SceneSnapshot {
        overlapCheck.scene(seed: seed, draw)
    }

    private func draw(_ random: inout RandomStream) -> SceneSnapshot {
        var scene = sceneWithCabinet(&random)
        let place =
            isWide
            ? SIMD2(random.uniform(-0.4, 0), random.uniform(-0.25, -0.13))
            : SIMD2(random.uniform(-0.10, -0.02), random.uniform(-0.20, -0.13))
        let turn = isWide ? random.uniform(0, 2 * Double.pi) : random.uniform(-0.1, 0.1)
        let side = random.uniform(0, 1) < 0.5 ? Self.onOneSide : Self.onTheOther
        let orientation =
            isWide
            ? Quaternion(yaw: turn) * side : side * Quaternion(angle: turn, axis: SIMD3(0, 0, 1))
        scene.setPose(
            Pose(
                position: SIMD3(place.x, place.y, Self.tableHeight + Self.handleHalf.x + 0.02), orientation: orientation
            ),
            at: objectOffset)
        return scene
    }

    /// The drawer is closed to 1 cm with the hammer in it. For `d0` that is, as published, a hammer between 4 cm and 10 cm
    /// above the table and beyond y = 0.22 m; for `d1` one that touches the drawer's bottom.
    public func isSuccess(_ measurement: borrowing Measurement, toolPose: Pose) -> Bool {
        let scene = measurement.scene
        guard cabinet.isClosed(in: scene) else { return false }
        let hammer = scene.pose(at: objectOffset)
        if variant == "d1" { return cabinet.bottomTouches(Self.hammer, at: hammer, in: scene) }
        return hammer.position.z > 0.94 && hammer.position.z < 1.0 && hammer.position.y > 0.22
    }
}

extension HammerCleanupTask {
    /// On its side with the handle along the world's x axis, the face towards the world's y axis or away from it.
    static let onOneSide = Quaternion(w: 0.5, x: 0.5, y: 0.5, z: 0.5)
    static let onTheOther = Quaternion(w: 0.5, x: -0.5, y: 0.5, z: -0.5)

    static let hammer: SceneObject = {
        let half = headHalf
        let centre = handleHalf.z + half
        let alongX = Quaternion(angle: Double.pi / 2, axis: SIMD3(0, 1, 0))
        let metal = Solid.Look(colour: SIMD3(0.45, 0.48, 0.53), shine: 0.7)
        func head(_ shape: Solid.Shape, at x: Double, _ turn: Quaternion) -> Solid {
            Solid(shape, at: Pose(position: SIMD3(x, 0, centre), orientation: turn), density: 175, look: metal)
        }
        return SceneObject(
            name: "hammer", mobility: .free(damping: 0.0005),
            solids: [
                Solid(
                    .box(half: handleHalf), density: 175, friction: SIMD3(4, 0.005, 0.0001),
                    look: Solid.Look(colour: SIMD3(0.83, 0.62, 0.34), shine: 0.2)),
                head(.box(half: SIMD3(2 * half, half, half)), at: 0, .identity),
                head(.cylinder(radius: 0.8 * half, halfHeight: 0.2 * half), at: 2.2 * half, alongX),
                head(.cylinder(radius: half, halfHeight: 0.4 * half), at: 2.8 * half, alongX),
                head(
                    .box(half: SIMD3(0.7072 * half, 0.95 * half, 0.7072 * half)), at: -2 * half,
                    Quaternion(angle: Double.pi / 4, axis: SIMD3(0, 1, 0))),
            ])
    }()

    static let cameras = [
        SceneCamera(
            name: "agentview",
            pose: Pose(
                position: SIMD3(0.5386, 0, 1.4904),
                orientation: Quaternion(w: 0.6380, x: 0.3048, y: 0.3048, z: 0.6380).normalised)),
        SceneCamera(
            name: "sideview",
            pose: Pose(
                position: SIMD3(0.5586, 0.3, 1.2904),
                orientation: Quaternion(w: 0.4144, x: 0.3101, y: 0.4964, z: 0.6969).normalised)),
        SceneCamera(
            name: "overview", position: SIMD3(0.75, -1.0, 1.75), lookingAt: SIMD3(-0.25, 0.05, 1.08), fieldOfView: 43),
        SceneCamera(
            name: "closeup", position: SIMD3(0.3, -0.45, 1.45), lookingAt: SIMD3(-0.03, 0.12, 0.97), fieldOfView: 42),
    ]
}
