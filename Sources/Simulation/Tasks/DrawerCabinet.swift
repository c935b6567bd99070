internal import Robots

/// The cabinet with one drawer that Mug Cleanup and Hammer Cleanup share.
///
/// Its dimensions are those published with robosuite's task zoo and MimicGen. The cabinet is placed by each episode; the drawer slides
/// along the cabinet's y axis, closed at 0 and open towards −y.
struct DrawerCabinet {
    /// Where the cabinet's frame is above the table, m.
    static let height = 0.005
    /// The drawer's frame in the cabinet's while it is closed, m.
    static let drawerInCabinet = SIMD3(0, -0.01, 0.076)
    /// Centre and half extent of the drawer's bottom in the drawer's frame, m.
    static let bottom = (centre: SIMD3(0, 0, -0.04), half: SIMD3(0.08, 0.09, 0.008))
    /// The middle of the handle's bar in the drawer's frame, m; the bar runs along x.
    static let handle = SIMD3(0, -0.16, 0.04)
    /// Radius of the handle's bars, m.
    static let handleRadius = 0.009
    /// The drawer counts as closed above this joint position, m.
    static let closedPosition = -0.01

    /// The cabinet's and the drawer's objects, in the order in which a scene needs them.
    static let objects = [cabinet, drawer]

    private static let cabinet = SceneObject(
        name: "cabinet", mobility: .placed,
        solids: [
            box(SIMD3(0.008, 0.112, 0.064), at: SIMD3(-0.11, 0, 0.065), wood),
            box(SIMD3(0.008, 0.112, 0.064), at: SIMD3(0.11, 0, 0.065), wood),
            box(SIMD3(0.102, 0.008, 0.064), at: SIMD3(0, 0.092, 0.062), wood),
            box(SIMD3(0.102, 0.102, 0.014), at: SIMD3(0, -0.008, 0.004), wood),
            box(SIMD3(0.102, 0.102, 0.008), at: SIMD3(0, 0.01, 0.121), wood),
            box(SIMD3(0.012, 0.012, 0.064), at: SIMD3(-0.102, -0.1, 0.065), wood),
            box(SIMD3(0.012, 0.012, 0.064), at: SIMD3(0.102, -0.1, 0.065), wood),
        ])

    private static let drawer = SceneObject(
        name: "drawer",
        mobility: .sliding(
            .init(
                to: "cabinet", at: Pose(position: drawerInCabinet), axis: SIMD3(0, 1, 0), range: -1...0, damping: 100)),
        solids: [
            box(SIMD3(0.088, 0.010, 0.046), at: SIMD3(0, -0.095, 0.007), front),
            box(SIMD3(0.095, 0.008, 0.028), at: SIMD3(0, 0.065, 0.008), inside),
            box(SIMD3(0.008, 0.084, 0.028), at: SIMD3(-0.072, 0, 0), inside),
            box(SIMD3(0.008, 0.084, 0.028), at: SIMD3(0.072, 0, 0), inside),
            box(bottom.half, at: bottom.centre, inside),
            bar(from: SIMD3(-0.05, -0.13, 0.04), halfLength: 0.03, about: SIMD3(1, 0, 0)),
            bar(from: SIMD3(0, -0.16, 0.04), halfLength: 0.05, about: SIMD3(0, 1, 0)),
            bar(from: SIMD3(0.05, -0.13, 0.04), halfLength: 0.03, about: SIMD3(1, 0, 0)),
        ],
        inertia: .init(mass: 7.85398, centre: SIMD3(0, 0, 0.35), moments: SIMD3(0.168533, 0.923301, 0.764585)))

    private static let wood = Solid.Look(colour: SIMD3(0.52, 0.27, 0.19), shine: 0.25)
    private static let front = Solid.Look(colour: SIMD3(0.60, 0.33, 0.23), shine: 0.3)
    private static let inside = Solid.Look(colour: SIMD3(0.72, 0.52, 0.38), shine: 0.15)
    private static let light = Solid.Look(colour: SIMD3(0.86, 0.76, 0.58), shine: 0.4)

    private static func box(_ half: SIMD3<Double>, at position: SIMD3<Double>, _ look: Solid.Look) -> Solid {
        Solid(.box(half: half), at: Pose(position: position), look: look)
    }

    private static func bar(from centre: SIMD3<Double>, halfLength: Double, about axis: SIMD3<Double>) -> Solid {
        Solid(
            .capsule(radius: handleRadius, halfLength: halfLength),
            at: Pose(position: centre, orientation: Quaternion(angle: Double.pi / 2, axis: axis)), look: light)
    }

    // MARK: In a scene

    let cabinetOffset: Int
    let drawer: ScenePart

    /// Finds the two in a layout, or returns nil if it has none.
    init?(in layout: SceneLayout) {
        guard let cabinet = layout.poseOffset(of: "cabinet"), let drawer = layout.part("drawer") else { return nil }
        cabinetOffset = cabinet
        self.drawer = drawer
    }

    /// Whether the drawer is closed.
    func isClosed(in scene: SceneSnapshot) -> Bool { drawer.position(in: scene) > Self.closedPosition }

    /// Whether a point is between the drawer's sides and below its front's top.
    func isInside(_ point: SIMD3<Double>, in scene: SceneSnapshot) -> Bool {
        let inDrawer = (drawer.pose(in: scene).inverse * Pose(position: point)).position
        return abs(inDrawer.x) < 0.07 && inDrawer.y > -0.09 && inDrawer.y < 0.06 && inDrawer.z < 0.045
    }

    /// Whether an object touches the bottom of the drawer from above: whether one of its solids, at its lowest point,
    /// is in the bottom's board, or above it by less than the contact's margin.
    func bottomTouches(_ object: SceneObject, at pose: Pose, in scene: SceneSnapshot) -> Bool {
        // The board is level, so that nothing of a convex solid reaches it before its lowest point does.
        let objectInDrawer = drawer.pose(in: scene).inverse * pose
        let down = objectInDrawer.orientation.conjugate.rotate(SIMD3(0, 0, -1))
        return object.solids.contains { solid in
            let lowest =
                objectInDrawer.position + objectInDrawer.orientation.rotate(solid.support(down)) - Self.bottom.centre
            return abs(lowest.x) <= Self.bottom.half.x && abs(lowest.y) <= Self.bottom.half.y
                && lowest.z <= Self.bottom.half.z + solid.margin && lowest.z >= -Self.bottom.half.z
        }
    }
}
