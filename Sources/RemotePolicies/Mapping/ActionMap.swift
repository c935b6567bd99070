/// What the numbers of a server's actions stand for, and how they become actions of this program, −1…1.
public struct ActionMap: Equatable, Sendable {
    /// What the numbers stand for.
    public enum Meaning: String, CaseIterable, Equatable, Sendable {
        /// They are already what the job's actions are: −1…1. LIBERO's are: translation, rotation vector and gripper, −1 open.
        case job
        /// Velocities of the joints as fractions of the largest, and how far the gripper is to be closed, 0…1: DROID's. The
        /// gripper is opened or closed, whichever is nearer.
        case jointVelocities = "joint_velocities"
        /// Positions of the joints, rad, and how far the gripper is to be open, 0…1: ALOHA's.
        case jointPositions = "joint_positions"
    }

    /// The range of each joint that ±1 of an action stands for, rad.
    public struct JointRanges: Equatable, Sendable {
        /// The position of −1.
        public var lower: [Double]
        /// From there to 0.
        public var half: [Double]

        /// Takes both; one number for each joint.
        public init(lower: [Double], half: [Double]) {
            self.lower = lower
            self.half = half
        }

        func action(_ position: Double, joint: Int) -> Float {
            Float(min(1, max(-1, (position - lower[joint]) / half[joint] - 1)))
        }
    }

    /// What the numbers stand for.
    public var meaning: Meaning
    /// How many numbers an action has.
    public var size: Int
    /// For meanings in terms of joints.
    public var ranges: JointRanges
    /// How far a joint goes in one step at a velocity of 1, rad; DROID's is 0.2, at 15 steps a second.
    public var jointStep: Double

    /// Actions of `size` numbers that mean `meaning`.
    public init(
        _ meaning: Meaning, size: Int, ranges: JointRanges = JointRanges(lower: [], half: []), jointStep: Double = 0.2
    ) {
        precondition(meaning == .job || ranges.lower.count + 1 == size, "one number for each joint and the gripper")
        self.meaning = meaning
        self.size = size
        self.ranges = ranges
        self.jointStep = jointStep
    }

    /// Actions of this program, from those of a server.
    ///
    /// - Parameters:
    ///   - rows: a chunk; each action has ``size`` finite numbers.
    ///   - positions: the joints' when the observation was made, rad: where velocities begin.
    func actions(_ rows: [[Float]], from positions: ArraySlice<Float>) -> [[Float]] {
        switch meaning {
        case .job: return rows.map { $0.map { min(1, max(-1, $0)) } }
        case .jointPositions:
            return rows.map { row in
                ranges.lower.indices.map { ranges.action(Double(row[$0]), joint: $0) }
                    + [1 - 2 * min(1, max(0, row[size - 1]))]
            }
        case .jointVelocities:
            var goal = positions.map(Double.init)
            return rows.map { row in
                for joint in goal.indices { goal[joint] += jointStep * Double(min(1, max(-1, row[joint]))) }
                return goal.indices.map { ranges.action(goal[$0], joint: $0) } + [row[size - 1] > 0.5 ? 1 : -1]
            }
        }
    }
}
