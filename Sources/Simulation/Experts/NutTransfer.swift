internal import CRealtime
internal import Numerics
internal import Robots

/// Takes a nut by its handle, carries it over a peg, lets it down and lets go.
///
/// Every one has a style of its own (heights, speed, where and how askew the handle is taken, how long the hand
/// waits), so that demonstrations differ as a person's do. A missed or dropped nut is taken again; an insertion that
/// stalls is begun again from above.
struct NutTransfer {
    /// Which nut goes onto which peg, and what matters of their shapes.
    struct Work {
        /// Where the nut's pose is in a scene.
        var nutOffset: Int
        /// Where the peg's pose is in a scene.
        var pegOffset: Int
        /// Where the poses of other pegs are in a scene, which the hand keeps clear of.
        var otherPegs: [Int] = []
        /// Where the hand may take the handle, from the nut's centre along its x axis, m.
        var grasp: ClosedRange<Double>
        /// In how many headings the nut fits onto the peg, evenly spread from the world's x axis on.
        var fittingHeadings: Int
        /// How far the nut may be off the peg's axis when it is let down, m.
        var alignment: Double
        /// How far the nut's heading may be off the planned one then, rad.
        var turnAlignment: Double
    }

    /// What is being done.
    enum Phase: String, Sendable {
        case approach, descend, grasp, lift, carry, insert, release, retreat, done
    }

    /// What differs from episode to episode.
    struct Style {
        var hoverHeight: Double
        var graspAlongHandle: Double
        var graspHeight: Double
        var graspTurn: Double
        var graspSteps: Int
        var carryHeight: Double
        var pauseSteps: Int
        var releaseHeight: Double
        var releaseSteps: Int
        var retreat: SIMD3<Double>
        var bow: SIMD3<Double>

        init(_ work: Work, _ random: inout RandomStream) {
            hoverHeight = random.uniform(0.07, 0.13)
            graspAlongHandle = random.uniform(work.grasp)
            graspHeight = random.uniform(0.000, 0.004)
            graspTurn = random.uniform(-0.06, 0.06)
            graspSteps = 6 + random.integer(below: 4)
            carryHeight = random.uniform(0.985, 1.02)
            pauseSteps = random.integer(below: 4)
            releaseHeight = random.uniform(0.862, 0.885)
            releaseSteps = 4 + random.integer(below: 3)
            // Now and then the hand closes above the handle, as people's does: what follows shows how to take it again.
            if Mishap.happens(&random) { graspHeight = random.uniform(0.018, 0.026) }
            retreat = SIMD3(random.uniform(-0.06, 0), random.uniform(-0.03, 0.03), random.uniform(0.03, 0.1))
            bow = SIMD3(random.uniform(-0.15, 0.15), random.uniform(-0.15, 0.15), random.uniform(-0.05, 0.15))
        }
    }

    /// How the nut is taken and set down: headings in the world, rad.
    struct Plan {
        /// Of the tool when it takes the handle.
        var graspHeading: Double
        /// Of the tool when the nut is over the peg.
        var insertHeading: Double
        /// Of the nut over the peg.
        var nutHeading: Double
        /// How far the hand leans along the tool's x axis when it takes the handle, rad, and so until it lets go.
        var lean: Double
    }

    let work: Work
    let basePose: Pose
    private(set) var stage = Phase.approach
    private(set) var attempts = 0
    private var motion: ToolMotion
    var random: RandomStream
    private(set) var style: Style
    private var plan: Plan?
    private var stepsInStage = 0
    private var lowestNut = Double.infinity
    private var stepsSinceLower = 0
    private var retreatGoal = SIMD3<Double>.zero

    /// - Parameters:
    ///   - work: the nut and the peg.
    ///   - basePose: `base_in_world`.
    ///   - style: draws the style and the plan.
    ///   - disturbance: draws the noise on the actions.
    ///   - noise: its standard deviation.
    init(work: Work, basePose: Pose, style: RandomStream, disturbance: RandomStream, noise: Double) {
        self.work = work
        self.basePose = basePose
        random = style
        self.style = Style(work, &random)
        motion = ToolMotion(noise: noise, speed: random.uniform(0.75, 1), random: disturbance)
    }

    /// The next action.
    mutating func action(for measurement: borrowing Measurement, toolPose: Pose) -> [Float] {
        let scene = measurement.scene
        let view = View(
            tool: basePose * toolPose, nut: scene.pose(at: work.nutOffset),
            peg: scene.pose(at: work.pegOffset).position,
            otherPegs: work.otherPegs.map { scene.pose(at: $0).position },
            opening: measurement.state.gripper.opening)
        advance(view)
        stepsInStage += 1
        return act(view)
    }

    /// Whether the nut is on its peg.
    func isPlaced(in scene: borrowing SceneSnapshot) -> Bool {
        View.isPlaced(scene.pose(at: work.nutOffset).position, on: scene.pose(at: work.pegOffset).position)
    }

    /// What is looked at, in the world frame.
    struct View {
        var tool: Pose
        var nut: Pose
        var peg: SIMD3<Double>
        var otherPegs: [SIMD3<Double>]
        var opening: Double

        var heading: Double { ToolMotion.heading(of: tool) }
        /// The nut is on the peg.
        var isPlaced: Bool { Self.isPlaced(nut.position, on: peg) }
        /// The nut is between the fingers.
        var isHeld: Bool {
            opening > 0.022 && (nut.position - tool.position).length < 0.095
        }

        static func isPlaced(_ nut: SIMD3<Double>, on peg: SIMD3<Double>) -> Bool {
            abs(nut.x - peg.x) < 0.015 && abs(nut.y - peg.y) < 0.015 && nut.z < 0.90
        }
    }

    // MARK: Which stage

    private mutating func enter(_ next: Phase) {
        stage = next
        stepsInStage = 0
        lowestNut = .infinity
        stepsSinceLower = 0
    }

    private mutating func advance(_ view: View) {
        switch stage {
        case .approach:
            if plan == nil { plan = makePlan(view) }
            let goal = graspGoal(view, height: style.hoverHeight)
            if (goal.position - view.tool.position).planarLength < 0.012 && view.tool.isTurned(to: goal, within: 0.15)
                && view.opening > 0.06
            {
                enter(.descend)
            }
        case .descend:
            let goal = graspGoal(view, height: style.graspHeight)
            let error = goal.position - view.tool.position
            if error.planarLength < 0.006 && abs(error.z) < 0.006 && view.tool.isTurned(to: goal, within: 0.1) {
                enter(.grasp)
            } else if stepsInStage > 60 {
                retry()
            }
        case .grasp:
            if stepsInStage >= style.graspSteps { view.isHeld ? enter(.lift) : retry() }
        case .lift:
            if !view.isHeld { return retry() }
            if view.nut.position.z > clearHeight
                || (view.nut.position - view.peg).planarLength > 0.13 && view.nut.position.z > 0.87
            {
                enter(.carry)
            }
            if stepsInStage > 60 { retry() }
        case .carry:
            if !view.isHeld { return retry() }
            if isAligned(view, within: work.alignment, work.turnAlignment)
                && view.nut.position.z < style.carryHeight + 0.01
                && stepsInStage > style.pauseSteps
            {
                enter(.insert)
            }
            if stepsInStage > 160 { retry() }
        case .insert:
            if view.nut.position.z < style.releaseHeight { return enter(.release) }
            if !view.isHeld { return view.isPlaced ? enter(.release) : retry() }
            if view.nut.position.z < lowestNut - 0.002 {
                lowestNut = view.nut.position.z
                stepsSinceLower = 0
            } else {
                stepsSinceLower += 1
            }
            if stepsSinceLower > 25 { enter(.carry) }
        case .release:
            if stepsInStage >= style.releaseSteps {
                retreatGoal = view.tool.position + style.retreat - view.tool.orientation.rotate(SIMD3(0, 0, 0.1))
                enter(.retreat)
            }
        case .retreat:
            if (retreatGoal - view.tool.position).length < 0.03 { view.isPlaced ? enter(.done) : retry() }
        case .done:
            break
        }
    }

    /// Begins again from above, with a new style.
    mutating func retry() {
        attempts += 1
        let speed = motion.speed
        style = Style(work, &random)
        motion.speed = speed
        plan = nil
        enter(.approach)
    }

    // MARK: What to do in it

    private mutating func act(_ view: View) -> [Float] {
        var here = view.tool
        switch stage {
        case .approach:
            var goal = graspGoal(view, height: style.hoverHeight)
            let far = (goal.position - here.position).planarLength
            goal.position += min(far, 0.3) * style.bow
            if far > 0.04 && passesPeg(view, on: goal.position) { goal.position.z = max(goal.position.z, 1.0) }
            if far > 0.03 && here.position.z < SquareTask.restHeight + 0.05 {
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
            var goal = insertGoal(view, nutHeight: style.carryHeight)
            let near = (view.nut.position - view.peg).planarLength
            if near < 0.12 && view.nut.position.z < clearHeight {
                goal.position = SIMD3(here.position.x, here.position.y, goal.position.z)
            }
            return motion.action(from: here, to: goal, closed: true, calm: near < 0.05 ? 0.4 : 1)
        case .insert:
            let onTop = view.nut.position.z > 0.955
            let step = onTop && (view.nut.position - view.peg).planarLength > 0.005 ? 0.0 : (onTop ? 0.018 : 0.03)
            let goal = insertGoal(view, nutHeight: view.nut.position.z - step)
            return motion.action(from: here, to: goal, closed: true, calm: 0.4, speed: 0.7)
        case .release:
            return motion.action(from: here, to: here, closed: false, calm: 0.4)
        case .retreat, .done:
            if stage == .retreat { here.position = retreatGoal }
            return motion.action(from: view.tool, to: here, closed: false)
        }
    }

    // MARK: Geometry

    /// A nut held above this misses the peg's top, m.
    private var clearHeight: Double { SquareTask.pegHeight + 0.1 + 0.018 }

    /// Whether the hand would meet a peg on the straight way to a place.
    private func passesPeg(_ view: View, on goal: SIMD3<Double>) -> Bool {
        ([view.peg] + view.otherPegs).contains {
            ToolMotion.distance(from: $0, toWayFrom: view.tool.position, to: goal) < 0.14
        }
    }

    /// Where the tool takes the handle, `height` above it.
    private func graspGoal(_ view: View, height: Double) -> Pose {
        var position = view.nut.position + view.nut.orientation.rotate(SIMD3(style.graspAlongHandle, 0, 0))
        position.z = min(position.z, SquareTask.restHeight + 0.1) + height
        guard let plan else { return Pose(position: position, orientation: view.tool.orientation) }
        // A leaning fingertip reaches lower with its edge.
        position.z += 0.008 * abs(plan.lean)
        let heading = ToolMotion.next(from: view.heading, to: graspHeading(view, plan))
        return Pose(position: position, orientation: ToolMotion.down(heading: heading, lean: plan.lean))
    }

    /// The planned heading, following a nut that was pushed round since.
    private func graspHeading(_ view: View, _ plan: Plan) -> Double {
        let along = view.nut.orientation.yaw
        let turns = ((plan.graspHeading - along) / Double.pi).rounded()
        return along + turns * Double.pi + style.graspTurn
    }

    /// Where the tool goes so that the nut it holds comes over the peg, level and square to it, however it sits in the
    /// hand.
    private func insertGoal(_ view: View, nutHeight: Double) -> Pose {
        let turn = nutTurn(view)
        let wanted = ToolMotion.wrap(view.heading + turn, around: plan?.insertHeading ?? view.heading)
        let step = ToolMotion.next(from: view.heading, to: wanted) - view.heading
        let arm = view.tool.position - view.nut.position
        let level = view.nut.orientation.levelling(SIMD3(0, 0, 1))
        let target = Quaternion(yaw: turn) * level
        let turned = target.rotate(arm)
        return Pose(
            position: SIMD3(view.peg.x + turned.x, view.peg.y + turned.y, nutHeight + turned.z),
            orientation: Quaternion(yaw: step) * level * view.tool.orientation)
    }

    /// How far the nut must turn about the vertical to stand on the peg as planned, rad.
    private func nutTurn(_ view: View) -> Double {
        ToolMotion.wrap((plan?.nutHeading ?? 0) - view.nut.orientation.yaw, around: 0)
    }

    private func isAligned(_ view: View, within distance: Double, _ angle: Double) -> Bool {
        (view.nut.position - view.peg).planarLength < distance && abs(nutTurn(view)) < angle
    }
}
