import Foundation
import Robots
import Teleoperation

/// Lets a person move the robot with a leader; what happens is recorded as a run is.
public struct TeleoperateJob: Sendable {
    let context: JobContext
    let out: String?

    /// - Parameters:
    ///   - context: the job, which names a leader.
    ///   - out: the run folder to make; nil chooses one.
    public init(context: JobContext, out: String?) {
        self.context = context
        self.out = out
    }

    /// Follows the leader until the episode's time is over or a signal comes.
    public func run() throws -> OperateResult {
        let desk = try LeaderDesk(context: context)
        defer { desk.stop() }
        return try run(desk)
    }

    /// What `leader.json` holds: how often the leader was read, and what happened on its buses.
    private struct LeaderFile: Encodable {
        var readings: UInt64
        var incomplete: UInt64
        var buses: [BusReport]
    }

    func run(_ desk: LeaderDesk) throws -> OperateResult {
        let run = try RunFolder(creating: out, name: context.job.name, command: "teleoperate")
        try RunManifest(command: "teleoperate", context: context, policy: "leader", schedule: .realtime).write(to: run)
        var driving = Driving(
            context: context, run: run, policy: "leader", schedule: .realtime, label: "following the leader")
        driving.leaderBuses = { desk.buses }
        let request = EpisodeRequest(index: 0, seed: EpisodeSeeds.operation(0, job: context.job))
        let result = try driving.run([request], source: desk.source)
        let counts = desk.counts
        let leader = LeaderFile(
            readings: counts.readings, incomplete: counts.incomplete, buses: result.leaderBuses ?? [])
        try run.write(Results.data(leader, isPretty: true), to: run.path + "/leader.json")
        try LatestRun.note(run, command: "teleoperate", job: context.job.name)
        return result
    }
}
