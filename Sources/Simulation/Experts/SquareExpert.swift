internal import CRealtime
internal import Numerics
public import Robots

/// Does the Square task by script: takes the nut by its handle, carries it over the peg, lets it down and lets go.
///
/// Every episode has a style of its own (heights, speed, where and how askew the handle is taken, how long the hand
/// waits), so that demonstrations differ as a person's do. A missed or dropped nut is taken again; an insertion that stalls
/// is begun again from above.
public struct SquareExpert: ScriptedExpert {
    /// What the expert is doing.
    public enum Phase: String, Sendable {
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

        init(_ random: inout RandomStream) {
            hoverHeight = random.uniform(0.07, 0.13)
            graspAlongHandle = random.uniform(0.060, 0.066)
            graspHeight = random.uniform(0.000, 0.004)
            graspTurn = random.uniform(-0.06, 0.06)
            graspSteps = 6 + random.integer(below: 4)
            carryHeight = random.uniform(0.985, 1.02)
            pauseSteps = random.integer(below: 4)
            releaseHeight = random.uniform(0.862, 0.885)
            releaseSteps = 4 + random.integer(below: 3)
            retreat = SIMD3(random.uniform(-0.08, 0), random.uniform(-0.04, 0.04), random.uniform(0.12, 0.2))
            bow = SIMD3(random.uniform(-0.15, 0.15), random.uniform(-0.15, 0.15), random.uniform(-0.05, 0.15))
        }
    }

    /// How the nut is taken and set down: headings of the tool, and of the nut on the peg, rad.
    private struct Plan {
        /// Of the tool when it takes the handle.
        var graspHeading: Double
        /// Of the tool when the nut is over the peg.
        var insertHeading: Double
        /// Of the nut over the peg.
        var nutHeading: Double
    }

    let task: SquareTask
    /// What the expert is doing.
    public var phase: String { stage.rawValue }
    private(set) var stage = Phase.approach
    private(set) var attempts = 0
    private var motion: ToolMotion
    private var random: RandomStream
    private var style: Style
    private var plan: Plan?
    private var stepsInStage = 0
    private var lowestNut = Double.infinity
    private var stepsSinceLower = 0
    private var retreatGoal = SIMD3<Double>.zero

    /// An expert for one episode.
    public init(task: SquareTask, seed: UInt64, noise: Double) {
        self.task = task
        random = RandomStream.derived(from: seed, 1)
        style = Style(&random)
        motion = ToolMotion(noise: noise, speed: random.uniform(0.75, 1), random: RandomStream.derived(from: seed, 2))
    }

    /// The next action.
    public mutating func action(for measurement: borrowing Measurement, toolPose: Pose) -> [Float] {
        let view = View(
            tool: task.basePose * toolPose, nut: measurement.scene.pose(at: task.nutOffset),
            peg: measurement.scene.pose(at: task.pegOffset).position, opening: measurement.state.gripper.opening)
        advance(view)
        stepsInStage += 1
        return act(view)
    }

    /// What the expert looks at, in the world frame.
    struct View {
        var tool: Pose
        var nut: Pose
        var peg: SIMD3<Double>
        var opening: Double

        var heading: Double { ToolMotion.heading(of: tool) }
        /// The nut is on the peg.
        var isPlaced: Bool {
            abs(nut.position.x - peg.x) < 0.015 && abs(nut.position.y - peg.y) < 0.015 && nut.position.z < 0.90
        }
        /// The nut is between the fingers.
        var isHeld: Bool {
            opening > 0.022 && (nut.position - tool.position).length < 0.095
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
            if planar(goal.position - view.tool.position) < 0.012 && abs(goal.heading - view.heading) < 0.15
                && view.opening > 0.06
            {
                enter(.descend)
            }
        case .descend:
            let goal = graspGoal(view, height: style.graspHeight)
            let error = goal.position - view.tool.position
            if planar(error) < 0.006 && abs(error.z) < 0.006 && abs(goal.heading - view.heading) < 0.1 {
                enter(.grasp)
            } else if stepsInStage > 60 {
                retry()
            }
        case .grasp:
            if stepsInStage >= style.graspSteps { view.isHeld ? enter(.lift) : retry() }
        case .lift:
            if !view.isHeld { return retry() }
            if view.nut.position.z > clearHeight || planar(view.nut.position - view.peg) > 0.13 && view.nut.position.z > 0.87 {
                enter(.carry)
            }
            if stepsInStage > 60 { retry() }
        case .carry:
            if !view.isHeld { return retry() }
            if isAligned(view, within: 0.0035, 0.05) && view.nut.position.z < style.carryHeight + 0.01
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
                retreatGoal = view.tool.position + style.retreat
                enter(.retreat)
            }
        case .retreat:
            if (retreatGoal - view.tool.position).length < 0.03 { view.isPlaced ? enter(.done) : retry() }
        case .done:
            break
        }
    }

    /// Begins again from above, with a new style.
    private mutating func retry() {
        attempts += 1
        let speed = motion.speed
        style = Style(&random)
        motion.speed = speed
        plan = nil
        enter(.approach)
    }

    // MARK: What to do in it

    private mutating func act(_ view: View) -> [Float] {
        switch stage {
        case .approach:
            let goal = graspGoal(view, height: style.hoverHeight)
            let far = planar(goal.position - view.tool.position)
            let rising = view.tool.position.z < SquareTask.restHeight + 0.05 && far > 0.03
            var position = goal.position + min(far, 0.3) * style.bow
            if rising { position = SIMD3(view.tool.position.x, view.tool.position.y, goal.position.z) }
            return motion.action(from: view.tool, to: position, heading: goal.heading, closed: false)
        case .descend:
            let goal = graspGoal(view, height: style.graspHeight)
            var position = goal.position
            // Come down only above the handle.
            let aside = planar(position - view.tool.position)
            if aside > 0.01 { position.z = max(position.z, view.tool.position.z - 0.005) }
            return motion.action(
                from: view.tool, to: position, heading: goal.heading, closed: false, calm: 0.6, speed: 0.7)
        case .grasp:
            return motion.action(
                from: view.tool, to: view.tool.position, heading: view.heading, closed: true, calm: 0.4)
        case .lift:
            var position = view.tool.position
            position.z += 0.06
            return motion.action(from: view.tool, to: position, heading: view.heading, closed: true)
        case .carry:
            let goal = insertGoal(view, nutHeight: style.carryHeight)
            let near = planar(goal.position - view.tool.position) < 0.05
            return motion.action(
                from: view.tool, to: goal.position, heading: goal.heading, closed: true, calm: near ? 0.4 : 1)
        case .insert:
            let aside = planar(view.nut.position - view.peg)
            let onTop = view.nut.position.z > 0.955
            let step = onTop && aside > 0.005 ? 0.0 : (onTop ? 0.018 : 0.03)
            let goal = insertGoal(view, nutHeight: view.nut.position.z - step)
            return motion.action(
                from: view.tool, to: goal.position, heading: goal.heading, closed: true, calm: 0.4, speed: 0.7)
        case .release:
            return motion.action(
                from: view.tool, to: view.tool.position, heading: view.heading, closed: false, calm: 0.4)
        case .retreat, .done:
            let goal = stage == .done ? view.tool.position : retreatGoal
            return motion.action(from: view.tool, to: goal, heading: view.heading, closed: false)
        }
    }

    // MARK: Geometry

    /// A nut held above this misses the peg's top, m.
    private var clearHeight: Double { SquareTask.pegHeight + 0.1 + 0.018 }

    private func planar(_ vector: SIMD3<Double>) -> Double {
        SIMD3(vector.x, vector.y, 0).length
    }

    /// Where the tool takes the handle, `height` above it.
    private func graspGoal(_ view: View, height: Double) -> (position: SIMD3<Double>, heading: Double) {
        let planned = plan?.graspHeading ?? view.heading
        // The nut may have been pushed round since; its handle is the same either way round.
        let along = view.nut.orientation.yaw
        let turns = ((planned - along) / Double.pi).rounded()
        let heading = along + turns * Double.pi
        var position = view.nut.position + view.nut.orientation.rotate(SIMD3(style.graspAlongHandle, 0, 0))
        position.z = min(position.z, SquareTask.restHeight + 0.1) + height
        return (position, heading + style.graspTurn)
    }

    /// Where the tool goes so that the nut it holds comes over the peg with its hole square to it.
    private func insertGoal(_ view: View, nutHeight: Double) -> (position: SIMD3<Double>, heading: Double) {
        let nutHeading = plan?.nutHeading ?? 0
        let turn = ToolMotion.wrap(nutHeading - view.nut.orientation.yaw, around: 0)
        // The heading that the plan foresees, corrected by how the nut really sits in the hand.
        let wanted = ToolMotion.wrap(view.heading + turn, around: plan?.insertHeading ?? view.heading)
        let arm = view.tool.position - view.nut.position
        let turned = Quaternion(yaw: turn).rotate(arm)
        return (
            SIMD3(view.peg.x + turned.x, view.peg.y + turned.y, nutHeight + arm.z), wanted
        )
    }

    private func isAligned(_ view: View, within distance: Double, _ angle: Double) -> Bool {
        let turn = ToolMotion.wrap((plan?.nutHeading ?? 0) - view.nut.orientation.yaw, around: 0)
        return planar(view.nut.position - view.peg) < distance && abs(turn) < angle
    }

    /// Chooses among the two ways to take the handle and the four ways to set a square on a square: near the middle of
    /// the wrist's travel, with little turning, and with the hand between the peg and the robot.
    private mutating func makePlan(_ view: View) -> Plan {
        let nut = view.nut.orientation.yaw
        var best: (cost: Double, plan: Plan)?
        for flip in [0, Double.pi] {
            let grasp = ToolMotion.wrap(nut + flip, around: ToolMotion.middleHeading)
            for quarter in 0..<4 {
                let nutHeading = Double(quarter) * Double.pi / 2
                let tool = ToolMotion.wrap(nutHeading + flip, around: ToolMotion.middleHeading)
                let hand = view.peg + Quaternion(yaw: nutHeading).rotate(SIMD3(style.graspAlongHandle, 0, 0))
                let reach = max(0, planar(hand - task.basePose.position) - 0.68)
                let cost =
                    wristCost(grasp) + wristCost(tool) + 0.5 * abs(tool - grasp) + 20 * reach + random.uniform(0, 0.15)
                if cost < best?.cost ?? .infinity {
                    best = (cost, Plan(graspHeading: grasp, insertHeading: tool, nutHeading: nutHeading))
                }
            }
        }
        return best?.plan ?? Plan(graspHeading: 0, insertHeading: 0, nutHeading: 0)
    }

    /// Grows as a heading leaves the comfortable range of ±100 degrees.
    private func wristCost(_ heading: Double) -> Double {
        let beyond = max(0, abs(heading) - 1.75)
        return 0.15 * abs(heading) + 8 * beyond
    }
}
