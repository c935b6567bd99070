import Foundation
import Testing

extension CommandLineTests {
    /// Same seed, same bytes: lockstep runs of one build give identical files.
    @Suite(.serialized) struct SameBytes {
        /// The builds that are there; the optimiser must not make a difference between two runs of either.
        static let builds = ["release", "debug"].filter {
            FileManager.default.isExecutableFile(atPath: Program.build($0))
        }

        @Test(arguments: builds)
        func recordTrainAndEvaluateComeOutTheSame(build: String) async throws {
            let workspace = try Workspace()
            let job = try workspace.makeJob()
            // Both rounds use the same names, so that not even the paths in the files differ.
            let rounds = [
                try await round(job, in: workspace, build: build), try await round(job, in: workspace, build: build),
            ]
            #expect(rounds[0].keys.sorted() == rounds[1].keys.sorted())
            for name in [
                "recording/episodes/000000.hdf5", "training/checkpoints/policy.safetensors", "training/metrics.jsonl",
            ] {
                #expect(rounds[0].keys.contains(name))
            }
            for (name, content) in rounds[0] {
                #expect(content == rounds[1][name], "\(name) differs between two runs of the \(build) build")
            }
        }

        /// Records, trains and evaluates, and moves what came of it away.
        private func round(_ job: String, in workspace: Workspace, build: String) async throws -> [String: Data] {
            for arguments in [
                ["record", job, "--episodes", "2", "--seed", "3", "--out", "run/recording"],
                ["train", job, "--dataset", "run/recording", "--steps", "40", "--seed", "3", "--out", "run/training"],
                ["evaluate", job, "--policy", "run/training", "--episodes", "2", "--out", "run/evaluation"],
            ] {
                let run = try await Program.run(arguments, in: workspace, executable: Program.build(build))
                try #require(run.status == 0, "\(run.standardError)")
            }
            let files = try workspace.files(below: "run")
            try FileManager.default.removeItem(atPath: workspace["run"])
            return files
        }

        @Test func anotherSeedGivesAnotherDemonstration() async throws {
            let sample = try await Sample.made.value
            let workspace = try Workspace()
            let run = try await Program.run(
                ["record", sample.job, "--episodes", "1", "--seed", "6", "--out", "recording"], in: workspace)
            try #require(run.status == 0, "\(run.standardError)")
            #expect(
                try Data(contentsOf: URL(fileURLWithPath: workspace["recording/episodes/000000.hdf5"]))
                    != Data(contentsOf: URL(fileURLWithPath: sample.recording + "/episodes/000000.hdf5")))
        }
    }
}
