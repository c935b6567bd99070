internal import Numerics
public import Policies
public import Robots

/// Put a mug into a drawer: open it, stand the mug inside, close it.
///
/// Dimensions, initial distributions and success predicate are those published for MimicGen's task of that name, variants D0 and
/// D1. The mug is a scanned mesh there; here it is made of boxes and a disc, with the same extent and mass.
public struct MugCleanupTask: CleanupTask {
    /// The name that a job file gives.
    public static let name = "mug-cleanup"
    /// `d0`: the cabinet stands where it always does; `d1`: cabinet and mug are anywhere on their parts of the table.
    public static let variants = ["d0", "d1"]

    /// Height of the table's top, m.
    public static let tableHeight = 0.80
    /// Extent of the mug with its handle, m; its frame is in the middle, the handle at +x.
    public static let mugExtent = SIMD3(0.0815, 0.0565, 0.0644)
    /// Outer radius of the mug's body, m.
    public static let mugRadius = mugExtent.y / 2
    /// The axis of the mug's body in the mug's frame, m.
    public static let mugAxis = SIMD3(-(mugExtent.x / 2 - mugRadius), 0, 0)
    /// The mug stands upright while 1 − cos(tilt) is below this: a tilt of 2.6°.
    static let uprightTolerance = 1e-3

    static let cabinetPlaces = (fixed: SIMD2(0, 0.3), x: -0.15...0.05, y: 0.25...0.35)
    static let grip = CleanupExpert.Grip.mug
    static let tableReach = -0.2...0.2

    /// Which distribution of initial states this is.
    public let variant: String
    /// Policy steps of an episode.
    public let horizon = 500
    /// Hz.
    public let controlRate = 20.0
    /// `base_in_world`, as published.
    public let basePose = Pose(position: SIMD3(-0.56, 0, 0.912))
    /// The table, the cabinet and the mug.
    public let scene: SceneDescription
    /// Robot, `cabinet` (placed), `drawer` (sliding), `mug` (free).
    public let layout: SceneLayout
    /// Tool, gripper, then mug and cabinet, and the drawer's position. All in the world's frame.
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
            tableHeight: Self.tableHeight, objects: DrawerCabinet.objects + [Self.mug], cameras: Self.cameras)
        layout = SceneLayout(
            armJointCount: robot.jointCount, fingerJointCount: robot.gripper.joints.count, objects: scene.objects)
        guard let cabinet = DrawerCabinet(in: layout), let mug = layout.poseOffset(of: "mug") else {
            throw TaskError("task 'mug-cleanup' has no cabinet or no mug in its scene")
        }
        (self.cabinet, objectOffset) = (cabinet, mug)
        overlapCheck = try OverlapCheck(scene, layout: layout, robotAt: basePose, robot: robot)
    }

    /// The arm near home with its hand open, the drawer closed, the mug upright on the table.
    public func initialScene(seed: UInt64) -> SceneSnapshot {
        overlapCheck.scene(seed: seed, draw)
    }

    private func draw(_ random: inout RandomStream) -> SceneSnapshot {
        var scene = sceneWithCabinet(&random)
        let place =
            isWide
            ? SIMD2(random.uniform(-0.25, 0.15), random.uniform(-0.3, -0.15))
            : SIMD2(random.uniform(-0.15, 0.15), random.uniform(-0.25, -0.1))
        scene.setPose(
            Pose(
                position: SIMD3(place.x, place.y, Self.tableHeight + Self.mugExtent.z / 2),
                orientation: Quaternion(yaw: random.uniform(0, 2 * Double.pi))),
            at: objectOffset)
        return scene
    }

    /// The drawer is closed to 1 cm, and the mug touches its bottom and stands upright to 2.6°.
    public func isSuccess(_ measurement: borrowing Measurement, toolPose: Pose) -> Bool {
        let scene = measurement.scene
        let mug = scene.pose(at: objectOffset)
        return cabinet.isClosed(in: scene)
            && 1 - mug.orientation.rotate(SIMD3(0, 0, 1)).z < Self.uprightTolerance
            && cabinet.bottomTouches(Self.mug, at: mug, in: scene)
    }
}

extension MugCleanupTask {
    /// Twelve wall boxes on a disc, and three boxes as a handle. The walls end 1 mm above the disc's lower face, so that
    /// the mug stands on the disc alone.
    static let mug: SceneObject = {
        let half = mugExtent / 2
        let sample = ceramic(.box(half: .zero), at: .zero)
        let gap = 0.001
        let bow = half.x - 0.004
        return SceneObject(
            name: "mug", mobility: .free(damping: 0.0005),
            solids: [
                ceramic(.cylinder(radius: mugRadius, halfHeight: 0.002), at: mugAxis - SIMD3(0, 0, half.z - 0.002))
            ]
                + Solid.ring(
                    of: 12, innerRadius: mugRadius - wallThickness, outerRadius: mugRadius,
                    halfHeight: half.z - gap / 2,
                    at: mugAxis + SIMD3(0, 0, gap / 2), like: sample)
                + [
                    ceramic(.box(half: SIMD3(0.004, 0.004, 0.018)), at: SIMD3(bow, 0, 0)),
                    ceramic(.box(half: SIMD3(0.0105, 0.004, 0.004)), at: SIMD3(bow - 0.0105, 0, 0.014)),
                    ceramic(.box(half: SIMD3(0.0105, 0.004, 0.004)), at: SIMD3(bow - 0.0105, 0, -0.014)),
                ])
    }()

    private static let wallThickness = 0.0045

    private static func ceramic(_ shape: Solid.Shape, at position: SIMD3<Double>) -> Solid {
        Solid(
            shape, at: Pose(position: position), density: 100, friction: SIMD3(1, 1, 1), contactDimensions: 4,
            impedance: SIMD3(0.998, 0.998, 0.001), reference: SIMD2(0.005, 1), margin: 0.001,
            look: Solid.Look(colour: SIMD3(0.88, 0.83, 0.70), shine: 0.5))
    }

    static let cameras = [
        SceneCamera(
            name: "agentview",
            pose: Pose(
                position: SIMD3(0.753, 0, 1.5195),
                orientation: Quaternion(w: 0.6432, x: 0.2937, y: 0.2937, z: 0.6432).normalised)),
        SceneCamera(name: "frontview", position: SIMD3(1.6, 0, 1.45), lookingAt: SIMD3(0, 0, 1.0)),
        SceneCamera(name: "sideview", position: SIMD3(-0.0565, 1.2761, 1.4880), lookingAt: SIMD3(-0.05, 0, 0.95)),
        SceneCamera(
            name: "overview", position: SIMD3(0.85, -1.0, 1.65), lookingAt: SIMD3(-0.15, 0.05, 1.0), fieldOfView: 43),
        SceneCamera(
            name: "closeup", position: SIMD3(0.42, -0.5, 1.4), lookingAt: SIMD3(0.0, 0.08, 0.88), fieldOfView: 42),
    ]
}
