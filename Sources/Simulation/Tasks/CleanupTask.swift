internal import Numerics
internal import Robots

/// What the tasks have in common that put an object into the drawer of a ``DrawerCabinet``: how the cabinet begins, what a policy sees,
/// and the parts of the work.
protocol CleanupTask: ManipulationTask {
    /// Height of the table's top, m.
    static var tableHeight: Double { get }
    /// Where the cabinet stands: in one place, or anywhere there and turned by up to 30° either way.
    static var cabinetPlaces: (fixed: SIMD2<Double>, x: ClosedRange<Double>, y: ClosedRange<Double>) { get }
    /// How the object is taken and put down.
    static var grip: CleanupExpert.Grip { get }
    /// Where along the world's x axis the object may be put aside, m.
    static var tableReach: ClosedRange<Double> { get }
    var cabinet: DrawerCabinet { get }
    var robot: RobotDescription { get }
    /// Where the object's pose is in a scene.
    var objectOffset: Int { get }
    /// Which distribution of initial states this is.
    var variant: String { get }
}

extension CleanupTask {
    var isWide: Bool { variant == "d1" }

    /// A scene with the arm near home, its hand open, and the drawer closed; the object is still to be placed.
    func sceneWithCabinet(_ random: inout RandomStream) -> SceneSnapshot {
        var scene = SceneSnapshot(armOf: robot, layout: layout, random: &random)
        let places = Self.cabinetPlaces
        let corner = isWide ? SIMD2(random.uniform(places.x), random.uniform(places.y)) : places.fixed
        let yaw = isWide ? random.uniform(-Double.pi / 6, Double.pi / 6) : 0
        scene.setPose(
            Pose(
                position: SIMD3(corner.x, corner.y, Self.tableHeight + DrawerCabinet.height),
                orientation: Quaternion(yaw: yaw)),
            at: cabinet.cabinetOffset)
        return scene
    }

    /// Tool pose, finger positions; of object and cabinet the pose and the pose in the tool's frame; the drawer's position.
    public func observe(_ measurement: borrowing Measurement, toolPose: Pose) -> [Float] {
        let scene = measurement.scene
        let tool = basePose * toolPose
        var observation: [Float] = []
        observation.reserveCapacity(observationLayout.size)
        observation.append(tool: tool, opening: measurement.state.gripper.opening)
        observation.append(object: scene.pose(at: objectOffset), seenFrom: tool)
        observation.append(object: scene.pose(at: cabinet.cabinetOffset), seenFrom: tool)
        observation.append(Float(cabinet.drawer.position(in: scene)))
        return observation
    }

    /// Open the drawer, relative to the cabinet; take the object, relative to it; put it inside and close the drawer,
    /// relative to the drawer.
    public var subtasks: [Subtask] {
        let (cabinet, object) = (cabinet, objectOffset)
        let (table, grip) = (Self.tableHeight, Self.grip)
        return [
            Subtask(name: "open", in: .object(cabinet.cabinetOffset)) { view in
                cabinet.drawer.position(in: view.scene) < -0.11 && view.opening > 0.055
                    && view.tool.position.z > table + 0.17
            },
            Subtask(
                name: "grasp", in: .object(object),
                isDone: Subtask.isLifted(
                    object, reach: 0.08, height: table + grip.below + 0.02, opening: grip.heldOpening + 0.02)),
            Subtask(name: "place", in: .part(cabinet.drawer), held: .init(object)) { view in
                let middle = view.scene.pose(at: object) * Pose(position: grip.centre)
                return cabinet.isInside(middle.position, in: view.scene) && view.opening > 0.055
                    && view.tool.position.z > table + 0.2
            },
            Subtask(name: "close", in: .part(cabinet.drawer)),
        ]
    }

    /// A ``CleanupExpert``.
    public func makeExpert(seed: UInt64, noise: Double) -> any ScriptedExpert {
        CleanupExpert(
            .init(
                cabinet: cabinet, basePose: basePose, objectOffset: objectOffset, grip: Self.grip,
                tableHeight: Self.tableHeight, tableReach: Self.tableReach), seed: seed, noise: noise)
    }
}
