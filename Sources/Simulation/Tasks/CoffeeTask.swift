internal import Numerics
public import Policies
public import Robots

/// Put a coffee pod into the holder of a machine and close the lid.
///
/// Dimensions, initial distributions and success predicate are those published for MimicGen's task of that name, variants D0
/// and D1. Machine and pod are meshes there; here they are boxes of the same extent and mass, and a cone that fits into
/// the holder with 0.7 mm to spare at the rim.
public struct CoffeeTask: ManipulationTask {
    /// The name that a job file gives.
    public static let name = "coffee"
    /// `d0`: the machine stands where it always does; `d1`: machine and pod are anywhere on their parts of the table.
    public static let variants = ["d0", "d1"]

    /// Height of the table's top, m.
    public static let tableHeight = 0.80
    /// Half of the pod's height, m.
    public static let podHalfHeight = 0.0231
    /// Radius of the pod's rim, m.
    public static let podRadius = 0.0243
    /// Inner and outer radius of the holder, m.
    public static let holderRadii = (inner: 0.025, outer: 0.0295)
    /// Half of the holder's height, m.
    public static let holderHalfHeight = 0.028
    /// Centre of the holder in the machine's frame, m.
    public static let holder = SIMD3(0, 0.1061, 0.0635)
    /// Half of the machine's extent, m; its frame is in the middle.
    public static let machineHalf = SIMD3(0.0865, 0.1505, 0.1105)
    /// Half of the lid's extent, m.
    public static let lidHalf = SIMD3(0.0295, 0.044, 0.0095)
    /// The lid's hinge in the machine's frame, m.
    public static let hinge = SIMD3(0, 0.0605, 0.106)
    /// How far the lid opens, rad.
    public static let openAngle = 2 * Double.pi / 3

    /// Which distribution of initial states this is.
    public let variant: String
    /// Policy steps of an episode.
    public let horizon = 400
    /// Hz.
    public let controlRate = 20.0
    /// `base_in_world`, as published.
    public let basePose = Pose(position: SIMD3(-0.56, 0, 0.912))
    /// The table, the pod and the machine.
    public let scene: SceneDescription
    /// Robot, `pod` (free), `machine` (free), `lid` (hinged).
    public let layout: SceneLayout
    /// Tool, gripper, then pod, machine, holder and lid, and the lid's angle. All in the world's frame.
    public let observationLayout = ObservationLayout.tabletop(
        object: Array(repeating: ObservationLayout.objectFields, count: 4).flatMap(\.self) + [.values(1)])
    let robot: RobotDescription
    let podOffset: Int
    let machineOffset: Int
    let lid: ScenePart
    private let overlapCheck: OverlapCheck

    /// The task for a robot with a gripper of two fingers.
    public init(variant: String, robot: RobotDescription) throws(TaskError) {
        try robot.requireTwoFingers(for: Self.name)
        self.variant = variant
        self.robot = robot
        scene = SceneDescription(
            tableHeight: Self.tableHeight, objects: [Self.pod, Self.machine, Self.lidObject], cameras: Self.cameras)
        layout = SceneLayout(
            armJointCount: robot.jointCount, fingerJointCount: robot.gripper.joints.count, objects: scene.objects)
        guard let pod = layout.poseOffset(of: "pod"), let machine = layout.poseOffset(of: "machine"),
            let lid = layout.part("lid")
        else {
            throw TaskError("task 'coffee' has no pod, machine or lid in its scene")
        }
        (podOffset, machineOffset, self.lid) = (pod, machine, lid)
        overlapCheck = try OverlapCheck(scene, layout: layout, robotAt: basePose, robot: robot)
    }

    /// The arm near home with its hand open and clear of the machine, the pod upright on the table, the lid wide open.
    public func initialScene(seed: UInt64) -> SceneSnapshot {
        overlapCheck.scene(seed: seed, draw)
    }

    private func draw(_ random: inout RandomStream) -> SceneSnapshot {
        var scene = SceneSnapshot(armOf: robot, layout: layout, random: &random)
        let isWide = variant == "d1"
        let x = isWide ? random.uniform(0.05, 0.15) : 0
        let y = isWide ? random.uniform(-0.2, -0.1) : -0.1
        let yaw = isWide ? random.uniform(-Double.pi / 6, Double.pi / 3) : -Double.pi / 6
        scene.setPose(
            Pose(
                position: SIMD3(x, y, Self.tableHeight + Self.machineHalf.z), orientation: Quaternion(yaw: yaw)),
            at: machineOffset)
        let pod =
            isWide
            ? SIMD2(random.uniform(-0.2, 0.05), random.uniform(0.17, 0.3))
            : SIMD2(random.uniform(-0.13, -0.07), random.uniform(0.17, 0.23))
        scene.setPose(
            Pose(position: SIMD3(pod.x, pod.y, Self.tableHeight + Self.podHalfHeight)), at: podOffset)
        scene[lid.jointOffset] = Self.openAngle
        return scene
    }

    /// Tool pose, finger positions; of pod, machine, holder and lid the pose and the pose in the tool's frame; the lid's
    /// angle.
    public func observe(_ measurement: borrowing Measurement, toolPose: Pose) -> [Float] {
        let scene = measurement.scene
        let tool = basePose * toolPose
        let machine = scene.pose(at: machineOffset)
        var observation: [Float] = []
        observation.reserveCapacity(observationLayout.size)
        observation.append(tool: tool, opening: measurement.state.gripper.opening)
        observation.append(object: scene.pose(at: podOffset), seenFrom: tool)
        observation.append(object: machine, seenFrom: tool)
        observation.append(object: machine * Pose(position: Self.holder), seenFrom: tool)
        observation.append(object: lid.pose(in: scene), seenFrom: tool)
        observation.append(Float(lid.position(in: scene)))
        return observation
    }

    /// The lid is open by less than 15°, and the pod is in the holder: no farther from its axis than the holder's outer
    /// radius exceeds the pod's, its bottom not below the holder's, its top not above the lid's lower face.
    public func isSuccess(_ measurement: borrowing Measurement, toolPose: Pose) -> Bool {
        let scene = measurement.scene
        let pod = scene.pose(at: podOffset).position
        let holder = scene.pose(at: machineOffset) * Pose(position: Self.holder)
        let aside = SIMD3(pod.x - holder.position.x, pod.y - holder.position.y, 0).length
        let bottom = holder.position.z - Self.holderHalfHeight
        let top = lid.pose(in: scene).position.z - Self.lidHalf.z
        return lid.position(in: scene) < Double.pi / 12 && aside <= Self.holderRadii.outer - Self.podRadius
            && pod.z - Self.podHalfHeight >= bottom && pod.z + Self.podHalfHeight <= top
    }

    /// Take the pod, relative to it; let it into the holder and close the lid, relative to the machine.
    public var subtasks: [Subtask] {
        let (pod, machine) = (podOffset, machineOffset)
        return [
            Subtask(
                name: "grasp", in: .object(pod),
                isDone: Subtask.isLifted(pod, reach: 0.045, height: Self.tableHeight + Self.podHalfHeight + 0.01)),
            Subtask(name: "insert", in: .object(machine), held: .init(pod, isRound: true)) { view in
                let inHolder = view.scene.pose(at: machine) * Pose(position: Self.holder)
                let aside = view.scene.pose(at: pod).position - inHolder.position
                return view.opening > 0.07 && aside.planarLength < Self.holderRadii.outer - Self.podRadius
                    && aside.z < 0.012
            },
            Subtask(name: "close", in: .object(machine)),
        ]
    }

    /// A ``CoffeeExpert``.
    public func makeExpert(seed: UInt64, noise: Double) -> any ScriptedExpert {
        CoffeeExpert(task: self, seed: seed, noise: noise)
    }
}

extension CoffeeTask {
    static let pod = SceneObject(
        name: "pod", mobility: .free(damping: 0.0005),
        solids: [
            Solid(
                .frustum(bottomRadius: 0.0175, topRadius: podRadius, halfHeight: podHalfHeight), density: 104,
                friction: SIMD3(1, 1, 1), contactDimensions: 4, impedance: SIMD3(0.998, 0.998, 0.001),
                reference: SIMD2(0.004, 1), look: Solid.Look(colour: SIMD3(0.85, 0.60, 0.20), shine: 0.5))
        ])

    /// The machine weighs 6.2 kg, nearly all of it in its body.
    static let machine = SceneObject(
        name: "machine", mobility: .free(damping: 0.0005),
        solids: [
            moulded(.box(half: SIMD3(0.0865, 0.1005, 0.1105)), at: SIMD3(0, -0.05, 0), density: 780, dark),
            moulded(.box(half: SIMD3(0.042, 0.05, 0.005)), at: SIMD3(0, 0.1005, -0.1055), dark),
            moulded(.box(half: SIMD3(0.01, 0.01305, 0.005)), at: SIMD3(0, 0.06355, 0.0865), silver),
            // Holder and cup: bottoms, then walls.
            moulded(.cylinder(radius: 0.0295, halfHeight: 0.005), at: holder - SIMD3(0, 0, 0.021), red),
            moulded(.cylinder(radius: 0.03, halfHeight: 0.005), at: cup - SIMD3(0, 0, 0.02), white),
        ]
            + Solid.ring(
                of: 24, innerRadius: holderRadii.inner, outerRadius: holderRadii.outer, halfHeight: holderHalfHeight,
                at: holder, like: moulded(.box(half: .zero), at: .zero, red))
            + Solid.ring(
                of: 16, innerRadius: 0.025, outerRadius: 0.03, halfHeight: 0.025, at: cup,
                like: moulded(.box(half: .zero), at: .zero, white)))

    static let lidObject = SceneObject(
        name: "lid",
        mobility: .hinged(
            .init(
                to: "machine", at: Pose(position: hinge + SIMD3(0, lidHalf.y, 0)), axis: SIMD3(1, 0, 0),
                anchor: SIMD3(0, -lidHalf.y, 0), range: 0...openAngle, damping: 0.005)),
        solids: [moulded(.box(half: lidHalf), at: .zero, density: 903, silver)])

    /// Centre of the cup under the holder.
    private static let cup = SIMD3(0, 0.1061, -0.0755)
    private static let dark = Solid.Look(colour: SIMD3(0.20, 0.21, 0.24), shine: 0.5)
    private static let silver = Solid.Look(colour: SIMD3(0.66, 0.68, 0.70), shine: 0.6)
    private static let red = Solid.Look(colour: SIMD3(0.70, 0.20, 0.17), shine: 0.4)
    private static let white = Solid.Look(colour: SIMD3(0.90, 0.90, 0.88), shine: 0.4)

    private static func moulded(
        _ shape: Solid.Shape, at position: SIMD3<Double>, density: Double = 1000, _ look: Solid.Look
    ) -> Solid {
        Solid(
            shape, at: Pose(position: position), density: density, friction: SIMD3(0.95, 0.3, 0.1),
            contactDimensions: 4, impedance: SIMD3(0.998, 0.998, 0.001), reference: SIMD2(0.004, 1), look: look)
    }

    static let cameras =
        SceneCamera.tabletop.filter { $0.name != "overview" } + [
            SceneCamera(
                name: "overview", position: SIMD3(0.85, 0.95, 1.6), lookingAt: SIMD3(-0.15, -0.02, 1.03),
                fieldOfView: 43),
            SceneCamera(
                name: "closeup", position: SIMD3(0.42, 0.38, 1.2), lookingAt: SIMD3(0.03, -0.04, 0.98), fieldOfView: 40),
        ]
}
