import Testing

extension CommandLineTests {
    /// What the program says of itself.
    @Suite(.serialized) struct Help {
        static let commands = [
            "operate", "record", "dataset", "train", "evaluate", "replay", "report", "find-port", "setup-motors",
            "calibrate", "emulate", "doctor", "bench",
        ]

        @Test(arguments: commands)
        func everyCommandShowsExamples(command: String) async throws {
            let workspace = try Workspace()
            let run = try await Program.run([command, "--help"], in: workspace)
            #expect(run.status == 0 && run.standardError.isEmpty)
            #expect(run.outputLines.contains("EXAMPLES"))
            #expect(run.outputLines.contains { $0.hasPrefix("  steadyhand \(command)") })
            #expect(run.standardOutput.contains("--json"))
            // It can be read on a terminal of 132 columns.
            for line in run.outputLines where !line.hasPrefix("USAGE: ") { #expect(line.count <= 132, "\(line)") }
        }

        @Test func theProgramListsItsCommands() async throws {
            let run = try await Program.run(["--help"], in: Workspace())
            #expect(run.status == 0)
            for command in Self.commands { #expect(run.outputLines.contains { $0.hasPrefix("  \(command) ") }) }
        }

        @Test func versionIsANumber() async throws {
            let run = try await Program.run(["--version"], in: Workspace())
            #expect(run.status == 0)
            #expect(run.standardOutput.wholeMatch(of: /\d+\.\d+\.\d+\n/) != nil)
        }

        @Test(arguments: [
            ("bash", "_steadyhand"), ("zsh", "#compdef steadyhand"), ("fish", "complete -c 'steadyhand'"),
        ])
        func completionsAreGenerated(shell: String, sign: String) async throws {
            let run = try await Program.run(["--generate-completion-script", shell], in: Workspace())
            #expect(run.status == 0)
            #expect(run.standardOutput.contains(sign))
            #expect(run.standardOutput.contains("evaluate"))
        }
    }
}
