internal import CRealtime
internal import Numerics
public import Robots

/// Does the Coffee task by script: takes the pod near its rim, lets it into the holder, goes round the open lid and
/// sweeps it shut from behind.
///
/// Every episode has a style of its own. A pod that was missed, dropped or stuck askew is taken again. Now and then the
/// expert misses the pod, sets it onto the holder's rim, or does not sweep the lid far enough, on purpose.
public struct CoffeeExpert: ScriptedExpert {
    /// What the expert is doing.
    public enum Phase: String, Sendable {
        case approach, descend, grasp, lift, carry, insert, release, rise, behind, lower, sweep, above, press, done
    }

    /// What differs from episode to episode; heights over the pod's or the machine's centre, m.
    struct Style {
        var hoverHeight: Double
        var graspHeight: Double
        var graspTurn: Double
        var graspSteps: Int
        var carryHeight: Double
        var pauseSteps: Int
        var releaseSteps: Int
        var riseHeight: Double
        var bow: SIMD3<Double>
        var missedGrasp: Mishap.Grasp?
        /// From the holder's axis to where the pod is let down instead, m.
        var missedHolder: SIMD2<Double>
        /// For how many steps it then rests on the rim.
        var rimSteps: Int

        init(_ random: inout RandomStream) {
            hoverHeight = random.uniform(0.06, 0.12)
            graspHeight = random.uniform(0.017, 0.021)
            graspTurn = random.uniform(-0.4, 0.4)
            graspSteps = 6 + random.integer(below: 4)
            carryHeight = random.uniform(0.145, 0.175)
            pauseSteps = random.integer(below: 4)
            releaseSteps = 6 + random.integer(below: 4)
            riseHeight = random.uniform(0.235, 0.265)
            bow = SIMD3(random.uniform(-0.15, 0.15), random.uniform(-0.15, 0.15), random.uniform(0, 0.15))
            // Over the pod, or beside its rim.
            missedGrasp = .draw(above: 0.018...0.026, beside: 0.036...0.042, &random)
            missedHolder = .zero
            rimSteps = 2 + random.integer(below: 6)
            if Mishap.happens(&random) {
                let angle = random.uniform(0, 2 * Double.pi)
                missedHolder =
                    random.uniform(0.010, 0.016) * SIMD2(steadyhand_cos(angle), steadyhand_sin(angle))
            }
        }
    }

    /// How the lid is swept shut; points in the machine's frame, m.
    struct Sweep {
        /// Where the hand comes down behind the lid.
        var behind: SIMD3<Double>
        /// How far forward it goes.
        var end: Double
        /// The lid's angle, beyond the vertical, at which the hand turns back too early, rad.
        var turningBack: Double?

        init(_ random: inout RandomStream) {
            behind = SIMD3(
                random.uniform(-0.01, 0.01), random.uniform(-0.055, -0.035), random.uniform(0.155, 0.175))
            end = random.uniform(0.08, 0.11)
            guard Mishap.happens(&random) else { return }
            // Over the lid's edge, or not far enough.
            if random.uniform(0, 1) < 0.5 {
                behind.z = random.uniform(0.2, 0.215)
            } else {
                turningBack = random.uniform(1.8, 2.0)
            }
        }
    }

    let task: CoffeeTask
    /// What the expert is doing.
    public var phase: String { stage.rawValue }
    private(set) var stage = Phase.approach
    private(set) var attempts = 0
    private(set) var style: Style
    private(set) var sweep: Sweep
    private var motion: ToolMotion
    private var random: RandomStream
    /// The tool's heading in the machine's frame, rad: across the machine's front, one way or the other.
    private var heading: Double?
    private var stepsInStage = 0
    private var stepsOnRim = 0

    /// An expert for one episode.
    public init(task: CoffeeTask, seed: UInt64, noise: Double) {
        self.task = task
        random = RandomStream.derived(from: seed, 1)
        style = Style(&random)
        sweep = Sweep(&random)
        motion = ToolMotion(noise: noise, speed: random.uniform(0.75, 1), random: RandomStream.derived(from: seed, 2))
    }

    /// The next action.
    public mutating func action(for measurement: borrowing Measurement, toolPose: Pose) -> [Float] {
        let scene = measurement.scene
        let view = View(
            tool: task.basePose * toolPose, pod: scene.pose(at: task.podOffset).position,
            machine: scene.pose(at: task.machineOffset), lid: task.lid.position(in: scene),
            opening: measurement.state.gripper.opening)
        if heading == nil { heading = chooseHeading(view) }
        advance(view)
        stepsInStage += 1
        return act(view)
    }

    /// What the expert looks at, in the world frame.
    struct View {
        var tool: Pose
        var pod: SIMD3<Double>
        var machine: Pose
        var lid: Double
        var opening: Double

        /// The tool and the pod in the machine's frame.
        var toolInMachine: SIMD3<Double> { (machine.inverse * Pose(position: tool.position)).position }
        var podInMachine: SIMD3<Double> { (machine.inverse * Pose(position: pod)).position }
        /// How far the pod is from the holder's axis.
        var aside: Double { (podInMachine - CoffeeTask.holder).planarLength }
        /// The pod is down in the holder.
        var isInserted: Bool { aside < 0.0045 && podInMachine.z < CoffeeTask.holder.z + 0.0095 }
        /// The pod is between the fingers.
        var isHeld: Bool { opening > 0.03 && (pod - tool.position).length < 0.045 }
    }

    // MARK: Which stage

    private mutating func enter(_ next: Phase) {
        stage = next
        stepsInStage = 0
        stepsOnRim = 0
    }

    private mutating func advance(_ view: View) {
        let tool = view.toolInMachine
        switch stage {
        case .approach:
            let goal = graspGoal(view, height: style.hoverHeight)
            if (goal.position - view.tool.position).planarLength < 0.012 && view.tool.isTurned(to: goal, within: 0.15)
                && view.opening > 0.07
            {
                enter(.descend)
            }
        case .descend:
            if view.isInserted { return enter(.rise) }
            let error = graspGoal(view, height: style.graspHeight).position - view.tool.position
            if error.planarLength < 0.005 && abs(error.z) < 0.005 {
                enter(.grasp)
            } else if stepsInStage > 60 {
                retry()
            }
        case .grasp:
            if stepsInStage >= style.graspSteps { view.isHeld ? enter(.lift) : retry() }
        case .lift:
            if !view.isHeld { return retry() }
            if view.podInMachine.z > style.carryHeight - 0.06 || view.aside > 0.15 { enter(.carry) }
        case .carry:
            if !view.isHeld { return retry() }
            if aside(view) < 0.0022 && view.podInMachine.z < style.carryHeight + 0.01
                && view.tool.isTurned(to: carryGoal(view, height: style.carryHeight), within: 0.1)
                && stepsInStage > style.pauseSteps
            {
                enter(.insert)
            }
            if stepsInStage > 160 { retry() }
        case .insert:
            if !view.isHeld { return view.isInserted ? enter(.release) : retry() }
            if style.missedHolder != .zero {
                stepsOnRim += isOnRim(view) ? 1 : 0
                if stepsOnRim < style.rimSteps && stepsInStage <= 40 { return }
                style.missedHolder = .zero
                return enter(.carry)
            }
            if tool.z < lowestGrip + 0.005 { enter(.release) }
            if stepsInStage > 40 { enter(.carry) }
        case .release:
            if stepsInStage >= style.releaseSteps && view.opening > 0.075 && view.isInserted { enter(.rise) }
            if stepsInStage > style.releaseSteps + 15 { retry() }
        case .rise:
            if tool.z > style.riseHeight - 0.02 { enter(.behind) }
        case .behind:
            if tool.y < sweep.behind.y + 0.012 { enter(.lower) }
        case .lower:
            if tool.z < sweep.behind.z + 0.012 { enter(.sweep) }
        case .sweep:
            if let early = sweep.turningBack, view.lid < early { return sweepAgain() }
            if tool.y > sweep.end - 0.015 || view.lid < 1.2 { enter(.above) }
            if stepsInStage > 60 { sweepAgain() }
        case .above:
            // The lid falls shut by itself from here; if something holds it, press.
            if view.lid > 1.4 { return sweepAgain() }
            if (tool - pressPoint).planarLength < 0.02 && stepsInStage > 8 { enter(.press) }
        case .press:
            if !view.isInserted && view.lid > 0.3 { return retry() }
            if stepsInStage > 60 { sweepAgain() }
            if view.lid < 0.1 { enter(.done) }
        case .done:
            if view.lid > 0.25 { sweepAgain() }
        }
    }

    /// Goes round the lid once more, in another way.
    private mutating func sweepAgain() {
        sweep = Sweep(&random)
        enter(.rise)
    }

    /// Begins again from above, with a new style.
    private mutating func retry() {
        attempts += 1
        style = Style(&random)
        enter(.approach)
    }

    // MARK: What to do in it

    private mutating func act(_ view: View) -> [Float] {
        let here = view.tool
        switch stage {
        case .approach:
            var goal = graspGoal(view, height: style.hoverHeight)
            let far = (goal.position - here.position).planarLength
            goal.position += min(far, 0.3) * style.bow
            // Beside the machine the hand neither turns nor sinks.
            let isBeside = (view.machine.position - here.position).planarLength < 0.26
            if isBeside && view.aside > 0.15 {
                goal.position.z = max(goal.position.z, view.machine.position.z + 0.13)
                goal.orientation = ToolMotion.down(heading: ToolMotion.heading(of: here))
            }
            if far > 0.03 && here.position.z < goal.position.z - 0.03 {
                goal.position = SIMD3(here.position.x, here.position.y, goal.position.z)
            }
            return motion.action(from: here, to: goal, closed: false)
        case .descend:
            var goal = graspGoal(view, height: style.graspHeight)
            if (goal.position - here.position).planarLength > 0.01 {
                goal.position.z = max(goal.position.z, here.position.z - 0.005)
            }
            return motion.action(from: here, to: goal, closed: false, calm: 0.6, speed: 0.7)
        case .grasp:
            return motion.action(from: here, to: here, closed: true, calm: 0.4)
        case .lift:
            return motion.action(
                from: here, to: Pose(position: here.position + SIMD3(0, 0, 0.06), orientation: here.orientation),
                closed: true)
        case .carry:
            var goal = carryGoal(view, height: style.carryHeight)
            // Over the holder's rim only when high enough.
            if view.aside < 0.13 && view.podInMachine.z < 0.125 {
                goal.position = SIMD3(here.position.x, here.position.y, goal.position.z)
            }
            return motion.action(from: here, to: goal, closed: true, calm: view.aside < 0.04 ? 0.4 : 1)
        case .insert:
            // Slowly at the end: a fingertip that opens against the rim gives the arm a blow.
            let isNear = view.toolInMachine.z < lowestGrip + 0.025
            let step = aside(view) > 0.0035 ? 0.0 : isNear ? 0.012 : 0.025
            let goal = carryGoal(view, height: view.podInMachine.z - step)
            return motion.action(from: here, to: goal, closed: true, calm: 0.3, speed: 0.6)
        case .release:
            return motion.action(from: here, to: here, closed: false, calm: 0.3)
        case .rise:
            var goal = view.toolInMachine
            // From behind the lid or from above the holder: straight up.
            goal.z = style.riseHeight
            let isClear = view.toolInMachine.z > CoffeeTask.holder.z + CoffeeTask.holderHalfHeight + 0.05
            return motion.action(
                from: here, to: pose(view, goal), closed: isClear, speed: isClear ? nil : 0.5)
        case .behind:
            return motion.action(
                from: here, to: pose(view, SIMD3(sweep.behind.x, sweep.behind.y, style.riseHeight)), closed: true)
        case .lower:
            return motion.action(from: here, to: pose(view, sweep.behind), closed: true)
        case .sweep:
            let goal = SIMD3(sweep.behind.x, sweep.end + 0.02, sweep.behind.z)
            return motion.action(from: here, to: pose(view, goal), closed: true, speed: 0.8)
        case .above:
            let goal = SIMD3(pressPoint.x, pressPoint.y, max(sweep.behind.z, view.toolInMachine.z - 0.01))
            return motion.action(from: here, to: pose(view, goal), closed: true, speed: 0.8)
        case .press:
            let goal = SIMD3(pressPoint.x, pressPoint.y, view.toolInMachine.z - 0.03)
            return motion.action(from: here, to: pose(view, goal), closed: true, calm: 0.6, speed: 0.6)
        case .done:
            return motion.action(from: here, to: here, closed: true)
        }
    }

    // MARK: Geometry

    /// Over the middle of the closed lid, in the machine's frame.
    private var pressPoint: SIMD3<Double> {
        CoffeeTask.hinge + SIMD3(0, CoffeeTask.lidHalf.y + 0.012, CoffeeTask.lidHalf.z)
    }

    /// Height of the tool over the machine's centre at which the fingertips, 8.5 mm lower, just clear the holder's rim.
    private var lowestGrip: Double { CoffeeTask.holder.z + CoffeeTask.holderHalfHeight + 0.0115 }

    /// The fingers close along the machine's x axis, so that the hand is thin towards the open lid.
    private mutating func chooseHeading(_ view: View) -> Double {
        let reach = ArmReach(basePose: task.basePose)
        let yaw = view.machine.orientation.yaw
        let holder = (view.machine * Pose(position: CoffeeTask.holder)).position
        let costs = [Double.pi / 2, -Double.pi / 2].map { heading in
            let world = ToolMotion.wrap(yaw + heading, around: ToolMotion.middleHeading)
            return (heading, reach.wristCost(world, at: holder) + reach.wristCost(world, at: view.pod))
        }
        return costs.min { $0.1 < $1.1 }?.0 ?? 0
    }

    private func worldHeading(_ view: View, turned angle: Double = 0) -> Double {
        ToolMotion.wrap(
            view.machine.orientation.yaw + (heading ?? 0) + angle, around: ToolMotion.middleHeading)
    }

    private func orientation(_ view: View, turned angle: Double = 0) -> Quaternion {
        let present = ToolMotion.heading(of: view.tool)
        return ToolMotion.down(heading: ToolMotion.next(from: present, to: worldHeading(view, turned: angle)))
    }

    /// The tool at a point of the machine's frame.
    private func pose(_ view: View, _ point: SIMD3<Double>) -> Pose {
        Pose(position: (view.machine * Pose(position: point)).position, orientation: orientation(view))
    }

    /// Where the tool takes the pod, `height` above its centre.
    private func graspGoal(_ view: View, height: Double) -> Pose {
        // A pod in the machine is taken as it will be held there, and the fingers stay clear of the holder.
        let isInMachine = view.aside < 0.15
        var position = view.pod + SIMD3(0, 0, height)
        guard !isInMachine else {
            position.z = max(position.z, view.machine.position.z + lowestGrip)
            return Pose(position: position, orientation: orientation(view))
        }
        let heading = worldHeading(view, turned: style.graspTurn)
        position += Quaternion(yaw: heading).rotate(SIMD3(style.missedGrasp.beside, 0, style.missedGrasp.above))
        return Pose(position: position, orientation: orientation(view, turned: style.graspTurn))
    }

    /// Where the pod is let down, in the machine's frame.
    private var target: SIMD3<Double> {
        CoffeeTask.holder + SIMD3(style.missedHolder.x, style.missedHolder.y, 0)
    }

    /// How far the pod is from where it is let down, seen from above, m.
    private func aside(_ view: View) -> Double { (view.podInMachine - target).planarLength }

    /// Whether the pod's bottom has come down to the holder's rim.
    private func isOnRim(_ view: View) -> Bool {
        view.podInMachine.z < CoffeeTask.holder.z + CoffeeTask.holderHalfHeight + CoffeeTask.podHalfHeight + 0.004
    }

    /// Where the tool goes so that the pod it holds comes over the holder, that high over the machine's centre.
    private func carryGoal(_ view: View, height: Double) -> Pose {
        let target = (view.machine * Pose(position: SIMD3(target.x, target.y, height))).position
        return Pose(position: view.tool.position + target - view.pod, orientation: orientation(view))
    }
}
