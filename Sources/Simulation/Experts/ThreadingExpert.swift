internal import CRealtime
internal import Numerics
public import Robots

/// Does the Threading task by script: takes the needle by its handle, brings its tip before the ring, lines it up with the
/// ring's axis and pushes it through.
///
/// It holds the needle's pose, not the hand's, on the ring's axis, and follows a ring that moves. Every episode has a style
/// of its own. A missed or dropped needle is taken again; a push that stalls or goes askew is begun again from before the
/// ring. Now and then it misses the handle, or meets the ring's edge with the tip, on purpose.
public struct ThreadingExpert: ScriptedExpert {
    /// What the expert is doing.
    public enum Phase: String, Sendable {
        case approach, descend, grasp, lift, carry, align, push, done
    }

    /// What differs from episode to episode.
    struct Style {
        var hoverHeight: Double
        var graspAlong: Double
        var graspHeight: Double
        var graspTurn: Double
        var graspSteps: Int
        var liftHeight: Double
        var standOff: Double
        var gap: Double
        var pauseSteps: Int
        var pushStep: Double
        var bow: SIMD3<Double>
        var missedGrasp: Mishap.Grasp?
        /// Where the tip goes instead of into the ring's middle, across its axis, m.
        var missedRing: SIMD2<Double>
        /// How far before the ring's face it notices, m.
        var noticing: Double

        init(_ random: inout RandomStream) {
            hoverHeight = random.uniform(0.07, 0.12)
            graspAlong = random.uniform(-0.004, 0.008)
            graspHeight = random.uniform(-0.002, 0.006)
            graspTurn = random.uniform(-0.05, 0.05)
            graspSteps = 6 + random.integer(below: 4)
            liftHeight = random.uniform(0.92, 0.96)
            standOff = random.uniform(0.04, 0.07)
            gap = random.uniform(0.015, 0.03)
            pauseSteps = random.integer(below: 4)
            pushStep = random.uniform(0.014, 0.022)
            bow = SIMD3(random.uniform(-0.15, 0.15), random.uniform(-0.15, 0.15), random.uniform(-0.05, 0.15))
            // Over the handle, which is 4 cm thick, or beyond its end.
            missedGrasp = .draw(above: 0.033...0.041, beside: 0.032...0.038, &random)
            missedRing = .zero
            noticing = random.uniform(0.001, 0.005)
            if Mishap.happens(&random) {
                let angle = random.uniform(0, 2 * Double.pi)
                missedRing =
                    random.uniform(0.005, 0.009) * SIMD2(steadyhand_cos(angle), steadyhand_sin(angle))
            }
        }
    }

    let task: ThreadingTask
    /// What the expert is doing.
    public var phase: String { stage.rawValue }
    private(set) var stage = Phase.approach
    private(set) var attempts = 0
    private(set) var style: Style
    var plan: Plan?
    var random: RandomStream
    private var motion: ToolMotion
    private var stepsInStage = 0
    private var nearest = Double.infinity
    private var stepsSinceNearer = 0

    /// An expert for one episode.
    public init(task: ThreadingTask, seed: UInt64, noise: Double) {
        self.task = task
        random = RandomStream.derived(from: seed, 1)
        style = Style(&random)
        motion = ToolMotion(noise: noise, speed: random.uniform(0.75, 1), random: RandomStream.derived(from: seed, 2))
    }

    /// The next action.
    public mutating func action(for measurement: borrowing Measurement, toolPose: Pose) -> [Float] {
        let view = View(
            tool: task.basePose * toolPose, needle: measurement.scene.pose(at: task.needleOffset),
            tripod: measurement.scene.pose(at: task.tripodOffset), opening: measurement.state.gripper.opening)
        advance(view)
        stepsInStage += 1
        return act(view)
    }

    // MARK: Which stage

    private mutating func enter(_ next: Phase) {
        stage = next
        stepsInStage = 0
        nearest = .infinity
        stepsSinceNearer = 0
    }

    /// Begins again from above, with a new style.
    private mutating func retry() {
        attempts += 1
        style = Style(&random)
        plan = nil
        enter(.approach)
    }

    private mutating func advance(_ view: View) {
        if stage != .approach && stage != .descend && stage != .grasp && !view.isHeld { return retry() }
        switch stage {
        case .approach:
            if plan == nil { plan = makePlan(view) }
            let goal = graspGoal(view, height: style.hoverHeight)
            if (goal.position - view.tool.position).planarLength < 0.01 && view.tool.isTurned(to: goal, within: 0.12)
                && view.opening > 0.06
            {
                enter(.descend)
            }
        case .descend:
            let goal = graspGoal(view, height: style.graspHeight)
            let error = goal.position - view.tool.position
            if error.planarLength < 0.005 && abs(error.z) < 0.005 && view.tool.isTurned(to: goal, within: 0.08) {
                enter(.grasp)
            } else if stepsInStage > 60 {
                retry()
            }
        case .grasp:
            if stepsInStage >= style.graspSteps { view.isHeld ? enter(.lift) : retry() }
        case .lift:
            if view.tool.position.z > style.liftHeight { enter(.carry) }
            if stepsInStage > 60 { retry() }
        case .carry:
            let aim = aim(view)
            if (aim.point(at: standOff) - view.needleCentre).length < 0.02 && abs(aim.turn) < 0.15 { enter(.align) }
            if stepsInStage > 120 { plan = makePlan(view) }
        case .align:
            let aim = aim(view)
            if aim.isTrue(within: 0.002, 0.025) && aim.distance < gap + 0.008 && stepsInStage > style.pauseSteps {
                enter(.push)
            }
            if stepsInStage > 100 { enter(.carry) }
        case .push:
            let aim = aim(view)
            if style.missedRing != .zero {
                // Back as soon as the tip is at the ring's edge.
                if aim.distance < ThreadingTask.needleHalf.y + ThreadingTask.ringHalfThickness + style.noticing
                    || stepsInStage > 40
                {
                    style.missedRing = .zero
                    enter(.align)
                }
                return
            }
            if aim.distance < 0.004 { return enter(.done) }
            // Before the tip is in the ring it can still be put right.
            if aim.distance > ThreadingTask.needleHalf.y + 0.008 && !aim.isTrue(within: 0.0035, 0.06) {
                return enter(.align)
            }
            if aim.distance < nearest - 0.002 {
                nearest = aim.distance
                stepsSinceNearer = 0
            } else {
                stepsSinceNearer += 1
            }
            if stepsSinceNearer > 20 { enter(.align) }
        case .done:
            if aim(view).distance > 0.015 { enter(.align) }
        }
    }

    // MARK: What to do in it

    private mutating func act(_ view: View) -> [Float] {
        var here = view.tool
        switch stage {
        case .approach:
            var goal = graspGoal(view, height: style.hoverHeight)
            let far = (goal.position - here.position).planarLength
            goal.position += min(far, 0.3) * style.bow
            if far > 0.04 && passesTripod(view, on: goal.position) { goal.position.z = max(goal.position.z, 1.06) }
            if far > 0.03 && here.position.z < ThreadingTask.tableHeight + 0.08 {
                goal.position = SIMD3(here.position.x, here.position.y, goal.position.z)
            }
            return motion.action(from: here, to: goal, closed: false)
        case .descend:
            var goal = graspGoal(view, height: style.graspHeight)
            // Come down only above the handle.
            if (goal.position - here.position).planarLength > 0.01 {
                goal.position.z = max(goal.position.z, here.position.z - 0.005)
            }
            return motion.action(from: here, to: goal, closed: false, calm: 0.6, speed: 0.7)
        case .grasp:
            return motion.action(from: here, to: here, closed: true, calm: 0.4)
        case .lift:
            here.position.z += 0.06
            return motion.action(from: view.tool, to: here, closed: true)
        case .carry:
            let aim = aim(view)
            var target = aim.point(at: standOff)
            let far = (target - view.needleCentre).planarLength
            if far > 0.05 && passesTripod(view, on: target) { target.z = aim.ring.z + 0.09 }
            let goal = holdGoal(view, aim, centre: target)
            return motion.action(from: here, to: goal, closed: true, calm: far < 0.05 ? 0.5 : 1)
        case .align:
            let aim = aim(view)
            // With the tip in the ring, out of it first, straight back.
            let back = aim.distance < gap - 0.008 ? min(aim.distance + 0.02, gap) : gap
            return motion.action(
                from: here, to: holdGoal(view, aim, centre: aim.point(at: back)), closed: true, calm: 0.3, speed: 0.6)
        case .push, .done:
            let aim = aim(view)
            let goal = holdGoal(view, aim, centre: aim.point(at: max(aim.distance - style.pushStep, 0)))
            return motion.action(from: here, to: goal, closed: true, calm: 0.3, speed: 0.6)
        }
    }

    // MARK: Where

    /// From the ring to the needle's centre, with the tip `style.gap` before the ring, m.
    private var gap: Double { ThreadingTask.needleHalf.y + 0.005 + style.gap }
    /// The same, before lining up.
    private var standOff: Double { gap + style.standOff }

    /// Whether hand or needle would come near the tripod on the straight way to a place.
    private func passesTripod(_ view: View, on goal: SIMD3<Double>) -> Bool {
        ToolMotion.distance(from: view.ring.position, toWayFrom: view.tool.position, to: goal) < 0.14
    }

    /// Where the tool takes the handle, `height` above its centre.
    private func graspGoal(_ view: View, height: Double) -> Pose {
        var position = view.handle + (style.graspAlong + style.missedGrasp.beside) * view.forward
        position.z = min(position.z, ThreadingTask.tableHeight + 0.1) + height + style.missedGrasp.above
        guard let plan else { return Pose(position: position, orientation: view.tool.orientation) }
        let along = view.forward.heading
        let turns = ((plan.graspHeading - along) / Double.pi).rounded()
        let wanted = along + turns * Double.pi + style.graspTurn
        let heading = ToolMotion.next(from: view.heading, to: wanted)
        return Pose(position: position, orientation: ToolMotion.down(heading: heading))
    }

    private func aim(_ view: View) -> Aim {
        Aim(view, side: plan?.side ?? 1, missing: style.missedRing)
    }

    /// Where the tool goes so that the needle it holds comes to `centre`, pointing along the ring's axis, however it sits in
    /// the hand.
    private func holdGoal(_ view: View, _ aim: Aim, centre: SIMD3<Double>) -> Pose {
        let wanted = ToolMotion.wrap(view.heading + aim.turn, around: plan?.insertHeading ?? view.heading)
        let step = ToolMotion.next(from: view.heading, to: wanted) - view.heading
        let tilt = aim.correction * Quaternion(yaw: aim.turn).conjugate
        let position = centre + aim.correction.rotate(view.tool.position - view.needleCentre)
        return Pose(position: position, orientation: tilt * Quaternion(yaw: step) * view.tool.orientation)
    }
}
