import Control
import Foundation
import Realtime
import Robots

/// A plant for tests: the arm's own model integrated as a double integrator, with an ideal gripper.
///
/// `M·q̈ = torque − bias`, exactly what the filter believes; velocities first, then positions. In mode `position` the arm is
/// where it is commanded.
struct TestArm: RobotDriver, ~Copyable {
    var model: ArmModel
    var state = RobotState()
    let period: Double
    let gripperSpeed: Double
    var start: JointVector
    /// What the next readings are spoilt with.
    var spoilsPositions = false
    var answers = true
    var hasReset = true
    /// Torque that something outside applies, N·m.
    var disturbance = JointVector.zero
    /// Joints are held in a vice.
    var isJammed = false
    var lastCommand = RobotCommand()

    init(robot: RobotDescription) throws(ArmModelError) {
        model = try ArmModel(robot: robot)
        period = robot.controlPeriod
        gripperSpeed = robot.gripper.speed
        start = robot.home
        state.jointPositions = robot.home
        state.gripper.opening = robot.gripper.maximumOpening
    }

    mutating func connect() throws(DriverError) {}
    mutating func disconnect() {}

    @_noLocks
    mutating func read(into measurement: inout Robots.Measurement, now: MonotonicTime) {
        guard answers else { return }
        measurement.state.time = now
        measurement.state.jointPositions = state.jointPositions
        measurement.state.jointVelocities = state.jointVelocities
        measurement.state.jointTorques = state.jointTorques
        measurement.state.gripper = state.gripper
        for joint in 0..<model.jointCount { measurement.state.jointTimes[joint] = now }
        if spoilsPositions { measurement.state.jointPositions[2] = Double.nan }
    }

    @_noLocks
    mutating func write(_ command: borrowing RobotCommand) {
        lastCommand = copy command
        state.gripper.opening = command.gripperOpening
        if isJammed {
            state.jointVelocities = JointVector(repeating: 0)
            return
        }
        if case .position = command.mode {
            for joint in 0..<model.jointCount {
                let next = command.jointPositions[joint]
                state.jointVelocities[joint] = (next - state.jointPositions[joint]) / period
                state.jointPositions[joint] = next
            }
            return
        }
        var torques = JointVector(repeating: 0)
        if case .torque = command.mode { torques = command.jointTorques } else { torques = model.bias }
        model.update(
            positions: state.jointPositions, velocities: state.jointVelocities,
            gripperOpening: state.gripper.opening)
        guard let inertia = model.massMatrix.cholesky(count: model.jointCount) else { return }
        var excess = JointVector(repeating: 0)
        for joint in 0..<model.jointCount {
            excess[joint] = torques[joint] - model.bias[joint] + disturbance[joint]
        }
        let accelerations = inertia.solve(excess)
        for joint in 0..<model.jointCount {
            state.jointVelocities[joint] += accelerations[joint] * period
            state.jointPositions[joint] += state.jointVelocities[joint] * period
        }
    }

    @_noLocks
    mutating func reset(to scene: borrowing SceneSnapshot) -> Bool {
        guard hasReset else { return false }
        state.jointPositions = start
        state.jointVelocities = JointVector(repeating: 0)
        return true
    }
}

/// The concrete entry point: compiling this file is the proof that a whole cycle allocates nothing and takes no lock.
@_noLocks
func runCycle(_ loop: inout ControlLoop<TestArm>, now: MonotonicTime) -> CycleOutcome {
    loop.step(now: now)
}

/// A loop around a ``TestArm`` on a virtual clock.
struct Bench: ~Copyable {
    var loop: ControlLoop<TestArm>
    let channels: ControlChannels
    let robot: RobotDescription
    var clock = VirtualClock(startingAt: MonotonicTime(nanoseconds: 1_000_000_000))
    var sequence: UInt64 = 0
    var outcome = CycleOutcome()
    var snapshot = ControlSnapshot()
    let nanoseconds: UInt64

    init(
        robot: RobotDescription? = nil, mode: RobotCommand.Mode = .torque, timing: StageTiming = .off,
        cycleCapacity: Int = 16
    ) throws {
        let description = try robot ?? Self.panda()
        let channels = ControlChannels(cycleCapacity: cycleCapacity)
        let loop = try ControlLoop(
            driver: TestArm(robot: description), robot: description, channels: channels, mode: mode,
            timing: timing)
        self.init(loop: loop, channels: channels, robot: description)
    }

    private init(loop: consuming ControlLoop<TestArm>, channels: ControlChannels, robot: RobotDescription) {
        self.robot = robot
        self.channels = channels
        nanoseconds = UInt64(robot.controlPeriod * 1e9)
        self.loop = loop
    }

    static func panda() throws -> RobotDescription {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try RobotDescription.load(path: root.appending(path: "robots/panda.yaml").path())
    }

    mutating func publish(_ kind: Setpoint.Kind, _ fill: (inout Setpoint) -> Void = { _ in }) {
        sequence += 1
        var setpoint = Setpoint()
        setpoint.kind = kind
        setpoint.sequence = sequence
        setpoint.time = clock.now
        setpoint.gripperOpening = 0.08
        fill(&setpoint)
        channels.setpoint.publish(setpoint)
    }

    mutating func step() {
        outcome = runCycle(&loop, now: clock.now)
        clock.advance(byNanoseconds: nanoseconds)
    }

    mutating func run(_ cycles: Int) {
        for _ in 0..<cycles { step() }
    }

    mutating func show() -> ControlSnapshot {
        _ = channels.snapshot.read(into: &snapshot)
        return snapshot
    }

    /// Follows moves of the tool for some policy steps of 50 ms.
    mutating func drive(steps: Int, _ fill: (Int, inout Setpoint) -> Void) {
        for index in 0..<steps {
            publish(.toolDelta) { fill(index, &$0) }
            run(25)
        }
    }
}

/// A small generator for tests (Steele, Lea and Flood 2014, SplitMix64).
struct TestRandom: RandomNumberGenerator {
    var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    mutating func uniform(_ range: ClosedRange<Double>) -> Double {
        Double.random(in: range, using: &self)
    }
}
