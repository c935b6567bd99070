import Control
import Drivers
import Emulation
import Episodes
import Foundation
import Realtime
import Robots
import Teleoperation
import Testing

@testable import Runtime

/// A leader that stands still at home, and ahead of it from a moment on.
private struct StillLeader: RobotDriver {
    let home: JointVector
    let ahead: JointVector
    let isAhead: EndFlag
    mutating func connect() throws(DriverError) {}
    mutating func read(into measurement: inout Robots.Measurement, now: MonotonicTime) {
        measurement.state.jointPositions = isAhead.isSet ? ahead : home
        for joint in 0..<8 { measurement.state.jointTimes[joint] = now }
        measurement.state.gripper.opening = 0.06
        measurement.state.gripper.time = now
        measurement.state.time = now
    }
    mutating func write(_ command: borrowing RobotCommand) {}
    mutating func reset(to scene: borrowing SceneSnapshot) -> Bool { false }
    mutating func disconnect() {}
}

/// Runs on an emulated arm, in real time, to which something happens on the way.
@Suite(.serialized) struct LostHardwareTests {
    private struct Ended {
        var result: OperateResult
        var servos: FeetechDevices
        var cycles: [CycleRecord]
        var port: String

        /// What a person is told.
        var said: String { result.ended ?? "" }
    }

    /// Lets something happen as soon as an episode is under way.
    private static func happen(in out: String, _ body: @escaping @Sendable () -> Void) {
        let episode = Dataset.episodePath(folder: out + "/episodes", index: 0) + ".partial"
        Thread.detachNewThread {
            while !FileManager.default.fileExists(atPath: episode) { Thread.sleep(forTimeInterval: 0.02) }
            // Until the arm is moved, and a bit.
            Thread.sleep(forTimeInterval: 1.5)
            body()
        }
    }

    /// A job on an arm at a port, and patient: a busy machine is not what is looked at here.
    private func context(_ emulator: EmulatorTerminal, calibration file: String) throws -> JobContext {
        try WorkingFolder.use()
        var job = try JobConfiguration.load(path: packagePath + "/configs/so101-leader.yaml")
        job.teleoperation?.duration = 60
        var context = try JobContext(job: job, hardware: .real)
        context.robot.safety.stateAge = 1
        context.robot.safety.commandAge = 5
        context.robot.realtime.overrunBudget = 1_000_000
        context.robot.realtime.supervisorTimeout = 30
        context.job.teleoperation?.age = 5
        context.connection = RobotConnection(ports: [emulator.path], calibration: file)
        return context
    }

    private func write(_ calibration: Calibration, to path: String) throws {
        try Data(calibration.yaml.document.utf8).write(to: URL(fileURLWithPath: path))
    }

    /// Follows a leader until what happens has ended it.
    ///
    /// - Parameters:
    ///   - ahead: how far the leader brings the elbow then, rad.
    ///   - hasWeight: whether the motors are in the arm's model, which lies in its rest pose, or in joints of the first order, at
    ///     home.
    private func run(_ fault: ScheduledFault.Kind, ahead: Double = 0, hasWeight: Bool = false) throws
        -> Ended
    {
        let folder = try TemporaryFolder()
        let robot = try RobotDescription.load(path: packagePath + "/robots/so101.yaml")
        let calibration = EmulatedBus.standardCalibration(of: robot)
        try write(calibration, to: folder.path + "/so101.yaml")
        let bus = try EmulatedBus(
            device: robot.devices[0], robot: robot, calibration: calibration,
            physics: hasWeight ? ArmPhysics(device: robot.devices[0], robot: robot, calibration: calibration) : nil)
        let emulator = try EmulatorTerminal(bus, link: folder.path + "/arm", priority: 40)
        defer { emulator.stop() }
        let context = try context(emulator, calibration: folder.path + "/so101.yaml")
        let home = hasWeight ? try #require(robot.safety.restPose) : robot.home
        var pose = home
        pose[2] += ahead
        let isAhead = EndFlag()
        let reader = try LeaderDesk.read(
            StillLeader(home: home, ahead: pose, isAhead: isAhead), leader: context.robot,
            follower: context.robot)
        let limits = try #require(context.job.teleoperation).limits
        let desk = LeaderDesk(
            reader: reader, leader: context.robot, robot: context.robot, limits: limits, isAtTerminal: false)
        defer { desk.stop() }
        let out = folder.path + "/run"
        Self.happen(in: out) {
            emulator.suffer(fault)
            isAhead.set()
        }
        let result = try TeleoperateJob(context: context, out: out).run(desk)
        #expect(result.endedEarly?.status == .safetyStop, "\(result)")
        // The episode so far is there, whole.
        let episode = try EpisodeReader(path: Dataset.episodePath(folder: out + "/episodes", index: 0))
        #expect(episode.outcome?.success == false)
        let cycles = try episode.cycles()
        #expect(cycles.count > 20)
        return Ended(
            result: result, servos: try #require(bus.devices as? FeetechDevices), cycles: cycles, port: emulator.path)
    }

    /// From the first fault on the arm is held until it stands; then its torque is let go, and stays so.
    private func expectHeldAndReleased(_ cycles: [CycleRecord], sourceLocation: SourceLocation = #_sourceLocation) {
        let modes = cycles.drop { $0.faults == [] }.map(\.executed.mode)
        #expect(modes.first == .position, sourceLocation: sourceLocation)
        #expect(modes.drop { $0 == .position }.allSatisfy { $0 == .idle }, sourceLocation: sourceLocation)
    }

    private func expectLoose(_ servos: FeetechDevices, but silent: UInt8? = nil) {
        for id in UInt8(1)...6 where id != silent {
            #expect(servos.number(FeetechRegister.torqueEnable, of: id) == 0, "motor \(id)")
        }
    }

    @Test func aRunThatLosesItsPortStopsAndSaysSo() throws {
        let end = try run(.unplugged(seconds: 1000))
        #expect(end.said.hasPrefix("episode 0, step "))
        #expect(
            end.said.contains(
                "; arm: the port \(end.port) was gone (was the adapter unplugged?); it did not come back"),
            "\(end.said)")
        #expect(
            end.said.hasSuffix("the torque may still be on: hold the arm, and switch its power off"), "\(end.said)")
    }

    @Test func aPortThatComesBackIsUsedToTakeTheTorqueOff() throws {
        let end = try run(.unplugged(seconds: 0.7))
        #expect(end.said.hasSuffix("it came back, and the torque was taken off"), "\(end.said)")
        expectLoose(end.servos)
    }

    /// The others let go; of this one nobody knows.
    @Test func aServoThatIsGoneForGoodIsNamedWithWhatItLikelyIs() throws {
        let end = try run(.device(.silent(true), motor: 4))
        #expect(
            end.said.contains("stateAge: wrist_flex (motor 4) of 'arm' has not replied for 1."), "\(end.said)")
        #expect(end.said.contains("s: likely its cable is loose, or it has failed"), "\(end.said)")
        #expect(
            end.said.hasSuffix(
                "; arm, motor 4 (wrist_flex): nobody acknowledged that the torque is off, so that it may still be on: hold the "
                    + "arm, and switch its power off"), "\(end.said)")
        expectHeldAndReleased(end.cycles)
        expectLoose(end.servos, but: 4)
    }

    @Test func anOverloadedServoIsNamedWithWhatItLikelyIs() throws {
        let end = try run(.device(.overload, motor: 3))
        #expect(
            end.said.hasSuffix(
                "device: elbow_flex (motor 3) of 'arm' reports overload: something holds the arm, or it carries too much"
            ),
            "\(end.said)")
        expectHeldAndReleased(end.cycles)
        expectLoose(end.servos)
    }

    /// It pushes with all that it has, for a second, before its servo protects itself.
    @Test func aJointThatStallsIsNamedWithItsMotor() throws {
        let end = try run(.device(.blocked(true), motor: 3), ahead: -0.4, hasWeight: true)
        #expect(
            end.said.hasSuffix(
                "elbow_flex (motor 3) of 'arm' pushed for 1.0 s without moving: something holds the arm, or it carries too "
                    + "much"), "\(end.said)")
        #expect(end.said.contains("stopped the robot: stall"), "\(end.said)")
        expectHeldAndReleased(end.cycles)
        expectLoose(end.servos)
    }

    /// The follower holds, and stops; whose adapter it is, is told.
    @Test func aLeaderWhoseAdapterIsUnpluggedIsNamed() throws {
        let folder = try TemporaryFolder()
        var emulators: [EmulatorTerminal] = []
        defer { for emulator in emulators { emulator.stop() } }
        var servos: [FeetechDevices] = []
        for name in ["so101", "so101-leader"] {
            let robot = try RobotDescription.load(path: "\(packagePath)/robots/\(name).yaml")
            let calibration = EmulatedBus.standardCalibration(of: robot)
            try write(calibration, to: "\(folder.path)/\(name).yaml")
            let bus = try EmulatedBus(device: robot.devices[0], robot: robot, calibration: calibration)
            servos.append(try #require(bus.devices as? FeetechDevices))
            emulators.append(try EmulatorTerminal(bus, link: "\(folder.path)/\(name)", priority: 40))
        }
        var context = try context(emulators[0], calibration: folder.path + "/so101.yaml")
        context.robot.safety.commandAge = 1
        context.job.teleoperation?.age = 1
        context.leaderConnection = RobotConnection(
            ports: [emulators[1].path], calibration: folder.path + "/so101-leader.yaml")
        let out = folder.path + "/run"
        let leader = emulators[1]
        Self.happen(in: out) { leader.suffer(.unplugged(seconds: 1000)) }
        let result = try TeleoperateJob(context: context, out: out).run()
        #expect(result.endedEarly?.status == .policyLate)
        let said = try #require(result.ended)
        #expect(said.contains(": the leader has not been heard for "), "\(said)")
        #expect(
            said.hasSuffix("nothing is heard from the bus; is the adapter plugged in, and the power supply on?"),
            "\(said)")
        #expect(FileManager.default.fileExists(atPath: Dataset.episodePath(folder: out + "/episodes", index: 0)))
        expectLoose(servos[0])
    }
}
