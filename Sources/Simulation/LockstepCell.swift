internal import Control
internal import Realtime
internal import Robots

/// A simulated robot in its control loop on a virtual clock, driven by normalised actions: what a test or a benchmark
/// needs of a lockstep run, without recording.
struct LockstepCell: ~Copyable {
    var loop: ControlLoop<SimulatedRobot>
    /// What the control loop showed after its last cycle.
    private(set) var snapshot = ControlSnapshot()
    private let channels: ControlChannels
    private let robot: RobotDescription
    private let cyclesPerAction: Int
    private var clock = VirtualClock()
    private var sequence: UInt64 = 0

    /// Why a cell did not begin an episode.
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    init(task: any ManipulationTask, robot: RobotDescription) throws {
        channels = ControlChannels(cycleCapacity: 64)
        loop = try ControlLoop(
            driver: SimulatedRobot(task: task, robot: robot), robot: robot, channels: channels, timing: .off)
        self.robot = robot
        cyclesPerAction = Int((robot.control.rate / task.controlRate).rounded())
    }

    /// The world now, after the last cycle.
    var scene: SceneSnapshot {
        mutating get {
            var measurement = Measurement()
            loop.driver.read(into: &measurement, now: clock.now)
            return measurement.scene
        }
    }

    /// Puts the world into a scene and runs one control cycle.
    mutating func begin(_ scene: SceneSnapshot) throws {
        channels.operatorRequest.requestReset()
        var setpoint = Setpoint()
        setpoint.kind = .beginEpisode
        setpoint.scene = scene
        setpoint.gripperOpening = robot.gripper.maximumOpening
        publish(&setpoint)
        cycle { _ in }
        guard snapshot.episodeSequence == sequence else {
            throw Failure(
                description: "the control loop did not begin the episode: \(snapshot.phase), \(snapshot.faults)")
        }
    }

    /// Runs the control cycles of one policy step, and shows the driver after each of them.
    mutating func apply(_ action: [Float], observe: (borrowing SimulatedRobot) -> Void = { _ in }) {
        let values = action.map(Double.init)
        var setpoint = Setpoint()
        setpoint.kind = .toolDelta
        setpoint.translation = SIMD3(values[0], values[1], values[2]) * ToolMotion.translation
        setpoint.rotation = SIMD3(values[3], values[4], values[5]) * ToolMotion.rotation
        setpoint.gripperOpening = values[6] > 0 ? robot.gripper.minimumOpening : robot.gripper.maximumOpening
        publish(&setpoint)
        for _ in 0..<cyclesPerAction { cycle(observe) }
    }

    private mutating func publish(_ setpoint: inout Setpoint) {
        sequence += 1
        setpoint.sequence = sequence
        setpoint.time = clock.now
        channels.setpoint.publish(setpoint)
    }

    private mutating func cycle(_ observe: (borrowing SimulatedRobot) -> Void) {
        _ = loop.runCycle(now: clock.now)
        clock.advance(byNanoseconds: UInt64((robot.controlPeriod * 1e9).rounded()))
        observe(loop.driver)
        _ = channels.snapshot.read(into: &snapshot)
        var record = CycleRecord()
        while channels.cycles.pop(into: &record) {}
    }
}
