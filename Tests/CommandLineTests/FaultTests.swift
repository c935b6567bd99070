import Foundation
import Testing

extension CommandLineTests {
    /// What happens to a run when the machine or a person cuts it short.
    @Suite(.serialized) struct Faults {
        let workspace: Workspace
        let job: String

        init() throws {
            workspace = try Workspace()
            job = try workspace.makeJob()
        }

        /// A command that limits the size of the files that the program writes, which fails as a full disk does.
        private static func disk(kibibytes: Int) -> [String] {
            ["/bin/bash", "-c", "ulimit -f \(kibibytes); exec \"$0\" \"$@\""]
        }

        @Test func aFullDiskEndsARecording() async throws {
            let sample = try await Sample.made.value
            try FileManager.default.copyItem(atPath: sample.recording, toPath: workspace["demonstrations"])
            let run = try await Program.run(
                ["record", sample.job, "--seed", "5", "--episodes", "9", "--out", "demonstrations", "--resume"],
                in: workspace, launcher: Self.disk(kibibytes: 512))
            #expect(run.status == 74, "\(run.standardError)")
            #expect(run.complains("demonstrations/episodes/", ".hdf5", "MiB are free", "free some space"))
            // What was complete is as it was.
            for name in ["000000.hdf5", "000001.hdf5", "000002.hdf5"] {
                #expect(
                    FileManager.default.contentsEqual(
                        atPath: workspace["demonstrations/episodes/" + name],
                        andPath: sample.recording + "/episodes/" + name))
            }
        }

        @Test func aFullDiskEndsADrive() async throws {
            let run = try await Program.run(
                ["operate", job, "--policy", "expert", "--json", "--out", "drive"], in: workspace,
                launcher: Self.disk(kibibytes: 512))
            #expect(run.status == 74, "\(run.standardError)")
            #expect(run.complains("drive/episodes/000000.hdf5", "MiB are free"))
        }

        @Test func aFullDiskEndsATrainingAndAReport() async throws {
            let sample = try await Sample.made.value
            let training = try await Program.run(
                ["train", sample.job, "--dataset", sample.recording, "--steps", "40", "--out", "training"],
                in: workspace, launcher: Self.disk(kibibytes: 8))
            #expect(training.status == 74, "\(training.standardError)")
            #expect(training.complains("training/checkpoints/trainer.safetensors", "File too large"))
            let page = try await Program.run(
                ["report", sample.recording, "--out", "page.html"], in: workspace, environment: Program.withoutGraphics,
                launcher: Self.disk(kibibytes: 2))
            #expect(page.status == 74, "\(page.standardError)")
            #expect(page.complains("page.html: cannot be written: File too large"))
        }

        @Test func anInterruptedDriveIsClosed() async throws {
            let run = try Program.start(
                ["operate", job, "--policy", "expert", "--episodes", "3", "--json", "--out", "drive"], in: workspace)
            try await waitForEpisode(0, of: run)
            run.signal(SIGINT)
            let result = try await run.wait()
            #expect(result.status == 130, "\(result.standardError)")
            #expect(result.complains("stopped by a signal"))
            #expect(try result.json["episodes"] as? Int == 1)
            #expect(workspace.names("drive/episodes") == ["000000.hdf5", "dataset.hdf5"])
            #expect(try Episode.stepCount(in: workspace["drive/episodes/000000.hdf5"]) > 5)
            let verified = try await Program.run(["replay", "drive", "--verify", "--json"], in: workspace)
            #expect(verified.status == 0, "\(verified.standardOutput)\(verified.standardError)")
        }

        @Test func aKilledDriveIsRecovered() async throws {
            let run = try Program.start(
                ["operate", job, "--policy", "expert", "--out", "drive"], in: workspace)
            try await waitForEpisode(0, of: run)
            // While its writer lives, an unfinished episode is left to it.
            let early = try await Program.run(["replay", "drive", "--verify"], in: workspace)
            #expect(early.status == 66)
            #expect(early.complains("note:", "a process is writing an episode here"))
            run.signal(SIGKILL)
            #expect(try await run.wait().status == -SIGKILL)
            #expect(workspace.names("drive/episodes") == ["000000.hdf5.partial"])

            let verified = try await Program.run(["replay", "drive", "--verify", "--json"], in: workspace)
            #expect(verified.status == 0, "\(verified.standardOutput)\(verified.standardError)")
            #expect(verified.complains("note:", "000000.hdf5: recovered; its writer was cut off after step"))
            #expect(workspace.names("drive/episodes") == ["000000.hdf5", "dataset.hdf5"])
            #expect(try Episode.stepCount(in: workspace["drive/episodes/000000.hdf5"]) > 5)
            let report = try await Program.run(
                ["report", "drive"], in: workspace, environment: Program.withoutGraphics)
            #expect(report.status == 0, "\(report.standardError)")
        }

        @Test func anInterruptedTrainingGoesOn() async throws {
            let sample = try await Sample.made.value
            let arguments = ["train", sample.job, "--dataset", sample.recording, "--steps", "20000"]
            let run = try Program.start(arguments + ["--out", "training"], in: workspace)
            try await run.wait { !workspace.names("training/checkpoints").isEmpty }
            run.signal(SIGINT)
            let result = try await run.wait()
            #expect(result.status == 130, "\(result.standardError)")
            #expect(result.complains("stopped by a signal at step", "--resume"))
            #expect(
                workspace.names("training/checkpoints").filter { $0.hasSuffix(".safetensors") }
                    == ["policy.safetensors", "trainer.safetensors"])
        }

        @Test func anInterruptedRecordingKeepsWhatIsCompleteAndGoesOn() async throws {
            let sample = try await Sample.made.value
            let arguments = ["record", sample.job, "--seed", "5", "--out", "demonstrations"]
            let run = try Program.start(arguments + ["--episodes", "50"], in: workspace)
            try await run.wait { workspace.names("demonstrations/episodes").contains("000000.hdf5") }
            run.signal(SIGINT)
            let result = try await run.wait()
            #expect(result.status == 130, "\(result.standardError)")
            #expect(result.complains("stopped by a signal", "are kept in", "--resume"))
            #expect(workspace.names("demonstrations/episodes").contains("dataset.hdf5"))

            let resumed = try await Program.run(arguments + ["--resume", "--episodes", "3"], in: workspace)
            #expect(resumed.status == 0, "\(resumed.standardError)")
            // An interruption leaves no trace in the demonstrations. (The files differ in the job that they quote: the number
            // of episodes that was asked for.)
            for name in ["000000.hdf5", "000001.hdf5", "000002.hdf5"] {
                for column in ["obs/object", "actions", "control/executed/joint_torques"] {
                    #expect(
                        try Episode.numbers(column, in: workspace["demonstrations/episodes/" + name])
                            == Episode.numbers(column, in: sample.recording + "/episodes/" + name))
                }
            }
        }

        @Test func twoRecordingsDoNotWriteIntoOneFolder() async throws {
            let arguments = ["record", job, "--out", "demonstrations", "--resume"]
            let run = try Program.start(arguments, in: workspace)
            try await run.wait { !workspace.names("demonstrations/episodes/attempts").isEmpty }
            let second = try await Program.run(arguments, in: workspace)
            #expect(second.status == 73)
            #expect(second.complains("demonstrations/episodes", "another process is writing"))
            run.signal(SIGKILL)
            _ = try await run.wait()
        }

        /// Waits until an episode has been written for a second and a half, so that something of it has been flushed.
        private func waitForEpisode(_ index: Int, of run: RunningProgram) async throws {
            let path = workspace["drive/episodes/00000\(index).hdf5.partial"]
            try await run.wait { FileManager.default.fileExists(atPath: path) }
            try await Task.sleep(for: .milliseconds(2500))
        }
    }
}
