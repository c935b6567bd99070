import CRealtime
import Realtime
public import Robots

/// The control loop without its driver.
public struct ControlCore: ~Copyable {
    /// What moves the arm at present.
    enum Activity: UInt8, BitwiseCopyable, Sendable {
        /// Stopping at, then staying where the arm is.
        case hold
        /// To a goal of the joints.
        case joints
        /// To a goal of the tool.
        case tool
        /// To the rest pose.
        case rest
        /// Nothing: the motors are off.
        case idle
    }

    /// What the driver measured last.
    public var measurement = Measurement()
    /// The setpoint in force.
    public internal(set) var setpoint = Setpoint()
    /// What the driver is sent.
    public internal(set) var executed = RobotCommand()
    var executedTranslation = SIMD3<Double>(repeating: 0)
    /// How long the stages took.
    public internal(set) var histograms = StageHistograms()
    /// The arm's kinematics and dynamics.
    public internal(set) var model: ArmModel
    /// How the arm comes to rest.
    public internal(set) var machine: StopMachine
    /// What is wrong, latched until a person's reset.
    public internal(set) var faults: SafetyFaults = []

    let channels: ControlChannels
    let setpointHandle: Latest<Setpoint>.Handle
    let snapshotHandle: Latest<ControlSnapshot>.Handle
    let cyclesHandle: Ring<CycleRecord>.Handle
    let requests: Unmanaged<OperatorRequests>
    let heartbeat: Heartbeat.Handle
    let timing: StageTiming
    let mode: RobotCommand.Mode
    let safety: SafetyTimes
    let restPose: JointVector
    let restSpeed: Double
    let releasesTorque: Bool

    var operationalSpace: OperationalSpaceController
    var jointImpedance: JointImpedanceController
    var gripper: GripperRamp
    var filter: SafetyFilter
    var monitor: SafetyMonitor

    var activity = Activity.hold
    var reference = JointReference(at: JointVector(repeating: 0))
    var jointGoal = JointVector(repeating: 0)
    /// What a setpoint asked of the joints, before its goal was moved into their ranges.
    var askedPositions = JointVector(repeating: 0)
    /// Whether the episode begins where the arm is, with the world as it is.
    public internal(set) var beganInPlace = false
    var toolGoal = Pose()
    var gripperGoal = 0.0
    var toolPose = Pose()
    var positions = JointVector(repeating: 0)
    var velocities = JointVector(repeating: 0)
    var hasMeasured = false
    var isSetpointNew = false
    var setpointTime = MonotonicTime.zero
    var phaseTime = MonotonicTime.zero
    var flags: UInt32 = 0
    var requested = RobotCommand()
    var cycle: UInt64 = 0
    var setpointVersion: UInt64 = 0
    var lastSequence: UInt64 = 0
    var episodeSequence: UInt64 = 0
    var record = CycleRecord()
    var snapshot = ControlSnapshot()
    /// A bit for each joint that was too far from its reference since the last start.
    var laggingJoints: UInt32 = 0
    var outcome = CycleOutcome()
    var marks = InlineArray<4, UInt64>(repeating: 0)

    init(
        robot: RobotDescription, channels: ControlChannels, mode: RobotCommand.Mode, timing: StageTiming
    ) throws(ArmModelError) {
        model = try ArmModel(robot: robot)
        self.channels = channels
        setpointHandle = channels.setpoint.handle
        snapshotHandle = channels.snapshot.handle
        cyclesHandle = channels.cycles.handle
        requests = Unmanaged.passUnretained(channels.operatorRequest)
        heartbeat = channels.heartbeat.handle
        self.mode = mode
        self.timing = timing
        safety = SafetyTimes(robot: robot)
        restPose = robot.safety.restPose ?? robot.home
        restSpeed = robot.safety.restSpeedFraction
        releasesTorque = robot.safety.torquePolicy == .release
        machine = StopMachine(hasRestPose: robot.safety.restPose != nil)
        operationalSpace = OperationalSpaceController(robot: robot)
        jointImpedance = JointImpedanceController(robot: robot)
        gripper = GripperRamp(robot: robot)
        filter = SafetyFilter(robot: robot)
        monitor = SafetyMonitor(robot: robot)
    }
}

/// The durations of a robot's safety description, in ns and rad.
struct SafetyTimes: BitwiseCopyable, Sendable {
    let commandAge: UInt64
    let holdDuration: UInt64
    let decelerationDuration: UInt64
    let trackingError: Double
    let period: Double

    init(robot: RobotDescription) {
        commandAge = UInt64(robot.safety.commandAge * 1e9)
        holdDuration = UInt64(robot.safety.holdDuration * 1e9)
        decelerationDuration = UInt64(robot.safety.decelerationDuration * 1e9)
        trackingError = robot.safety.trackingError
        period = robot.controlPeriod
    }
}
