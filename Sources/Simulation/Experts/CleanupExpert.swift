internal import Numerics
public import Robots

/// Clears an object away into a drawer by script: pulls the drawer open by its handle, takes the object, puts it inside, and pushes the
/// drawer shut. Hammer Cleanup and Mug Cleanup share it.
///
/// What to do next follows from the scene, so that a lost grip, a missed object or a drawer that jams is tried again. An
/// object that lies where the handle would come is first put aside. Every episode has a style of its own. Now and then the
/// expert misses the handle or the object, or lets off before the drawer is shut, on purpose.
public struct CleanupExpert: ScriptedExpert {
    /// What the expert is doing.
    public enum Phase: String, Sendable {
        case start, handle, reach, hold, pull, free, approach, descend, grasp, lift, carry, lower, release, rise, front,
            sink, push, done
    }

    let work: Work
    /// What the expert is doing.
    public var phase: String { stage.rawValue }
    private(set) var stage = Phase.start
    private(set) var style: Style
    private var motion: ToolMotion
    var random: RandomStream
    private var plan: Plan?
    private var stepsInStage = 0
    /// How far to open the drawer, m.
    private var opening = 0.0
    let reach: ArmReach
    private var lowest = Double.infinity
    private var stepsSinceLower = 0

    init(_ work: Work, seed: UInt64, noise: Double) {
        self.work = work
        reach = ArmReach(basePose: work.basePose)
        random = RandomStream.derived(from: seed, 1)
        style = Style(work.grip, &random)
        motion = ToolMotion(noise: noise, speed: random.uniform(0.8, 1), random: RandomStream.derived(from: seed, 2))
    }

    /// The next action.
    public mutating func action(for measurement: borrowing Measurement, toolPose: Pose) -> [Float] {
        let scene = measurement.scene
        let view = View(
            tool: work.basePose * toolPose, object: scene.pose(at: work.objectOffset),
            cabinet: scene.pose(at: work.cabinet.cabinetOffset), drawer: work.cabinet.drawer.pose(in: scene),
            opened: -work.cabinet.drawer.position(in: scene), opening: measurement.state.gripper.opening)
        advance(view)
        stepsInStage += 1
        return act(view)
    }

    // MARK: Which stage

    private mutating func enter(_ next: Phase) {
        stage = next
        stepsInStage = 0
        lowest = .infinity
        stepsSinceLower = 0
    }

    /// Begins with whatever the scene asks for, with a new style after a failure.
    private mutating func begin(_ view: View, anew: Bool) {
        if anew { style = Style(work.grip, &random) }
        plan = nil
        if isInDrawer(view) { return enter(view.opened < 0.004 ? .done : .front) }
        let room = roomForOpening(view)
        opening = min(style.opening, room)
        if view.opened > 0.11 { return enter(.approach) }
        if room < 0.12 {
            plan = makePlan(view, ontoTable: placeOnTable(view))
            return enter(.approach)
        }
        enter(.handle)
    }

    private mutating func advance(_ view: View) {
        switch stage {
        case .start:
            begin(view, anew: false)
        case .handle:
            let goal = handleGoal(view, height: 0.06)
            if (goal.position - view.tool.position).planarLength < 0.008 && view.tool.isTurned(to: goal, within: 0.12)
                && view.opening > 0.07 && stepsInStage > style.pauseSteps
            {
                enter(.reach)
            }
        case .reach:
            let error = handleGoal(view, height: 0).position - view.tool.position
            // Near the base the arm does not come all the way.
            let isThere = abs(error.z) < 0.006 && error.planarLength < 0.012
            if isThere || stepsInStage > 35 && error.length < 0.03 { return enter(.hold) }
            if stepsInStage > 60 { begin(view, anew: true) }
        case .hold:
            if stepsInStage >= style.graspSteps { enter(.pull) }
        case .pull:
            if view.opened > opening - 0.01 { return enter(.free) }
            let bar = (view.drawer * Pose(position: DrawerCabinet.handle)).position
            if (bar - view.tool.position).length > style.noticing || stepsInStage > 90 { enter(.free) }
        case .free:
            // Straight up once the fingers are open.
            if view.tool.position.z > work.tableHeight + 0.19 { begin(view, anew: view.opened < 0.11) }
        case .approach:
            if plan == nil { plan = makePlan(view, ontoTable: nil) }
            let goal = graspGoal(view, height: style.hoverHeight)
            if (goal.position - view.tool.position).planarLength < 0.012 && view.tool.isTurned(to: goal, within: 0.12)
                && view.opening > 0.07
            {
                enter(.descend)
            }
            if stepsInStage > 120 { begin(view, anew: true) }
        case .descend:
            let goal = graspGoal(view, height: 0)
            let error = goal.position - view.tool.position
            if error.planarLength < 0.006 && abs(error.z) < 0.006 && view.tool.isTurned(to: goal, within: 0.1) {
                enter(.grasp)
            } else if stepsInStage > 50 {
                // A leaning hand may stand on a finger already; otherwise begin again.
                error.planarLength < 0.012 && error.z > -0.02 ? enter(.grasp) : begin(view, anew: true)
            }
        case .grasp:
            if stepsInStage >= style.graspSteps { isHeld(view) ? enter(.lift) : begin(view, anew: true) }
        case .lift:
            if !isHeld(view) { return begin(view, anew: true) }
            if middle(view).z > carryHeight - 0.03 { enter(.carry) }
            if stepsInStage > 60 { begin(view, anew: true) }
        case .carry:
            if !isHeld(view) { return begin(view, anew: true) }
            let goal = placeGoal(view, height: carryHeight)
            if (goal.position - view.tool.position).planarLength < 0.004 && view.tool.isTurned(to: goal, within: 0.06)
                && stepsInStage > style.pauseSteps
            {
                enter(.lower)
            }
            if stepsInStage > 160 { begin(view, anew: true) }
        case .lower:
            let height = middle(view).z - placeTarget(view).z
            if height < (plan?.table == nil ? style.drop : 0.004) || !isHeld(view) { return enter(.release) }
            if height < lowest - 0.002 {
                lowest = height
                stepsSinceLower = 0
            } else {
                stepsSinceLower += 1
            }
            if stepsSinceLower > 12 { enter(.release) }
        case .release:
            if stepsInStage >= style.releaseSteps && view.opening > 0.06 || stepsInStage > 20 { enter(.rise) }
        case .rise:
            if view.tool.position.z > work.tableHeight + 0.22 { begin(view, anew: !isInDrawer(view)) }
        case .front:
            let goal = frontGoal(view, sunk: false)
            if (goal.position - view.tool.position).planarLength < 0.015 && view.tool.isTurned(to: goal, within: 0.2) {
                enter(.sink)
            }
        case .sink:
            if abs(frontGoal(view, sunk: true).position.z - view.tool.position.z) < 0.01 { enter(.push) }
        case .push:
            if view.opened < 0.003 { return enter(.done) }
            if view.opened < style.lettingOff {
                style.lettingOff = 0
                return enter(.front)
            }
            if view.opened < lowest - 0.002 {
                lowest = view.opened
                stepsSinceLower = 0
            } else {
                stepsSinceLower += 1
            }
            // It jams: take the object out and begin again.
            if stepsSinceLower > 25 { enter(.free) }
        case .done:
            if stepsInStage > 10 { enter(.free) }
        }
    }

    // MARK: What to do in it

    private mutating func act(_ view: View) -> [Float] {
        let here = view.tool
        switch stage {
        case .start, .done:
            return motion.action(from: here, to: here, closed: stage == .done)
        case .handle:
            return motion.action(from: here, to: over(view, handleGoal(view, height: 0.06)), closed: false)
        case .reach:
            return motion.action(from: here, to: handleGoal(view, height: 0), closed: false, calm: 0.6, speed: 0.6)
        case .hold:
            return motion.action(from: here, to: here, closed: true, calm: 0.4)
        case .pull:
            var goal = handleGoal(view, height: 0)
            let back = view.cabinet.orientation.rotate(SIMD3(0, -0.05, 0))
            goal.position = here.position + back + 0.3 * across(view, goal.position - here.position)
            return motion.action(from: here, to: goal, closed: true, calm: 0.5, speed: style.pullSpeed)
        case .free, .rise:
            let isOpen = view.opening > 0.055 || stepsInStage > 15
            let goal = isOpen ? up(view, by: 0.05) : here
            let isNear = stage == .rise && stepsInStage < 6
            return motion.action(from: here, to: goal, closed: false, calm: 0.4, speed: isNear ? 0.4 : nil)
        case .approach:
            var goal = over(view, graspGoal(view, height: style.hoverHeight))
            goal.position += min((goal.position - here.position).planarLength, 0.3) * style.bow
            return motion.action(from: here, to: goal, closed: false)
        case .descend:
            var goal = graspGoal(view, height: 0)
            if (goal.position - here.position).planarLength > 0.012 {
                goal.position.z = max(goal.position.z, here.position.z - 0.005)
            }
            return motion.action(from: here, to: goal, closed: false, calm: 0.6, speed: 0.75)
        case .grasp:
            // A leaning hand comes down as its lower finger closes.
            var goal = here
            goal.position.z = min(here.position.z, graspGoal(view, height: 0, isClosing: true).position.z)
            return motion.action(from: here, to: goal, closed: true, calm: 0.4, speed: 0.4)
        case .lift:
            return motion.action(from: here, to: up(view, by: 0.05), closed: true, calm: 0.6)
        case .carry:
            let goal = placeGoal(view, height: carryHeight)
            let isNear = (goal.position - here.position).planarLength < 0.05
            return motion.action(from: here, to: goal, closed: true, calm: isNear ? 0.4 : 1)
        case .lower:
            let goal = placeGoal(view, height: middle(view).z - 0.03)
            return motion.action(from: here, to: goal, closed: true, calm: 0.3, speed: 0.5)
        case .release:
            return motion.action(from: here, to: here, closed: false, calm: 0.3)
        case .front:
            return motion.action(from: here, to: over(view, frontGoal(view, sunk: false)), closed: true)
        case .sink:
            return motion.action(from: here, to: frontGoal(view, sunk: true), closed: true, calm: 0.6)
        case .push:
            var goal = frontGoal(view, sunk: true)
            let forward = view.cabinet.orientation.rotate(SIMD3(0, 0.05, 0))
            goal.position = here.position + forward + across(view, goal.position - here.position)
            return motion.action(from: here, to: goal, closed: true, calm: 0.6, speed: style.pushSpeed)
        }
    }

    // MARK: Geometry

    /// Height of the object's middle on the way, m: its lowest point clears the drawer's front, or no more than some centimetres
    /// if it is only put aside.
    private var carryHeight: Double {
        let clear = plan?.table == nil ? 0.134 : 0.02
        return work.tableHeight + clear + work.grip.below + style.carryHeight
    }

    /// The part of a vector that is not along the slide.
    private func across(_ view: View, _ vector: SIMD3<Double>) -> SIMD3<Double> {
        let slide = view.cabinet.orientation.rotate(SIMD3(0, 1, 0))
        return vector - (vector * slide).sum() * slide
    }

    /// The same goal, but first up to where nothing is in the way.
    private func over(_ view: View, _ goal: Pose) -> Pose {
        var goal = goal
        let safe = work.tableHeight + 0.17
        guard (goal.position - view.tool.position).planarLength > 0.04 else { return goal }
        goal.position.z = max(goal.position.z, safe)
        if view.tool.position.z < safe - 0.03 {
            goal = up(view, by: goal.position.z - view.tool.position.z)
        }
        return goal
    }

    private func down(_ view: View, _ heading: Double, at place: SIMD3<Double>) -> Quaternion {
        reach.down(heading: ToolMotion.next(from: view.heading, to: heading), at: place)
    }

    /// From where the tool is, straight up.
    private func up(_ view: View, by height: Double) -> Pose {
        let position = view.tool.position + SIMD3(0, 0, height)
        return Pose(position: position, orientation: down(view, view.heading, at: position))
    }

    /// Round the handle's bar, a little before it, so that the finger behind it clears the drawer's front.
    private func handleGoal(_ view: View, height: Double) -> Pose {
        let point = DrawerCabinet.handle + style.handleOffset + style.missedHandle + SIMD3(0, 0, height)
        let position = (view.drawer * Pose(position: point)).position
        return Pose(position: position, orientation: down(view, handleHeading(view), at: position))
    }

    /// Before the handle's bar, to push it.
    private func frontGoal(_ view: View, sunk: Bool) -> Pose {
        let point = DrawerCabinet.handle + SIMD3(style.pushOffset, -0.055, sunk ? -0.012 : 0.05)
        let position = (view.drawer * Pose(position: point)).position
        return Pose(position: position, orientation: down(view, handleHeading(view), at: position))
    }

    /// Where the tool takes the object, `height` higher.
    private func graspGoal(_ view: View, height: Double, isClosing: Bool = false) -> Pose {
        var position = gripPoint(view) + view.object.orientation.rotate(style.missedGrasp.beside * work.grip.axis)
        position.z =
            max(position.z + style.above, work.tableHeight + 0.0105) + height + style.missedGrasp.above
        let heading = ToolMotion.wrap(
            axisHeading(view) + (plan?.flip ?? 0) + style.turn, around: ToolMotion.middleHeading)
        // A leaning hand's lower finger must stay above the table.
        let lean = reach.lean(at: position)
        let toRobot = position - work.basePose.position
        let closing = Quaternion(yaw: heading).rotate(SIMD3(0, 1, 0))
        position.z +=
            (isClosing ? 0.008 : 0.03) * lean * abs((closing * toRobot).sum()) / max(toRobot.planarLength, 1e-6)
        return Pose(position: position, orientation: down(view, heading, at: position))
    }

    private func placeTarget(_ view: View) -> SIMD3<Double> {
        plan?.table ?? (view.drawer * Pose(position: placeInDrawer(view))).position
    }

    /// Where the tool goes so that the middle of the object it holds comes over its place, at a height.
    private func placeGoal(_ view: View, height: Double) -> Pose {
        let heading = plan?.placeHeading ?? view.heading
        let target = placeTarget(view)
        let place = SIMD3(target.x, target.y, height)
        let turn = reach.down(heading: heading, at: place) * view.tool.orientation.conjugate
        let position = place + turn.rotate(view.tool.position - middle(view))
        return Pose(position: position, orientation: down(view, heading, at: place))
    }

    private func isHeld(_ view: View) -> Bool {
        view.opening > work.grip.heldOpening && (gripPoint(view) - view.tool.position).length < 0.03
    }
}
