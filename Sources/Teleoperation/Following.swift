public import Realtime
public import Robots

/// How a follower takes up its leader: it begins where it is and comes to the leader's pose at a limited speed, and is
/// refused if that is too far away.
///
/// A pure value. What the follower is told is the leader's pose and an offset, which is at first what keeps the follower
/// where it is, and shrinks to nothing: the leader's own motion is followed from the first moment on.
public struct Following: Sendable {
    /// What a leader's pose comes to.
    public enum Answer: Sendable {
        /// There is no pose, or an old one: nothing is asked for, so that the control loop holds the follower.
        case wait
        /// Where the follower is to go.
        case go(positions: JointVector, opening: Double)
    }

    /// How far it may be at the start, how fast it comes nearer, and when a pose is too old.
    public struct Limits: Equatable, Sendable {
        /// The largest distance of a joint at the start, rad.
        public var distance: Double
        /// The speed at which a distance shrinks, rad/s.
        public var rampSpeed: Double
        /// The greatest age of a pose, s.
        public var age: Double

        /// See the properties.
        public init(distance: Double, rampSpeed: Double, age: Double) {
            self.distance = distance
            self.rampSpeed = rampSpeed
            self.age = age
        }
    }

    /// Whether the follower has been brought to the leader's pose.
    public private(set) var hasArrived = false
    private let robot: RobotDescription
    private let limits: Limits
    private var offset = JointVector.zero
    private var openingOffset = 0.0
    private var last: MonotonicTime?

    /// - Parameters:
    ///   - robot: The follower.
    ///   - limits: See there.
    public init(robot: RobotDescription, limits: Limits) {
        self.robot = robot
        self.limits = limits
    }

    /// Begins anew, from where the follower is then.
    public mutating func restart() {
        self = Following(robot: robot, limits: limits)
    }

    /// Where the follower is to go now.
    ///
    /// - Parameters:
    ///   - leader: The newest pose.
    ///   - state: The follower's measurement.
    ///   - now: The present moment.
    /// - Throws: ``LeaderTooFar`` at the first pose, if a joint is too far from the leader's.
    public mutating func step(
        leader: borrowing LeaderPose, follower state: borrowing RobotState, now: MonotonicTime
    ) throws(LeaderTooFar) -> Answer {
        guard leader.isComplete, Double(now.nanoseconds(since: leader.time)) <= limits.age * 1e9 else { return .wait }
        let gripper = robot.gripper
        let opening = gripper.minimumOpening + leader.openness * (gripper.maximumOpening - gripper.minimumOpening)
        if let last {
            let elapsed = Double(now.nanoseconds(since: last)) * 1e-9
            // A pause lets nothing jump: what has been missed is not made up for.
            shrink(by: limits.rampSpeed * min(elapsed, limits.age))
        } else {
            try begin(leader: leader, follower: state, opening: opening)
        }
        last = now
        var positions = leader.positions
        for joint in 0..<robot.jointCount { positions[joint] += offset[joint] }
        return .go(positions: positions, opening: opening + openingOffset)
    }

    private mutating func begin(
        leader: borrowing LeaderPose, follower state: borrowing RobotState, opening: Double
    ) throws(LeaderTooFar) {
        var far: [LeaderTooFar.Joint] = []
        for (joint, description) in robot.joints.enumerated() {
            let distance = state.jointPositions[joint] - leader.positions[joint]
            offset[joint] = distance
            if abs(distance) > limits.distance {
                far.append(
                    LeaderTooFar.Joint(
                        name: description.name, leader: leader.positions[joint], follower: state.jointPositions[joint]))
            }
        }
        if !far.isEmpty { throw LeaderTooFar(joints: far, limit: limits.distance) }
        openingOffset = state.gripper.opening - opening
        hasArrived = false
    }

    private mutating func shrink(by step: Double) {
        var rest = 0.0
        for joint in 0..<robot.jointCount {
            offset[joint] = offset[joint] > 0 ? max(0, offset[joint] - step) : min(0, offset[joint] + step)
            rest = max(rest, abs(offset[joint]))
        }
        // The gripper takes as long for its whole range as a joint for a radian.
        let range = robot.gripper.maximumOpening - robot.gripper.minimumOpening
        openingOffset =
            openingOffset > 0 ? max(0, openingOffset - step * range) : min(0, openingOffset + step * range)
        hasArrived = rest == 0 && openingOffset == 0
    }
}

/// Why a leader is not followed: its pose is too far from the follower's.
public struct LeaderTooFar: Error, Equatable, Sendable, CustomStringConvertible {
    /// A joint that is too far.
    public struct Joint: Equatable, Sendable {
        /// Its name.
        public var name: String
        /// Where the leader's is, rad.
        public var leader: Double
        /// Where the follower's is, rad.
        public var follower: Double
    }

    /// The joints that are too far.
    public var joints: [Joint]
    /// How far they may be, rad.
    public var limit: Double

    /// All joints that are too far, and what to do.
    public var description: String {
        let list = joints.map { joint in
            "\(joint.name) is at \(Self.degrees(joint.leader)), the follower's at \(Self.degrees(joint.follower))"
        }
        return "the leader is too far from its follower: \(list.joined(separator: "; ")); bring every joint within "
            + "\(Self.degrees(limit)) and begin again"
    }

    private static func degrees(_ angle: Double) -> String { "\(Int((angle * 180 / .pi).rounded()))°" }
}
