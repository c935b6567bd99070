import Drivers
import Emulation
import Episodes
import Foundation
import Realtime
import Robots
import Teleoperation
import Testing

@testable import Runtime

/// A leader that stands still at home.
private struct StillLeader: RobotDriver {
    let pose: JointVector
    mutating func connect() throws(DriverError) {}
    mutating func read(into measurement: inout Robots.Measurement, now: MonotonicTime) {
        measurement.state.jointPositions = pose
        for joint in 0..<8 { measurement.state.jointTimes[joint] = now }
        measurement.state.gripper.opening = 0.06
        measurement.state.gripper.time = now
        measurement.state.time = now
    }
    mutating func write(_ command: borrowing RobotCommand) {}
    mutating func reset(to scene: borrowing SceneSnapshot) -> Bool { false }
    mutating func disconnect() {}
}

/// Runs on an emulated arm, in real time, whose port is lost on the way.
@Suite(.serialized) struct LostHardwareTests {
    private struct Ended {
        var result: OperateResult
        var bus: EmulatedBus
        var port: String
    }

    /// Follows a leader until what happens five seconds after the emulator began has ended it.
    private func run(_ fault: ScheduledFault.Kind) throws -> Ended {
        try WorkingFolder.use()
        let folder = try TemporaryFolder()
        var job = try JobConfiguration.load(path: packagePath + "/configs/so101-leader.yaml")
        job.teleoperation?.duration = 60
        var context = try JobContext(job: job, hardware: .real)
        // A busy machine is not what is looked at here.
        context.robot.safety.stateAge = 1
        context.robot.safety.commandAge = 5
        context.robot.realtime.overrunBudget = 1_000_000
        context.robot.realtime.supervisorTimeout = 30
        context.job.teleoperation?.age = 5
        let calibration = EmulatedBus.standardCalibration(of: context.robot)
        let file = folder.path + "/so101.yaml"
        try Data(calibration.yaml.document.utf8).write(to: URL(fileURLWithPath: file))
        var faults = WireFaults()
        faults.events = [ScheduledFault(time: 5, kind: fault)]
        let bus = EmulatedBus(
            device: context.robot.devices[0], robot: context.robot, calibration: calibration, faults: faults)
        let emulator = try EmulatorTerminal(bus, link: folder.path + "/arm")
        defer { emulator.stop() }
        context.connection = RobotConnection(ports: [emulator.path], calibration: file)
        let reader = try LeaderDesk.read(
            StillLeader(pose: context.robot.home), leader: context.robot, follower: context.robot)
        let limits = try #require(context.job.teleoperation).limits
        let desk = LeaderDesk(reader: reader, robot: context.robot, limits: limits, isAtTerminal: false)
        defer { desk.stop() }
        let out = folder.path + "/run"
        let result = try TeleoperateJob(context: context, out: out).run(desk)
        #expect(result.endedEarly?.status == .safetyStop, "\(result)")
        // The episode so far is there, whole.
        let episode = try EpisodeReader(path: Dataset.episodePath(folder: out + "/episodes", index: 0))
        #expect(episode.outcome?.success == false)
        #expect(try episode.cycles().count > 20)
        return Ended(result: result, bus: bus, port: emulator.path)
    }

    @Test func aRunThatLosesItsPortStopsAndSaysSo() throws {
        let end = try run(.unplugged(seconds: 1000))
        let said = try #require(end.result.ended)
        #expect(said.hasPrefix("episode 0, step "))
        #expect(
            said.contains("; arm: the port \(end.port) was gone (was the adapter unplugged?); it did not come back"),
            "\(said)")
        #expect(said.hasSuffix("the torque may still be on: hold the arm, and switch its power off"), "\(said)")
    }

    @Test func aPortThatComesBackIsUsedToTakeTheTorqueOff() throws {
        let end = try run(.unplugged(seconds: 0.7))
        let said = try #require(end.result.ended)
        #expect(said.hasSuffix("it came back, and the torque was taken off"), "\(said)")
        let servos = try #require(end.bus.devices as? FeetechDevices)
        for id in UInt8(1)...6 { #expect(servos.number(FeetechRegister.torqueEnable, of: id) == 0) }
    }
}
