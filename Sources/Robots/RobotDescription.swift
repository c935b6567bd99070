/// What a robot file says about one kind of robot: its model, joints, gripper, gains, limits and rates.
///
/// Everything is in SI units and nothing that affects safety has a default: a robot file that leaves out a limit is
/// refused. See ``load(path:)``.
public struct RobotDescription: Equatable, Sendable {
    /// What the robot is called in run folders and episode files, such as `panda`.
    public var name: String
    /// The robot file that this was read from; empty if it was made otherwise.
    public var path: String
    /// The robot file's text as it was read, for the run folder.
    public var text: String
    /// Absolute path of the MuJoCo model of the arm with its gripper.
    public var modelPath: String
    /// The body of the model that the tool frame is fixed to.
    public var toolBody: String
    /// The tool frame in the tool body's frame.
    public var toolOffset: Pose
    /// The depths of hardware that this robot can be run at.
    public var supportedHardware: [HardwareKind]
    /// The arm's joints, base to tip; at most ``JointVector/capacity``.
    public var joints: [JointDescription]
    /// The gripper.
    public var gripper: GripperDescription
    /// What the robot's motors are and how they are reached; empty where there is none to reach.
    public var devices: [DeviceDescription]
    /// Where cameras are fixed to the robot.
    public var cameras: [CameraMount]
    /// Rates and gains.
    public var control: ControlDescription
    /// What the safety filter and the stop sequence hold the robot to.
    public var safety: SafetyDescription
    /// What the control thread asks of the machine.
    public var realtime: RealtimeDescription

    /// How many joints the arm has.
    public var jointCount: Int { joints.count }

    /// One control period, s.
    public var controlPeriod: Double { 1 / control.rate }

    /// The joints' home positions, rad.
    public var home: JointVector { JointVector(joints.map(\.home)) }
}

/// How much of a robot is real.
public enum HardwareKind: String, CaseIterable, Equatable, Sendable {
    /// Everything is: the robot in the lab.
    case real
    /// Driver, codec and bus timing are; an emulator answers in place of the motors.
    case emulated
    /// Everything above the driver is; physics answers in place of the devices.
    case simulated
}

/// One joint of an arm and its limits.
public struct JointDescription: Equatable, Sendable {
    /// The joint's name in the model.
    public var name: String
    /// Lowest position, rad.
    public var lower: Double
    /// Highest position, rad.
    public var upper: Double
    /// Largest speed, rad/s.
    public var velocity: Double
    /// Largest acceleration, rad/s².
    public var acceleration: Double
    /// Largest jerk, rad/s³.
    public var jerk: Double
    /// Largest torque, N·m.
    public var torque: Double
    /// Largest change of torque, N·m/s.
    public var torqueRate: Double
    /// Where an episode begins, rad.
    public var home: Double
}

/// A gripper of parallel fingers.
public struct GripperDescription: Equatable, Sendable {
    /// The fingers' joints in the model; the opening is the sum of their positions, or follows from the jaw's angle.
    public var joints: [String]
    /// Smallest distance between the fingers, m.
    public var minimumOpening: Double
    /// Largest distance between the fingers, m.
    public var maximumOpening: Double
    /// Largest speed of the opening, m/s.
    public var speed: Double
    /// Largest force of one finger, N.
    public var force: Double
    /// How the gripper turns; nil for one whose fingers slide and that no motor's angle is known of.
    public var turn: GripperTurn?

    /// Whether the fingers' joints in the model turn; a motor may turn where fingers slide.
    ///
    /// One jaw turns; fingers that slide are two or more.
    public var hasTurningJaw: Bool { turn != nil && joints.count == 1 }

    /// The position of each finger's joint in the model at an opening (m): rad of a jaw that turns, m of fingers that slide.
    public func fingerPosition(at opening: Double) -> Double {
        if hasTurningJaw, let turn { return turn.angle(at: opening) }
        return opening / Double(joints.count)
    }
}

/// A gripper that a turning motor moves, or whose jaw turns: opening and angle go together, in equal parts.
public struct GripperTurn: BitwiseCopyable, Equatable, Sendable {
    /// The angle at the smallest opening, rad.
    public var closed: Double
    /// The angle at the largest opening, rad.
    public var open: Double
    /// Smallest distance between the fingers, m.
    public var minimumOpening: Double
    /// Largest distance between the fingers, m.
    public var maximumOpening: Double

    /// Change of the opening for a radian, m/rad.
    public var openingPerRadian: Double {
        @_noLocks get { (maximumOpening - minimumOpening) / (open - closed) }
    }

    /// The distance between the fingers (m) at an angle (rad).
    @_noLocks
    public func opening(at angle: Double) -> Double { minimumOpening + (angle - closed) * openingPerRadian }

    /// The angle (rad) at a distance between the fingers (m).
    @_noLocks
    public func angle(at opening: Double) -> Double { closed + (opening - minimumOpening) / openingPerRadian }
}
