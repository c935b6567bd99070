internal import Glibc
internal import Numerics
public import Robots

/// A person's hand that moves an emulated arm whose motors are off: for those who have no leader, and for calibration.
public struct Hand: Sendable {
    /// What it does.
    public enum Motion: String, CaseIterable, Sendable {
        /// It waits where the arm began. Three seconds after somebody has spoken to the motors it goes home, then from one pose to
        /// the next, in a region that an arm reaches without touching anything.
        case poses
        /// It waits at home. Twelve seconds after somebody has spoken to the motors it moves each joint to both of its ends, one
        /// after the other, and begins again with twelve seconds at home. Nothing is in the arm's way.
        case sweep
    }

    /// Where an axis is led, in rad or m, and how fast it goes there.
    struct Target: Equatable {
        var position: Double
        var velocity: Double
    }

    /// What it does.
    public let motion: Motion
    private let robot: RobotDescription
    private let region: PoseRegion?
    private var random: RandomStream
    private var from: [Double] = []
    private var to: [Double] = []
    private var begin = 0.0
    private var duration = 0.0
    private var pause = 0.0
    private var count = 0
    /// Whether nobody speaks to the motors.
    private var isWaiting = true
    /// Where it waits then.
    private var waitingPlace: [Double] = []

    /// After this long without a word to the motors the hand brings the arm back to where it waits, s.
    static let silence = 2.0

    /// A hand at a robot.
    ///
    /// - Parameter seed: Of the poses.
    /// - Throws: `ArmModelError` if the robot's model cannot be used.
    public init(_ motion: Motion, robot: RobotDescription, seed: UInt64) throws(ArmModelError) {
        self.motion = motion
        self.robot = robot
        random = RandomStream.derived(from: seed, 0x68616E64)
        region = motion == .poses ? try PoseRegion(robot: robot) : nil
    }

    /// Takes hold of the arm where it is.
    mutating func begin(at pose: JointVector, opening: Double) {
        let here = pose.array(count: robot.jointCount) + [opening]
        waitingPlace = motion == .sweep ? home : here
        (from, to) = (here, here)
        (begin, duration, pause, count, isWaiting) = (0, 0, 0, 0, true)
        goBack(at: 0)
    }

    /// Where the axes are led at a moment, which may only grow.
    ///
    /// - Parameter heard: When somebody last spoke to the motors; nil where nobody has.
    mutating func targets(at time: Double, heard: Double?) -> [Target] {
        let isSilent = heard.map { time - $0 > Self.silence } ?? true
        if isSilent != isWaiting {
            isWaiting = isSilent
            goBack(at: time)
        }
        while !isWaiting, time >= begin + duration + pause { turn(at: begin + duration + pause) }
        return zip(places(at: time), 0...).map { place, index in
            guard index == robot.jointCount else { return place }
            let finger = robot.gripper.fingerPosition(at: place.position)
            let scale = robot.gripper.fingerPosition(at: 1) - robot.gripper.fingerPosition(at: 0)
            return Target(position: finger, velocity: place.velocity * scale)
        }
    }

    /// Where the joints are led, and the opening.
    private func places(at time: Double) -> [Target] {
        let part = duration > 0 ? min(1, max(0, (time - begin) / duration)) : 1
        // Least jerk, from rest to rest.
        let way = part * part * part * (10 + part * (6 * part - 15))
        let speed = duration > 0 && part < 1 ? 30 * part * part * (1 - part) * (1 - part) / duration : 0
        return zip(from, to).map { from, to in
            Target(position: from + way * (to - from), velocity: speed * (to - from))
        }
    }

    /// To where it waits, at a quick hand's speed. It stays there while nobody speaks, and for its time after that.
    private mutating func goBack(at time: Double) {
        from = places(at: time).map(\.position)
        to = waitingPlace
        begin = time
        duration = longestWay * 15 / 8 / 2.5
        (pause, count) = motion == .sweep ? (12, 1) : (3, 0)
    }

    /// How far the axis goes that goes farthest, rad; the whole opening counts as a radian.
    private var longestWay: Double {
        let range = robot.gripper.maximumOpening - robot.gripper.minimumOpening
        return zip(from, to).enumerated().map { index, ends in
            abs(ends.1 - ends.0) / (index == robot.jointCount ? range : 1)
        }.max() ?? 0
    }

    /// At home, the gripper half open.
    private var home: [Double] {
        robot.joints.map(\.home) + [(robot.gripper.minimumOpening + robot.gripper.maximumOpening) / 2]
    }

    /// Begins the next way.
    private mutating func turn(at time: Double) {
        from = to
        begin = time
        count += 1
        switch motion {
        case .poses: choosePose()
        case .sweep: chooseEnd()
        }
        // The greatest speed of the least jerk is 15/8 of the mean one: half a radian a second, or a quick hand's.
        duration = longestWay * 15 / 8 / (motion == .sweep ? 2.5 : 0.5)
        pause = motion == .poses ? 0.5 : isAtHome ? 12 : 0.3
    }

    /// Where in its round a sweep is: home, then three ways for each joint and the gripper.
    private var sweepStep: Int { (count - 1) % (1 + 3 * (robot.jointCount + 1)) }

    private var isAtHome: Bool { sweepStep == 0 }

    private mutating func choosePose() {
        let gripper = robot.gripper
        to = home
        guard count > 1, let region else { return }
        let pose = region.choose(&random)
        let opening = random.uniform(0.1, 0.9) * (gripper.maximumOpening - gripper.minimumOpening)
        to = pose.array(count: robot.jointCount) + [gripper.minimumOpening + opening]
    }

    private mutating func chooseEnd() {
        let gripper = robot.gripper
        // Each axis to one end, to the other, and back.
        let step = sweepStep
        to = home
        guard step > 0 else { return }
        let axis = (step - 1) / 3
        let (lower, upper) =
            axis < robot.jointCount
            ? (robot.joints[axis].lower, robot.joints[axis].upper)
            : (gripper.minimumOpening, gripper.maximumOpening)
        // A bit beyond: the joint's own end stops it.
        let beyond = 0.02 * (upper - lower)
        switch (step - 1) % 3 {
        case 0: to[axis] = lower - beyond
        case 1: to[axis] = upper + beyond
        default: break
        }
    }
}

/// Poses around home whose tool is well within the robot's workspace.
private struct PoseRegion: Sendable {
    private let poses: [JointVector]

    init(robot: RobotDescription) throws(ArmModelError) {
        var model = try ArmModel(robot: robot)
        var random = RandomStream.derived(from: 0, 0x706F7365)
        var found: [JointVector] = [robot.home]
        let lower = robot.safety.workspace.lower + SIMD3(repeating: 0.05)
        let upper = robot.safety.workspace.upper - SIMD3(repeating: 0.05)
        for _ in 0..<2000 where found.count < 100 {
            var pose = robot.home
            for (index, joint) in robot.joints.enumerated() {
                let reach = min(0.6, 0.4 * (joint.upper - joint.lower))
                pose[index] = min(max(joint.home + random.uniform(-reach, reach), joint.lower), joint.upper)
            }
            model.update(positions: pose, velocities: .zero, gripperOpening: robot.gripper.maximumOpening)
            let tool = model.toolPose.position
            if all(tool .> lower), all(tool .< upper), tool.z > 0.08 { found.append(pose) }
        }
        poses = found
    }

    func choose(_ random: inout RandomStream) -> JointVector { poses[random.integer(below: poses.count)] }
}
