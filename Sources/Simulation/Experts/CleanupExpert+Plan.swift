import CRealtime
internal import Numerics
internal import Robots

extension CleanupExpert {
    /// What a cleanup is about: where things are, and how the object is taken.
    struct Work {
        var cabinet: DrawerCabinet
        var basePose: Pose
        var objectOffset: Int
        var grip: Grip
        /// Height of the table's top, m.
        var tableHeight: Double
        /// Where along the world's x axis an object may be put aside, m.
        var tableReach: ClosedRange<Double>
    }

    /// How an object is taken and put down. Points and axes in the object's frame, lengths in m.
    struct Grip {
        /// What comes between the fingertips.
        var point: SIMD3<Double>
        /// What the tool's x axis lies along, one way or the other: the fingers close across it.
        var axis: SIMD3<Double>
        /// How far along the axis beside the point the hand may be.
        var along: ClosedRange<Double>
        /// Height of the tool over the point.
        var above: ClosedRange<Double>
        /// How far the hand may be turned away from the axis, rad.
        var turn: Double
        /// The middle of the object.
        var centre: SIMD3<Double>
        /// How far the object reaches below its middle when it lies or stands as it should.
        var below: Double
        /// The hand is open wider than this while it holds the object.
        var heldOpening: Double
        /// How far above the drawer's bottom the object is let go.
        var drop: ClosedRange<Double>
        /// How much higher a hand is that closes over the object.
        var missAbove: ClosedRange<Double>
        /// How far along the axis a hand is that closes beside the object.
        var missBeside: ClosedRange<Double>

        /// Across the handle, near its middle.
        static let hammer = Grip(
            point: .zero, axis: SIMD3(0, 0, 1), along: -0.008...0.002, above: -0.002...0.003, turn: 0.08,
            centre: SIMD3(0, 0, 0.0132), below: 0.0132, heldOpening: 0.015, drop: 0.012...0.03,
            missAbove: 0.026...0.034, missBeside: -0.044...(-0.038))

        /// Across the body, a little under the rim.
        static let mug = Grip(
            point: MugCleanupTask.mugAxis + SIMD3(0, 0, MugCleanupTask.mugExtent.z / 2), axis: SIMD3(1, 0, 0),
            along: -0.002...0.002, above: -0.019...(-0.013), turn: 0.12, centre: .zero,
            below: MugCleanupTask.mugExtent.z / 2, heldOpening: 0.045, drop: 0.0015...0.004,
            missAbove: 0.032...0.040, missBeside: -0.050...(-0.042))
    }

    /// What differs from episode to episode; m and rad.
    struct Style {
        var hoverHeight: Double
        var handleOffset: SIMD3<Double>
        var pullSpeed: Double
        var opening: Double
        var along: Double
        var above: Double
        var turn: Double
        var graspSteps: Int
        var pauseSteps: Int
        var carryHeight: Double
        var place: SIMD2<Double>
        var drop: Double
        var releaseSteps: Int
        var pushOffset: Double
        var pushSpeed: Double
        var bow: SIMD3<Double>
        var missedGrasp: Mishap.Grasp?
        /// From where the hand takes the drawer's handle to where it closes instead, in the drawer's frame.
        var missedHandle: SIMD3<Double>
        /// How far the hand is from the handle when it notices that it has not got it.
        var noticing: Double
        /// How far the drawer is still open when the hand lets off pushing.
        var lettingOff: Double

        init(_ grip: Grip, _ random: inout RandomStream) {
            hoverHeight = random.uniform(0.17, 0.22)
            handleOffset = SIMD3(
                random.uniform(-0.015, 0.015), random.uniform(-0.013, -0.009), random.uniform(-0.006, 0))
            pullSpeed = random.uniform(0.4, 0.55)
            opening = random.uniform(0.15, 0.19)
            along = random.uniform(grip.along)
            above = random.uniform(grip.above)
            turn = random.uniform(-grip.turn, grip.turn)
            graspSteps = 7 + random.integer(below: 4)
            pauseSteps = random.integer(below: 4)
            carryHeight = random.uniform(0.02, 0.06)
            place = SIMD2(random.uniform(-0.004, 0.004), random.uniform(-0.006, 0.006))
            drop = random.uniform(grip.drop)
            releaseSteps = 6 + random.integer(below: 4)
            pushOffset = random.uniform(-0.015, 0.015)
            pushSpeed = random.uniform(0.55, 0.8)
            bow = SIMD3(random.uniform(-0.12, 0.12), random.uniform(-0.12, 0.12), random.uniform(0, 0.12))
            missedGrasp = .draw(above: grip.missAbove, beside: grip.missBeside, &random)
            noticing = random.uniform(0.035, 0.09)
            missedHandle = .zero
            if Mishap.happens(&random) {
                // Over the bar, or before it.
                missedHandle =
                    random.uniform(0, 1) < 0.5
                    ? SIMD3(0, 0, random.uniform(0.026, 0.034)) : SIMD3(0, random.uniform(-0.068, -0.058), 0)
            }
            lettingOff = Mishap.happens(&random) ? random.uniform(0.04, 0.09) : 0
        }
    }

    /// How the object is taken and where it goes.
    struct Plan {
        /// From the direction of the grip's axis to the tool's heading: 0 or π.
        var flip: Double
        /// Of the tool where the object is put down, rad in the world.
        var placeHeading: Double
        /// Where the object's middle goes on the table, if not into the drawer.
        var table: SIMD3<Double>?
    }

    /// What the expert looks at; in the world's frame unless the name says otherwise.
    struct View {
        var tool: Pose
        var object: Pose
        var cabinet: Pose
        var drawer: Pose
        /// How far the drawer is open, m.
        var opened: Double
        var opening: Double

        var heading: Double { ToolMotion.heading(of: tool) }
    }

    // MARK: The handle

    /// The heading that closes the fingers along the slide, across the handle's bar.
    func handleHeading(_ view: View) -> Double {
        let yaw = view.cabinet.orientation.yaw
        let place = (view.drawer * Pose(position: DrawerCabinet.handle)).position
        let candidates = [0, Double.pi].map { ToolMotion.wrap(yaw + $0, around: ToolMotion.middleHeading) }
        return candidates.min { reach.wristCost($0, at: place) < reach.wristCost($1, at: place) } ?? yaw
    }

    // MARK: The object

    /// Where the fingers take the object, without what the style adds in height.
    func gripPoint(_ view: View) -> SIMD3<Double> {
        (view.object * Pose(position: work.grip.point + style.along * work.grip.axis)).position
    }

    /// Direction of the grip's axis in the world, rad.
    func axisHeading(_ view: View) -> Double {
        let axis = view.object.orientation.rotate(work.grip.axis)
        return steadyhand_atan2(axis.y, axis.x)
    }

    /// The middle of the object.
    func middle(_ view: View) -> SIMD3<Double> { (view.object * Pose(position: work.grip.centre)).position }

    /// The object lies in the drawer.
    func isInDrawer(_ view: View) -> Bool {
        let inDrawer = (view.drawer.inverse * Pose(position: middle(view))).position
        return abs(inDrawer.x) < 0.07 && inDrawer.y > -0.09 && inDrawer.y < 0.06
            && inDrawer.z < DrawerCabinet.bottom.centre.z + DrawerCabinet.bottom.half.z + work.grip.below + 0.015
    }

    /// How far the drawer may be opened so that its handle does not come where the hand must be to take the object.
    func roomForOpening(_ view: View) -> Double {
        let place = (view.cabinet.inverse * Pose(position: gripPoint(view))).position
        let heading = axisHeading(view) - view.cabinet.orientation.yaw
        let (across, along) = (abs(steadyhand_cos(heading)), abs(steadyhand_sin(heading)))
        // The hand reaches 105 mm beside the tool where its fingers open, and 35 mm across.
        let aside = 0.105 * along + 0.035 * across
        let towards = 0.105 * across + 0.035 * along
        if abs(place.x) > 0.06 + aside + 0.01 { return .infinity }
        let handle = DrawerCabinet.drawerInCabinet.y + DrawerCabinet.handle.y
        return handle - DrawerCabinet.handleRadius - 0.01 - (place.y + towards)
    }

    /// Chooses how to take the object, with little turning and within the wrist's travel.
    mutating func makePlan(_ view: View, ontoTable table: SIMD3<Double>?) -> Plan {
        let target = table ?? (view.drawer * Pose(position: placeInDrawer(view))).position
        let yaw = view.cabinet.orientation.yaw
        var best: (cost: Double, plan: Plan)?
        for flip in [0, Double.pi] {
            let grasp = ToolMotion.wrap(axisHeading(view) + flip + style.turn, around: ToolMotion.middleHeading)
            // Over the drawer the hand is thin along the slide.
            for side in [Double.pi / 2, -Double.pi / 2] {
                let place =
                    table == nil ? ToolMotion.wrap(yaw + side, around: ToolMotion.middleHeading) : grasp
                let cost =
                    0.4 * abs(place - grasp) + reach.wristCost(grasp, at: gripPoint(view))
                    + reach.wristCost(place, at: target) + random.uniform(0, 0.15)
                if cost < best?.cost ?? .infinity {
                    best = (cost, Plan(flip: flip, placeHeading: place, table: table))
                }
            }
        }
        return best?.plan ?? Plan(flip: 0, placeHeading: yaw, table: table)
    }

    /// Where the object's middle goes in the drawer's frame: between its front and what the cabinet's roof leaves open.
    func placeInDrawer(_ view: View) -> SIMD3<Double> {
        let back = min(0.057, view.opened - 0.082)
        return SIMD3(
            style.place.x, (back - 0.085) / 2 + style.place.y,
            DrawerCabinet.bottom.centre.z + DrawerCabinet.bottom.half.z + work.grip.below)
    }

    /// A free place on the table for an object that lies where the drawer's handle would come: beside the drawer's way,
    /// within comfortable reach.
    func placeOnTable(_ view: View) -> SIMD3<Double> {
        let here = (view.cabinet.inverse * Pose(position: middle(view))).position
        let candidates = [-0.2, 0.2].map { side in
            (view.cabinet * Pose(position: SIMD3(side, min(here.y, -0.36), 0))).position
        }
        func cost(_ place: SIMD3<Double>) -> Double {
            let outside = max(work.tableReach.lowerBound - place.x, place.x - work.tableReach.upperBound, 0)
            return 10 * outside + (place - middle(view)).planarLength
        }
        let best = candidates.min { cost($0) < cost($1) } ?? middle(view)
        return SIMD3(best.x, max(best.y, -0.32), work.tableHeight + work.grip.below)
    }
}
