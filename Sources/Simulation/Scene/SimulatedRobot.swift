internal import CMuJoCo
public import Control
public import Realtime
public import Robots

/// A robot in a simulated scene, as a driver: MuJoCo answers measurements and takes commands.
///
/// ``write(_:)`` advances the world by one control period, ``read(into:now:)`` costs a copy of the state. The scene of a
/// measurement is the whole physics state, laid out as ``SceneLayout`` says; ``reset(to:)`` takes any such scene and
/// puts the solver's memory back too, so that the same scene and the same commands give the same bytes.
///
/// A simulation that diverges (a value that is not finite, a contact or constraint that found no room) reports
/// `DeviceFault.sensor` on every joint until the next reset.
public struct SimulatedRobot: RobotDriver, ~Copyable {
    /// Where things are in the scene of a measurement.
    public let layout: SceneLayout
    /// Physics steps per control period.
    public let stepsPerCycle: Int

    let scene: CompiledScene
    let model: UnsafeMutablePointer<mjModel>
    let data: UnsafeMutablePointer<mjData>
    private let arm: SimulatedArm
    private let snapshotCount: Int
    private let transfer: SceneTransfer
    private let gripperRange: ClosedRange<Double>
    private let initial: SceneSnapshot
    private var mode = RobotCommand.Mode.idle
    /// Where the brakes closed.
    private var braked = JointVector.zero

    /// Compiles the task's scene with the robot in it.
    ///
    /// - Throws: ``SceneError`` if the robot's model cannot be read, lacks something the robot file names, or does not
    ///   fit the scene.
    public init(task: any ManipulationTask, robot: RobotDescription) throws(SceneError) {
        let scene = try CompiledScene(task: task, robot: robot, visuals: .collision)
        guard let data = mj_makeData(scene.model) else {
            throw SceneError("no memory for the state of the scene")
        }
        self.scene = scene
        self.data = data
        model = scene.model
        arm = scene.arm
        layout = scene.layout
        snapshotCount = layout.count
        transfer = SceneTransfer(layout)
        stepsPerCycle = Int((robot.controlPeriod / scene.model.pointee.opt.timestep).rounded())
        gripperRange = robot.gripper.minimumOpening...robot.gripper.maximumOpening
        initial = task.initialScene(seed: 0)
        arm.drive(model, asServos: true)
        _ = reset(to: initial)
    }

    deinit {
        mj_deleteData(data)
    }

    /// There is nothing to connect to; the scene begins as the task's with seed 0.
    public mutating func connect() throws(DriverError) {
        _ = reset(to: initial)
    }

    /// Closes the brakes.
    public mutating func disconnect() {
        write(RobotCommand())
    }

    /// Copies the state out of the simulation.
    @_noLocks
    public mutating func read(into measurement: inout Measurement, now: MonotonicTime) {
        guard isSound else {
            for joint in 0..<arm.jointCount { measurement.state.jointFaults[joint] = .sensor }
            measurement.state.gripper.fault = .sensor
            return
        }
        let positions = data.pointee.qpos!
        let velocities = data.pointee.qvel!
        let forces = data.pointee.actuator_force!
        measurement.state.time = now
        for joint in 0..<arm.jointCount {
            measurement.state.jointPositions[joint] = positions[joint]
            measurement.state.jointVelocities[joint] = velocities[joint]
            measurement.state.jointTorques[joint] = forces[Int(arm.actuators[joint])]
            measurement.state.jointTimes[joint] = now
            measurement.state.jointFaults[joint] = DeviceFault(rawValue: 0)
        }
        var opening = 0.0
        var velocity = 0.0
        for finger in arm.jointCount..<(arm.jointCount + arm.fingerCount) {
            opening += positions[finger]
            velocity += velocities[finger]
        }
        if let jaw = arm.jaw {
            opening = jaw.opening(at: opening)
            velocity *= jaw.openingPerRadian
        }
        measurement.state.gripper.opening = opening
        measurement.state.gripper.velocity = velocity
        measurement.state.gripper.force = -forces[arm.gripperActuator] * arm.gripperScale
        measurement.state.gripper.time = now
        measurement.state.gripper.fault = DeviceFault(rawValue: 0)
        transfer.save(data, into: &measurement.scene)
    }

    /// Applies the command for one control period.
    ///
    /// In mode `idle` the arm's brakes hold it, as those of an arm with its torque off do: the model's
    /// own servos keep it where it was.
    @_noLocks
    public mutating func write(_ command: borrowing RobotCommand) {
        if command.mode != mode { change(to: command.mode) }
        let controls = data.pointee.ctrl!
        for joint in 0..<arm.jointCount {
            controls[Int(arm.actuators[joint])] =
                switch mode {
                case .idle: braked[joint]
                case .position: command.jointPositions[joint]
                case .torque: command.jointTorques[joint]
                }
        }
        let opening = min(max(command.gripperOpening, gripperRange.lowerBound), gripperRange.upperBound)
        controls[arm.gripperActuator] = arm.gripperOffset + opening * arm.gripperScale
        for _ in 0..<stepsPerCycle { steadyhand_mj_step(model, data) }
    }

    /// Puts the world into the given state. False, with nothing changed, if the scene is of another layout.
    @_noLocks
    public mutating func reset(to scene: borrowing SceneSnapshot) -> Bool {
        guard scene.count == snapshotCount else { return false }
        steadyhand_mj_resetData(model, data)
        transfer.load(scene, into: data)
        change(to: .idle)
        return true
    }

    /// The tool's pose in the world, from the simulation itself. Allocates nothing, but costs the kinematics.
    public func toolPoseInWorld() -> Pose {
        mj_kinematics(model, data)
        let site = Int(mj_name2id(model, Int32(mjOBJ_SITE.rawValue), "tool"))
        let position = data.pointee.site_xpos + 3 * site
        var turn = (0.0, 0.0, 0.0, 0.0)
        withUnsafeMutableBytes(of: &turn) { buffer in
            mju_mat2Quat(buffer.assumingMemoryBound(to: Double.self).baseAddress, data.pointee.site_xmat + 9 * site)
        }
        return Pose(
            position: SIMD3(position[0], position[1], position[2]),
            orientation: Quaternion(w: turn.0, x: turn.1, y: turn.2, z: turn.3))
    }

    /// Opens the brakes: the actuators are torque motors from here on.
    mutating func release() {
        change(to: .torque)
    }

    private var isSound: Bool {
        @_noLocks get { steadyhand_mj_warnings(data) == 0 }
    }

    @_noLocks
    private mutating func change(to mode: RobotCommand.Mode) {
        if mode == .idle {
            for joint in 0..<arm.jointCount { braked[joint] = data.pointee.qpos[joint] }
        }
        self.mode = mode
        arm.drive(model, asServos: mode != .torque)
    }
}

extension SimulatedRobot: @unchecked Sendable {}

// In this file because the compiler, in debug builds, sees a type's conformances only in the file that declares them.
extension ControlLoop where Driver == SimulatedRobot {
    /// One control cycle with a simulated robot: `ControlLoop.step(now:wakeLateness:)` where the compiler proves that all
    /// of it neither allocates nor locks.
    @_noLocks
    @_noExistentials
    public mutating func runCycle(now: MonotonicTime, wakeLateness: UInt64 = 0) -> CycleOutcome {
        step(now: now, wakeLateness: wakeLateness)
    }
}
