import Foundation
import PolicySamples
import Testing

extension CommandLineTests {
    /// Runs whose base policy is behind a server, and servers that are none.
    @Suite(.serialized) struct Remote {
        let workspace: Workspace

        init() throws {
            workspace = try Workspace()
        }

        private func makeJob(_ server: String, more: String = "") throws -> String {
            let text = try String(contentsOfFile: "\(Program.package)/configs/square-server.yaml", encoding: .utf8)
            let job =
                text
                .replacing("robot: ../robots", with: "robot: \(Program.package)/robots")
                .replacing("ws://localhost:8000", with: server + more)
            try workspace.write(job, to: "job.yaml")
            return "job.yaml"
        }

        @Test func aServerIsEvaluated() async throws {
            let server = try PolicyServer("fixed")
            let job = try makeJob(server.address)
            let run = try await Program.run(
                ["evaluate", job, "--policy", "base", "--episodes", "2", "--json"], in: workspace)
            #expect(run.status == 0, "\(run.standardError)")
            #expect(try run.json["episodes"] as? Int == 2)
        }

        @Test(arguments: [("nan:3", Int32(82), "not finite"), ("error:3", 82, "ran out of memory")])
        func aFaultHoldsTheRobotAndNothingIsLost(fault: String, status: Int32, words: String) async throws {
            let server = try PolicyServer("fixed", "--fault", fault)
            let job = try makeJob(server.address)
            let run = try await Program.run(
                ["operate", job, "--policy", "base", "--out", "drive"], in: workspace)
            #expect(run.status == status, "\(run.standardError)")
            #expect(run.complains("\(server.address): ", words), "\(run.standardError)")
            #expect(
                !run.standardError.contains("\u{1B}[31m"), "nothing of what the server says reaches the terminal raw")
            #expect(workspace.names("drive/episodes") == ["000000.hdf5", "dataset.hdf5"])
            #expect(try Episode.stepCount(in: workspace["drive/episodes/000000.hdf5"]) > 5)
            let verified = try await Program.run(["replay", "drive", "--verify"], in: workspace)
            #expect(verified.status == 0, "\(verified.standardError)")
        }

        @Test func aServerThatIsNotThere() async throws {
            let job = try makeJob("ws://127.0.0.1:1")
            for command in [["evaluate", job], ["operate", job]] {
                let run = try await Program.run(command + ["--policy", "base"], in: workspace)
                #expect(run.status == 69, "\(run.standardError)")
                #expect(run.complains("ws://127.0.0.1:1: connection refused; is the policy server running there"))
            }
            #expect(workspace.names("runs").isEmpty, "nothing is made before everything is there")
            let doctor = try await Program.run(["doctor", "--server", "ws://127.0.0.1:1"], in: workspace)
            #expect(doctor.status == 1)
            #expect(
                doctor.outputLines.contains {
                    $0.contains("NOT OK  policy server: ") && $0.contains("connection refused")
                }
            )
        }

        @Test func theDoctorLooksAtAServer() async throws {
            let server = try PolicyServer("joining")
            let doctor = try await Program.run(["doctor", "--server", server.address], in: workspace)
            #expect(
                doctor.outputLines.contains {
                    $0.contains("ok") && $0.contains("policy server") && $0.contains("joining")
                })
        }

        @Test func actionsOfAnotherRobot() async throws {
            let server = try PolicyServer("fixed", "--values", "0,0,0,0,0,0,0,0")
            let run = try await Program.run(
                ["operate", try makeJob(server.address), "--policy", "base"], in: workspace)
            #expect(run.status == 65, "\(run.standardError)")
            #expect(run.complains("its actions have 8 numbers; this robot's have 7"))
        }

        @Test func trainingSaysWhereThePolicyIs() async throws {
            let job = try makeJob("ws://gpu-box:8000")
            let run = try await Program.run(["train", job], in: workspace)
            #expect(run.status == 65, "\(run.standardError)")
            #expect(run.complains("job.yaml: its base policy is behind ws://gpu-box:8000"))
        }
    }
}
