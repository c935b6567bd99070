import Foundation
import Testing

extension CommandLineTests {
    /// Machines that lack something.
    @Suite(.serialized) struct Machines {
        /// Takes the right to real time away, from root as well.
        private static let withoutRights: [String]? = {
            let drop = ["/usr/bin/setpriv", "--bounding-set=-sys_nice,-ipc_lock", "--inh-caps=-all"]
            let limits = ["/usr/bin/prlimit", "--rtprio=0", "--memlock=65536"]
            return getuid() == 0 ? drop + limits : limits
        }()

        @Test func aRunWithoutRealTimeRightsSaysWhatWasRefused() async throws {
            let workspace = try Workspace()
            // Without rights, a busy machine may keep the loop from running for long.
            let robot = try workspace.makeRobot(
                replacing: [
                    ("overrun_budget: 20", "overrun_budget: 100000"),
                    ("supervisor_timeout: 100 ms", "supervisor_timeout: 10 s"),
                ])
            let job = try workspace.makeJob(robot: robot)
            let run = try Program.start(
                ["operate", job, "--policy", "expert", "--json", "--out", "drive"], in: workspace,
                launcher: try #require(Self.withoutRights))
            try await run.wait { workspace.names("drive/episodes").contains("000000.hdf5.partial") }
            run.signal(SIGINT)
            let result = try await run.wait()
            #expect(result.status == 130, "\(result.standardError)")
            let refusals = try #require(try result.json["refusals"] as? [String])
            #expect(refusals.contains { $0.contains("SCHED_FIFO") && $0.contains("rtprio") }, "\(refusals)")
            #expect(refusals.contains { $0.contains("memlock") }, "\(refusals)")
        }

        @Test func aStrictRobotDoesNotRunWithoutThem() async throws {
            let workspace = try Workspace()
            let robot = try workspace.makeRobot(replacing: [("on_refusal: warn", "on_refusal: strict")])
            let job = try workspace.makeJob(robot: robot)
            let result = try await Program.run(
                ["operate", job, "--policy", "expert", "--json", "--out", "drive"], in: workspace,
                launcher: try #require(Self.withoutRights))
            #expect(result.status == 77, "\(result.standardError)")
            #expect(result.complains("refused", "SCHED_FIFO", "rtprio"), "\(result.standardError)")
            #expect(result.standardOutput.isEmpty)
        }

        @Test func withoutGraphicsAReportHasNoPicturesAndSaysWhy() async throws {
            let sample = try await Sample.made.value
            let workspace = try Workspace()
            try FileManager.default.copyItem(atPath: sample.recording, toPath: workspace["demonstrations"])
            let report = try await Program.run(
                ["report", "demonstrations", "--json"], in: workspace, environment: Program.withoutGraphics)
            #expect(report.status == 0, "\(report.standardError)")
            #expect(try #require(try report.json["withoutPictures"] as? String).contains("libegl-mesa0"))
            let page = try workspace.text("demonstrations/report.html")
            #expect(!page.contains("data:image/png") && page.contains("libegl-mesa0"))

            let doctor = try await Program.run(["doctor"], in: workspace, environment: Program.withoutGraphics)
            #expect(doctor.status == 1)
            let line = try #require(doctor.outputLines.firstIndex { $0.hasPrefix("NOT OK  pictures:") })
            #expect(doctor.outputLines[line + 1].contains("apt-get install libegl-mesa0"))
        }
    }
}
