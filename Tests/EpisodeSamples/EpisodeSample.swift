public import Cameras
public import Control
public import Episodes
public import Policies
import Realtime
import Robots

/// An episode whose every number follows from where it stands, so that what comes back from disk can be compared.
public struct EpisodeSample: Sendable {
    /// What all numbers follow from.
    public var seed: UInt64
    /// The episode's header.
    public var header: EpisodeHeader

    /// What the sample's policy sees.
    public static let layout = ObservationLayout(parts: [
        .init(name: "robot0_eef_pos", fields: [.values(3)]),
        .init(name: "robot0_eef_quat", fields: [.quaternion]),
        .init(name: "object", fields: [.values(3), .quaternion, .values(3), .quaternion]),
    ])
    /// The cameras of the episodes that a killed program wrote.
    public static let probeCameras = [
        EpisodeCamera(name: "agentview", width: 16, height: 12), EpisodeCamera(name: "wrist", width: 8, height: 8),
    ]
    /// Control cycles in a control step.
    public static let cyclesPerStep = 25

    /// A sample of that seed.
    public init(
        seed: UInt64, robotName: String = "panda", task: String = "square", cameras: [EpisodeCamera] = [],
        start: Double? = nil
    ) {
        self.seed = seed
        header = EpisodeHeader(
            robotName: robotName, robotText: "name: \(robotName)\n# a ± b\n", jointCount: 7, task: task,
            variant: "d0", seed: seed, schedule: "lockstep", hardware: "simulated", policy: "expert",
            configurationText: "task: \(task)\n", versions: ["steadyhand": "0.1", "mujoco": "4.0.1"],
            layout: Self.layout, cameras: cameras, sceneSize: 33, startWallClock: start)
    }

    /// A number between −1 and 1 with all of its bits in use.
    private func number(_ place: Int...) -> Double {
        var state = seed
        for part in place {
            state ^= UInt64(bitPattern: Int64(part)) &+ 0x9e37_79b9_7f4a_7c15 &+ (state << 6) &+ (state >> 2)
            state = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
            state = (state ^ (state >> 27)) &* 0x94d0_49bb_1331_11eb
            state ^= state >> 31
        }
        return Double(Int64(bitPattern: state)) / 9.3e18
    }

    private func vector(_ row: Int, _ kind: Int) -> JointVector {
        JointVector((0..<7).map { number(row, kind, $0) })
    }

    /// The control step of that number, 50 ms after the one before.
    public func step(_ row: Int) -> StepRecord {
        var step = StepRecord()
        step.time = MonotonicTime(nanoseconds: UInt64(row) * 50_000_000)
        step.observationTime = MonotonicTime(nanoseconds: UInt64(row) * 50_000_000 &- UInt64(row > 0 ? 137 : 0))
        step.observation = (0..<header.layout.size).map { Float(number(row, 1, $0)) }
        step.nextObservation = (0..<header.layout.size).map { Float(number(row + 1, 1, $0)) }
        step.frames = header.cameras.indices.map { frame(row, $0) }
        step.nextFrames = header.cameras.indices.map { frame(row + 1, $0) }
        step.action = (0..<7).map { Float(number(row, 2, $0)) }
        step.baseAction = (0..<7).map { Float(number(row, 3, $0)) }
        step.executedAction = (0..<7).map { Float(number(row, 4, $0)) }
        step.reward = Float(number(row, 5))
        step.scene.count = header.sceneSize
        for index in 0..<header.sceneSize { step.scene[index] = number(row, 6, index) }
        step.policyVersion = UInt64(row / 10)
        step.setpointSequence = UInt64(row + 1)
        step.chunkPhase = Int32(row % 16)
        step.isTakeover = row % 7 == 3
        return step
    }

    /// What a camera saw before that control step, 7 ms before its observation.
    public func frame(_ row: Int, _ camera: Int) -> CameraFrame {
        let size = header.cameras[camera]
        var image = Image(width: size.width, height: size.height)
        for index in image.pixels.indices {
            image.pixels[index] = UInt8(truncatingIfNeeded: index / 7 &+ row &* 31 &+ camera &* 101 &+ Int(seed))
        }
        return CameraFrame(
            image: image, time: MonotonicTime(nanoseconds: UInt64(row) * 50_000_000 + 93_000_000),
            sequence: UInt64(row + 1))
    }

    /// The setpoint of that control step.
    public func setpoint(_ row: Int) -> Setpoint {
        var setpoint = Setpoint()
        setpoint.time = MonotonicTime(nanoseconds: UInt64(row) * 50_000_000)
        setpoint.sequence = UInt64(row + 1)
        setpoint.policyVersion = UInt64(row / 10)
        setpoint.kind = row == 0 ? .beginEpisode : .toolDelta
        setpoint.jointPositions = vector(row, 10)
        setpoint.translation = SIMD3(number(row, 11), number(row, 12), number(row, 13))
        setpoint.rotation = SIMD3(number(row, 14), number(row, 15), number(row, 16))
        setpoint.gripperOpening = number(row, 17)
        if row == 0 {
            setpoint.scene.count = header.sceneSize
            for index in 0..<header.sceneSize { setpoint.scene[index] = number(row, 18, index) }
        }
        return setpoint
    }

    /// The control cycle of that number, 2 ms after the one before.
    public func cycle(_ row: Int) -> CycleRecord {
        var cycle = CycleRecord()
        cycle.time = MonotonicTime(nanoseconds: UInt64(row) * 2_000_000)
        cycle.cycle = UInt64(row)
        cycle.state.time = cycle.time
        cycle.state.cycle = UInt64(row)
        cycle.state.jointPositions = vector(row, 20)
        cycle.state.jointVelocities = vector(row, 21)
        cycle.state.jointTorques = vector(row, 22)
        for joint in 0..<7 { cycle.state.jointTimes[joint] = MonotonicTime(nanoseconds: UInt64(row * 100 + joint)) }
        cycle.state.jointFaults[row % 7] = row % 5 == 0 ? [.noReply, .overheated] : []
        cycle.state.gripper.opening = number(row, 23)
        cycle.state.gripper.velocity = number(row, 24)
        cycle.state.gripper.force = number(row, 25)
        cycle.state.gripper.time = cycle.time
        cycle.state.gripper.fault = row % 11 == 0 ? [.overload] : []
        cycle.requested = command(row, 30)
        cycle.executed = command(row, 40)
        cycle.requests = OperatorRequests.Pending(rawValue: UInt8(row % 8))
        cycle.interventions = LimiterFlags(rawValue: UInt32(row % 1024))
        cycle.faults = SafetyFaults(rawValue: .init(row % 16))
        cycle.phase = StopPhase.allCases[row % StopPhase.allCases.count]
        cycle.setpointSequence = UInt64(row / Self.cyclesPerStep + 1)
        cycle.episodeSequence = 1
        cycle.wakeLateness = UInt64(row % 999)
        cycle.stepDuration = UInt64(row % 777)
        return cycle
    }

    private func command(_ row: Int, _ kind: Int) -> RobotCommand {
        var command = RobotCommand()
        command.time = MonotonicTime(nanoseconds: UInt64(row) * 2_000_000)
        command.cycle = UInt64(row)
        command.mode = row % 2 == 0 ? .torque : .position
        command.jointPositions = vector(row, kind)
        command.jointTorques = vector(row, kind + 1)
        command.gripperOpening = number(row, kind + 2)
        return command
    }

    /// Appends everything that belongs to one control step.
    public func append(step row: Int, to writer: EpisodeWriter) throws(EpisodeError) {
        try writer.append(setpoint(row))
        for cycle in row * Self.cyclesPerStep..<(row + 1) * Self.cyclesPerStep {
            try writer.append(self.cycle(cycle))
        }
        try writer.append(step(row))
    }

    /// Writes a complete episode.
    ///
    /// - Returns: Its path.
    @discardableResult
    public func write(
        _ steps: Int, to folder: String, index: Int,
        outcome: EpisodeOutcome = EpisodeOutcome(success: true, ending: .success)
    ) throws(EpisodeError) -> String {
        let writer = try EpisodeWriter(folder: folder, index: index, header: header)
        for row in 0..<steps { try append(step: row, to: writer) }
        try writer.finish(outcome)
        return writer.path
    }
}
