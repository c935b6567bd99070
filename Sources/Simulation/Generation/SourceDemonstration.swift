internal import CRealtime
internal import Policies
public import Robots

/// A recorded demonstration, as the poses that its actions asked for, cut into the task's subtasks.
public struct SourceDemonstration: Sendable {
    /// One recorded policy step.
    public struct Step: Sendable {
        /// The scene that the action was chosen in.
        public var scene: SceneSnapshot
        /// `tool_in_world` in that scene.
        public var tool: Pose
        /// Distance between the fingers, m.
        public var opening: Double
        /// The normalised action: translation (3), rotation vector (3), gripper.
        public var action: [Float]

        /// Takes what was recorded.
        public init(scene: SceneSnapshot, tool: Pose, opening: Double, action: [Float]) {
            self.scene = scene
            self.tool = tool
            self.opening = opening
            self.action = action
        }

        /// Takes a pose that was asked for, as the action that would ask for it: beyond ±1 where a full one does not reach it.
        ///
        /// - Parameters:
        ///   - scene: in which it was asked for.
        ///   - tool: `tool_in_world` in that scene.
        ///   - opening: distance between the fingers, m.
        ///   - goal: `tool_in_world` that was asked for.
        ///   - isClosing: whether the hand was to close or to stay closed.
        public init(scene: SceneSnapshot, tool: Pose, opening: Double, goal: Pose, isClosing: Bool) {
            let shift = (goal.position - tool.position) / ToolMotion.translation
            let turn = (goal.orientation * tool.orientation.conjugate).rotationVector / ToolMotion.rotation
            let action = [shift.x, shift.y, shift.z, turn.x, turn.y, turn.z, isClosing ? 1 : -1].map(Float.init)
            self.init(scene: scene, tool: tool, opening: opening, action: action)
        }

        /// `tool_in_world` that the action asked for.
        var goal: Pose {
            let values = action.map(Double.init)
            let shift = SIMD3(values[0], values[1], values[2]) * ToolMotion.translation
            let turn = Quaternion(rotationVector: SIMD3(values[3], values[4], values[5]) * ToolMotion.rotation)
            return Pose(position: tool.position + shift, orientation: turn * tool.orientation)
        }
    }

    /// The motion of one subtask.
    struct Segment: Sendable {
        /// Where the actions asked the tool to go, step by step.
        var goals: [Pose]
        /// What the actions asked of the gripper, step by step.
        var grips: [Float]
        /// Where the subtask's object was at the beginning.
        var object: Pose
        /// `held_in_tool` at the beginning.
        var hold: Pose?
        /// Whether what is held is round about its z axis.
        var isRound: Bool
    }

    /// One segment for each of the task's subtasks.
    let segments: [Segment]

    /// Cuts a recording by the signals of a task's subtasks.
    ///
    /// - Throws: ``TaskError`` if the task has no subtasks, an action is not one, or a subtask's end is not found.
    public init(steps: [Step], task: any ManipulationTask) throws(TaskError) {
        let subtasks = task.subtasks
        guard !subtasks.isEmpty else {
            throw TaskError("the task '\(type(of: task).name)' declares no subtasks to cut demonstrations into")
        }
        if let place = steps.firstIndex(where: { $0.action.count != 7 || !$0.action.allSatisfy(\.isFinite) }) {
            throw TaskError("the action of step \(place) is not seven finite numbers")
        }
        var segments: [Segment] = []
        var start = 0
        for (index, subtask) in subtasks.enumerated() {
            let end: Int
            if let isDone = subtask.isDone, index < subtasks.count - 1 {
                let found = steps.indices.dropFirst(start + 1).first { step in
                    isDone(
                        Subtask.View(scene: steps[step].scene, tool: steps[step].tool, opening: steps[step].opening))
                }
                guard let found else {
                    throw TaskError("the subtask '\(subtask.name)' is never done in this demonstration")
                }
                end = found
            } else {
                end = steps.count
            }
            guard end > start else {
                throw TaskError("nothing is left of this demonstration for the subtask '\(subtask.name)'")
            }
            segments.append(Segment(steps[start..<end], of: subtask))
            start = end
        }
        self.segments = segments
    }
}

extension SourceDemonstration.Segment {
    init(_ steps: ArraySlice<SourceDemonstration.Step>, of subtask: Subtask) {
        let first = steps[steps.startIndex]
        goals = steps.map(\.goal)
        grips = steps.map { $0.action[6] }
        object = subtask.frame.pose(in: first.scene)
        hold = subtask.held.map { first.tool.inverse * first.scene.pose(at: $0.offset) }
        isRound = subtask.held?.isRound ?? false
    }

    /// The goals for an object that is elsewhere, and for a hold that is another.
    ///
    /// A goal `g` becomes `o′ · o⁻¹ · g · h · h′⁻¹`, with `o` and `o′` the object's pose then and now, and `h` and `h′` what is
    /// held in the tool's frame then and now: the tool's motion relative to the object is kept (Mandlekar et al., "MimicGen",
    /// 2023, section 4), or the motion of what it holds.
    func goals(object now: Pose, hold present: Pose?) -> [Pose] {
        let move = now * object.inverse
        let regrasp = hold.flatMap { then in present.map { then * turned($0, like: then).inverse } } ?? Pose()
        return goals.map { goal in
            let moved = move * goal * regrasp
            return Pose(position: moved.position, orientation: moved.orientation.normalised)
        }
    }

    /// How much another situation differs from this segment's: metres and radians of the object's pose and of the hold,
    /// added up.
    func difference(object now: Pose, hold present: Pose?) -> Double {
        var sum = Self.difference(object, now)
        if let hold, let present { sum += Self.difference(hold, turned(present, like: hold)) }
        return sum
    }

    /// A hold of a round object, with the object turned about its axis until it is as nearly as can be like another.
    private func turned(_ hold: Pose, like other: Pose) -> Pose {
        guard isRound else { return hold }
        let between = hold.orientation.conjugate * other.orientation
        let angle = 2 * steadyhand_atan2(between.z, between.w)
        return Pose(
            position: hold.position, orientation: hold.orientation * Quaternion(angle: angle, axis: SIMD3(0, 0, 1)))
    }

    private static func difference(_ first: Pose, _ second: Pose) -> Double {
        (first.position - second.position).length
            + (first.orientation * second.orientation.conjugate).rotationVector.length
    }
}
