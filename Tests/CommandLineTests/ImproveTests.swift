import Foundation
import Synchronization
import Testing

/// A small improvement, made once and only read by tests.
private struct Improved: Sendable {
    static let made = Task { try await Improved() }

    let workspace: Workspace
    let job: String
    let run: ProgramResult

    /// Where it is, to be removed when the process ends: a static value never goes away.
    private static let folder = Mutex("")

    private init() async throws {
        let sample = try await Sample.made.value
        workspace = try Workspace()
        Self.folder.withLock { [path = workspace.path] in $0 = path }
        atexit { Improved.folder.withLock { _ = try? FileManager.default.removeItem(atPath: $0) } }
        job = try Self.makeJob(in: workspace)
        run = try await Program.run(
            ["improve", job, "--json", "--out", "improved"] + Self.arguments(sample), in: workspace)
        try #require(run.status == 0, "\(run.standardError)")
    }

    /// The sample's demonstrations and base policy.
    static func arguments(_ sample: Sample) -> [String] {
        ["--policy", sample.checkpoint, "--dataset", sample.recording]
    }

    /// A job with so few steps, updates and measurements that an improvement takes seconds.
    static func makeJob(
        _ name: String = "job.yaml", in workspace: Workspace, replacing: [(String, String)] = [], improve: String = ""
    ) throws -> String {
        let path = try workspace.makeJob(
            name, replacing: [("episodes: 100\n  seed: 1000000", "episodes: 1\n  seed: 1000000")] + replacing)
        let settings = """

            improve:
              steps: 600
              cloning_steps: 300
              pretraining_steps: 20
              policy_delay: 50
              critic_hidden: 32
              environments: 1
              evaluate_every: 300
              evaluation_episodes: 1

            """
        try workspace.write(workspace.text(name) + settings + improve, to: name)
        return path
    }
}

extension CommandLineTests {
    /// Improving a policy, and cutting that short.
    @Suite(.serialized) struct Improvements {
        private let improved: Improved
        let sample: Sample
        let workspace: Workspace
        let job: String

        init() async throws {
            improved = try await Improved.made.value
            sample = try await Sample.made.value
            workspace = try Workspace()
            job = try Improved.makeJob(in: workspace)
        }

        private func improve(_ arguments: String...) -> [String] {
            ["improve", job] + Improved.arguments(sample) + arguments
        }

        private func evaluations(_ run: String) -> Int {
            ((try? workspace.text(run + "/metrics.jsonl")) ?? "").split(separator: "\n").count {
                $0.contains("\"kind\":\"evaluation\"")
            }
        }

        /// Everything that has to come out the same, whatever happened on the way.
        private func outcome(_ workspace: Workspace, _ run: String) throws -> [String: Data] {
            try workspace.files(below: run).filter { name, _ in
                name == "metrics.jsonl" || name.hasSuffix(".safetensors")
            }
        }

        private func expectTheSame(_ run: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
            let (wanted, found) = (try outcome(improved.workspace, "improved"), try outcome(workspace, run))
            #expect(found.keys.sorted() == wanted.keys.sorted(), sourceLocation: sourceLocation)
            for (name, content) in wanted {
                #expect(content == found[name], "\(name) differs", sourceLocation: sourceLocation)
            }
        }

        @Test func improveTellsWhatItCameTo() throws {
            let result = try improved.run.json
            #expect(improved.run.outputLines.count == 1)
            let rates = ["base", "cloned", "stepZero", "final", "lowest", "best"]
            #expect(
                Set(result.keys)
                    == Set(
                        rates + [
                            "steps", "policyStep", "updatesPerSecond", "method", "composition", "seed", "run",
                        ]))
            for name in rates {
                let rate = try #require(result[name] as? [String: Any])
                #expect(Set(rate.keys) == ["rate", "low", "high", "episodes"] && rate["episodes"] as? Int == 1)
                let ordered = try ["low", "rate", "high"].map { try #require(rate[$0] as? Double) }
                #expect(ordered == ordered.sorted() && ordered[0] >= 0 && ordered[2] <= 1)
            }
            // Two episodes of 400 steps, or shorter ones.
            let steps = try #require(result["steps"] as? Int)
            #expect(steps >= 600 && steps <= 1000)
            #expect(try #require(result["updatesPerSecond"] as? Double) > 0)
            #expect(result["method"] as? String == "coherent" && result["composition"] as? String == "ensemble")
            #expect(result["seed"] as? Int == 0 && result["run"] as? String == improved.workspace["improved"])

            let written = try object(improved.workspace.text("improved/results.json").split(separator: "\n").joined())
            #expect(written as NSDictionary == result as NSDictionary)
            let kinds = try improved.workspace.text("improved/metrics.jsonl").split(separator: "\n").map {
                try #require(try object(String($0))["kind"] as? String)
            }
            #expect(kinds.prefix(5) == ["reward", "reference", "reference", "reference", "evaluation"])
            #expect(kinds.last == "final" && kinds.filter { $0 == "evaluation" }.count >= 3)
            let checkpoints = improved.workspace.names("improved/checkpoints")
            #expect(checkpoints.filter { $0.hasPrefix("learner-") }.count == 1, "older ones are removed")
            #expect(
                checkpoints.filter { !$0.hasPrefix("learner-") }
                    == [
                        "base.safetensors", "best.safetensors", "cloned.safetensors", "improvement.json",
                        "small.safetensors",
                    ])
            #expect(try improved.workspace.text("improved/run.yaml").contains("command: improve"))
            #expect(improved.run.errorLines.contains { $0.hasPrefix("improving: ") })
        }

        @Test(arguments: ["improved", "improved/checkpoints/../../improved"])
        func whatWasImprovedDrives(policy: String) async throws {
            // By the name of the job's last improvement, and by its folder.
            let run = try await Program.run(
                ["evaluate", improved.job, "--policy", policy, "--json"], in: improved.workspace)
            #expect(run.status == 0, "\(run.standardError)")
            let (found, wanted) = (try run.json, try #require(try improved.run.json["final"] as? [String: Any]))
            #expect(found["policy"] as? String == policy)
            for name in ["rate", "low", "high"] { #expect(found[name] as? Double == wanted[name] as? Double) }
        }

        @Test func aKilledImprovementComesToTheSameBytes() async throws {
            let run = try Program.start(improve("--out", "run"), in: workspace)
            try await run.wait(timeLimit: 120) { evaluations("run") > 0 }
            run.signal(SIGKILL)
            #expect(try await run.wait().status == -SIGKILL)
            #expect(!workspace.names("run").contains("results.json"))
            let resumed = try await Program.run(improve("--resume", "run", "--json"), in: workspace)
            #expect(resumed.status == 0, "\(resumed.standardError)")
            try expectTheSame("run")
            var result = try resumed.json
            result["run"] = improved.workspace["improved"]
            result["updatesPerSecond"] = try improved.run.json["updatesPerSecond"]
            #expect(try result as NSDictionary == improved.run.json as NSDictionary)
        }

        @Test func anInterruptedImprovementGoesOn() async throws {
            let run = try Program.start(improve("--out", "run"), in: workspace)
            try await run.wait(timeLimit: 120) {
                (try? workspace.text("run/metrics.jsonl").contains("\"kind\":\"episode\"")) ?? false
            }
            run.signal(SIGINT)
            let result = try await run.wait()
            #expect(result.status == 130, "\(result.standardError)")
            #expect(result.complains("stopped by a signal at step", "--resume"))
            #expect(workspace.names("run/checkpoints").contains("improvement.json"))
            let resumed = try await Program.run(improve("--resume", "run"), in: workspace)
            #expect(resumed.status == 0, "\(resumed.standardError)")
            try expectTheSame("run")
        }

        /// Cloning is gone on with; before there is anything to go on with, --resume begins anew.
        @Test func killedWhileItClonesItGoesOnCloning() async throws {
            let cloning = "run/checkpoints/cloning.safetensors"
            let long = try Improved.makeJob("long.yaml", in: workspace)
            try workspace.write(
                workspace.text("long.yaml").replacingOccurrences(
                    of: "cloning_steps: 300", with: "cloning_steps: 900000"),
                to: "long.yaml")
            let run = try Program.start(
                ["improve", long, "--out", "run"] + Improved.arguments(sample), in: workspace)
            try await run.wait { workspace.names("run/checkpoints").contains("cloning.safetensors") }
            run.signal(SIGKILL)
            _ = try await run.wait()
            func saved() throws -> Data { try Data(contentsOf: URL(fileURLWithPath: workspace[cloning])) }
            let before = try saved()
            let resumed = try Program.start(
                ["improve", long, "--dataset", sample.recording, "--resume", "run"], in: workspace)
            try await resumed.wait { (try? saved()) != before }
            let third = try await Program.run(
                ["improve", long, "--dataset", sample.recording, "--resume", "run"], in: workspace)
            #expect(third.status == 73 && third.complains("another process is writing an improvement into this folder"))
            resumed.signal(SIGINT)
            let stopped = try await resumed.wait()
            #expect(stopped.status == 130, "\(stopped.standardError)")
            #expect(stopped.complains("stopped by a signal at step 0; go on with --resume"))

            let other = try await Program.run(
                ["improve", job, "--dataset", sample.recording, "--resume", "run"], in: workspace)
            #expect(other.status == 65 && other.complains("cloning.safetensors: was trained with another training"))
            try FileManager.default.removeItem(atPath: workspace[cloning])
            let again = try Program.start(
                ["improve", job, "--dataset", sample.recording, "--resume", "run"], in: workspace)
            try await again.wait { workspace.names("run/checkpoints").contains("cloned.safetensors") }
            again.signal(SIGKILL)
            _ = try await again.wait()
        }

        /// While the robot works in real time, the learner learns, and the control thread does not notice.
        @Test func operateLearnsInRealTime() async throws {
            let run = try await Program.run(
                ["operate", job, "--learn", "--episodes", "1", "--json", "--out", "run"] + Improved.arguments(sample),
                in: workspace)
            #expect(run.status == 0, "\(run.standardError)")
            let result = try run.json
            #expect(result["episodes"] as? Int == 1 && result["allocations"] as? Int == 0)
            #expect(result["run"] as? String == workspace["run"])
            let improvement = try #require(result["improvement"] as? [String: Any])
            #expect(Set(improvement.keys) == Set(try improved.run.json.keys))
            let lines = try workspace.text("run/metrics.jsonl").split(separator: "\n").map { try object(String($0)) }
            let episodes = lines.filter { $0["kind"] as? String == "episode" }
            #expect(episodes.count == 1 && episodes.first?["steps"] as? Int ?? 0 > 0)
            #expect(lines.filter { $0["kind"] as? String == "evaluation" }.count == 2)
            #expect(workspace.names("run/checkpoints").contains("small.safetensors"))
            #expect(workspace.names("run/episodes") == ["000000.hdf5", "dataset.hdf5"])
            #expect(workspace.names("run").contains("timing.json"))
            let verified = try await Program.run(["replay", "run", "--verify", "--json"], in: workspace)
            #expect(verified.status == 0, "\(verified.standardOutput)")
        }

        private func expect(
            _ arguments: [String], status: Int32, says words: [String],
            sourceLocation: SourceLocation = #_sourceLocation
        ) async throws {
            let run = try await Program.run(arguments, in: workspace)
            #expect(run.status == status, "\(run.standardError)", sourceLocation: sourceLocation)
            let complaints = run.errorLines.filter { line in words.allSatisfy(line.contains) }
            #expect(complaints.count == 1, "\(words): \(run.standardError)", sourceLocation: sourceLocation)
            #expect(run.standardOutput.isEmpty, sourceLocation: sourceLocation)
        }

        @Test func whatCannotBeLearntFrom() async throws {
            try await expect(
                improve("--policy", "expert"), status: 64, says: ["the scripted expert proposes no chunks"])
            try await expect(improve("--steps", "0"), status: 64, says: ["--steps must be at least 1"])
            try await expect(improve("--method", "magic"), status: 64, says: ["magic"])
            try await expect(improve("--start", "a", "--resume", "a"), status: 64, says: ["it takes no --start"])
            try await expect(
                improve("--start", "a", "--method", "cloning"), status: 64, says: ["it takes no --start"])
            try await expect(improve("--start", "nowhere"), status: 66, says: ["nowhere: no such run folder"])
            try await expect(
                improve("--demonstrations", "9"), status: 65, says: ["there are 3 demonstrations; 9 were asked for"])
            try await expect(
                ["improve", job, "--policy", sample.checkpoint], status: 66, says: ["no demonstrations", "record"])
            try await expect(["improve", job], status: 66, says: ["no base policy", "steadyhand train"])
            let categorical = try Improved.makeJob("xqc.yaml", in: workspace, improve: "  critic: categorical\n")
            try await expect(
                ["improve", categorical, "--method", "iq-learn"] + Improved.arguments(sample), status: 65,
                says: ["xqc.yaml: improve: IQ-Learn's loss is there for plain critics"])
            let longer = try Improved.makeJob(
                "longer.yaml", in: workspace,
                replacing: [("horizon: 16", "horizon: 32"), ("execute: 10", "execute: 20")])
            try await expect(
                ["improve", longer] + Improved.arguments(sample), status: 65,
                says: ["longer.yaml: policy.execute and policy.lead ask for 21 actions", "proposes 16"])
            let other = try workspace.makeJob("d1.yaml", from: "square-d1.yaml")
            try await expect(
                ["improve", other] + Improved.arguments(sample), status: 65,
                says: ["policy.safetensors", "square-d0", "square-d1"])
            #expect(workspace.names("runs").isEmpty, "nothing is made where nothing can be done")
        }

        @Test func demonstrationsOfAnotherVariant() async throws {
            let other = try workspace.makeJob("d1.yaml", from: "square-d1.yaml")
            let recording = try await Program.run(
                ["record", other, "--episodes", "1", "--out", "recording"], in: workspace)
            try #require(recording.status == 0, "\(recording.standardError)")
            try await expect(
                ["improve", job, "--policy", sample.checkpoint, "--dataset", "recording"], status: 65,
                says: ["000000.hdf5: it was recorded with variant d1, expected d0"])
        }

        @Test func whatCannotBeGoneOnWith() async throws {
            try await expect(improve("--resume", "gone"), status: 66, says: ["gone: no such run folder"])
            try FileManager.default.copyItem(atPath: improved.workspace["improved"], toPath: workspace["run"])
            let wider = try Improved.makeJob("wider.yaml", in: workspace, improve: "  features: 48\n")
            try await expect(
                ["improve", wider, "--dataset", sample.recording, "--resume", "run"], status: 65,
                says: [
                    "/run: its small policy is of the kind 'ensemble' with 64 features",
                    "wider.yaml asks for another one",
                ])
            try await expect(
                improve("--resume", "run", "--composition", "residual"), status: 65,
                says: ["/run: its small policy is of the kind 'ensemble'"])
            try await expect(
                improve("--resume", "run", "--seed", "4"), status: 65,
                says: ["learner-", "comes from another learner: seed 0 instead of 4"])
            let learner = try #require(workspace.names("run/checkpoints").first { $0.hasPrefix("learner-") })
            let path = workspace["run/checkpoints/" + learner]
            let whole = try Data(contentsOf: URL(fileURLWithPath: path))
            try whole.prefix(whole.count / 2).write(to: URL(fileURLWithPath: path))
            try await expect(improve("--resume", "run"), status: 65, says: [learner + ": cut short"])
        }

        @Test func operateLearnsInRealTimeOnly() async throws {
            let arguments = ["operate", job] + Improved.arguments(sample)
            try await expect(
                arguments + ["--learn", "--schedule", "lockstep"], status: 64,
                says: ["operate --learn runs in real time"])
            try await expect(arguments, status: 64, says: ["--dataset, --resume and --encoder go with --learn"])
            let cloning = try Improved.makeJob("cloning.yaml", in: workspace, improve: "  method: cloning\n")
            try await expect(
                ["operate", cloning, "--learn"] + Improved.arguments(sample), status: 65,
                says: ["cloning.yaml: the method 'cloning' learns nothing from what the robot does"])
        }
    }
}
